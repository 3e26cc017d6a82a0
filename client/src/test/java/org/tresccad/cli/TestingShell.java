package org.tresccad.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.config.CloudsWriter;
import org.tresccad.client.config.Environment;
import org.tresccad.client.transfer.Cancellation;

/** Runs command lines as a person would, with a home of its own and without a terminal. */
final class TestingShell {
    final Map<String, String> variables = new HashMap<>();
    final Path home;
    final Cancellation cancellation = new Cancellation();

    /** What one command line did. */
    record Ran(int code, String out, String err) {}

    TestingShell(Path directory) throws IOException {
        home = Files.createDirectories(directory.resolve("home"));
    }

    void addCloud(String name, TestingCloud cloud) {
        new CloudsWriter(home.resolve(".config/openstack/clouds.yaml"))
                .put(
                        name,
                        Map.of(
                                "auth",
                                Map.of(
                                        "auth_url",
                                        cloud.url() + "/identity",
                                        "username",
                                        "demo",
                                        "password",
                                        TestingCloud.PASSWORD,
                                        "project_name",
                                        "home")),
                        true);
    }

    Ran run(String... arguments) {
        return run("", arguments);
    }

    Ran run(String input, String[] arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                80);
        int code = Tresccac.run(
                new Environment(variables, home, home, home.resolve("etc")), terminal, cancellation, arguments);
        return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    Path file(String name, byte[] bytes) throws IOException {
        return Files.write(home.resolve(name), bytes);
    }

    static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
