package org.tresccad.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.tresccad.rest.Json;

/**
 * The unmodified OpenStack client, many commands in one process: {@code e2e/openstack-session.py} does what its script
 * does, without loading itself each time.
 */
final class OpenStackSession implements AutoCloseable {
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;

    OpenStackSession(World world) {
        // Debian's own Python, which has the client.
        process = world.start("internet", "/usr/bin/python3", "server/src/test/resources/e2e/openstack-session.py");
        requests = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Runs {@code openstack --os-cloud CLOUD ARGUMENTS...}. */
    Outcome run(String cloud, String... arguments) {
        List<String> command = Stream.concat(Stream.of("--os-cloud", cloud), Arrays.stream(arguments))
                .toList();
        try {
            requests.write(Json.mapper().writeValueAsString(command) + "\n");
            requests.flush();
            String line = answers.readLine();
            if (line == null) {
                throw new AssertionError("the client ended at " + command);
            }
            JsonNode answer = Json.mapper().readTree(line);
            return new Outcome(
                    command,
                    answer.path("code").asInt(),
                    answer.path("out").asText(),
                    answer.path("err").asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
