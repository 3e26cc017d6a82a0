package org.tresccad.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.Clouds;
import org.tresccad.client.config.CloudsWriter;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.http.PresentedCertificate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac make_config}. */
@Command(
        name = "make_config",
        description = {
            "Write a cloud into clouds.yaml, readable by you alone, for this command and every OpenStack client.",
            "Logs in first, so that what is written works; other clouds and comments in the file are kept."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac make_config laptop --auth-url http://127.0.0.1:8774/identity --username me --project home",
            "  tresccac make_config edge --auth-url https://edge:8774/identity --username me --project home \\",
            "      --fingerprint SHA256:5A:0F:...    (tresccad prints it when it starts)",
            "  tresccac make_config far --auth-url http://127.0.0.1:8774/identity --username me --project home \\",
            "      --ssh me@far.example.org --password-stdin < secret"
        })
final class MakeConfigCommand extends Subcommand {
    private static final Duration LOOK = Duration.ofSeconds(10);

    @Parameters(paramLabel = "NAME", description = "What to call the cloud.")
    private String name = "";

    @Option(
            names = "--auth-url",
            required = true,
            paramLabel = "URL",
            description = "Its identity service; of a tresccad host: http://HOST:8774/identity.")
    private URI authUrl = URI.create("http://127.0.0.1:8774/identity");

    @Option(names = "--username", required = true, paramLabel = "NAME", description = "Who you are there.")
    private String username = "";

    @Option(names = "--project", required = true, paramLabel = "NAME", description = "The project to work in.")
    private String project = "";

    @Option(
            names = "--user-domain",
            paramLabel = "NAME",
            defaultValue = "Default",
            description = "The user's domain; default Default.")
    private String userDomain = "Default";

    @Option(
            names = "--project-domain",
            paramLabel = "NAME",
            defaultValue = "Default",
            description = "The project's domain; default Default.")
    private String projectDomain = "Default";

    @Option(names = "--region", paramLabel = "NAME", description = "Region, where there are several.")
    private Optional<String> region = Optional.empty();

    @Option(
            names = "--password-stdin",
            description = "The password is the first line of standard input; else it is asked for without echo.")
    private boolean passwordStdin;

    @Option(names = "--cacert", paramLabel = "FILE", description = "PEM file with the certificate to trust.")
    private Optional<Path> caFile = Optional.empty();

    @Option(
            names = "--fingerprint",
            paramLabel = "SHA256:...",
            description = "Of the certificate the host must present; it is then stored beside clouds.yaml and trusted.")
    private Optional<String> fingerprint = Optional.empty();

    @Option(
            names = "--ssh",
            paramLabel = "USER@HOST[:PORT]",
            description = "Reach it through SSH; --auth-url is then as seen from that host.")
    private Optional<String> ssh = Optional.empty();

    @Option(names = "--ssh-key", paramLabel = "FILE", description = "Private key; default: those in ~/.ssh.")
    private Optional<Path> sshKey = Optional.empty();

    @Option(names = "--ssh-known-hosts", paramLabel = "FILE", description = "Host keys; default ~/.ssh/known_hosts.")
    private Optional<Path> sshKnownHosts = Optional.empty();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "What to write; default: OS_CLIENT_CONFIG_FILE, or ~/.config/openstack/clouds.yaml.")
    private Optional<Path> file = Optional.empty();

    @Option(names = "--force", description = "Replace a cloud of this name.")
    private boolean force;

    @Option(
            names = "--check",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Log in before writing (the default); or write unchecked.")
    private boolean check = true;

    @Override
    void execute() throws IOException {
        Path target = file.or(() ->
                        app().environment().variable("OS_CLIENT_CONFIG_FILE").map(Path::of))
                .orElseGet(() -> app().environment().userConfig().resolve("clouds.yaml"))
                .toAbsolutePath();
        Optional<PresentedCertificate> pinned = fingerprint.map(this::pinned);
        String password = app().terminal().password(passwordStdin, "Password of " + username + " at " + name);
        Path certificate = target.resolveSibling(name + ".pem");
        if (pinned.isPresent()) {
            store(certificate, pinned.get());
        }
        Map<String, Object> entry = entry(password, pinned.isPresent() ? Optional.of(certificate) : caFile);
        if (check) {
            logIn(target, entry);
        }
        new CloudsWriter(target).put(name, entry, force);
        app().print(Map.of("cloud", name, "file", target.toString()), "Cloud " + name + " is in " + target);
    }

    private PresentedCertificate pinned(String told) {
        if (!"https".equals(authUrl.getScheme()) || ssh.isPresent()) {
            throw new ConfigException("arguments", "--fingerprint", "is for https addresses without --ssh");
        }
        PresentedCertificate seen = PresentedCertificate.of(authUrl, LOOK);
        if (!seen.matches(told)) {
            throw new ConfigException(
                    "arguments",
                    "--fingerprint",
                    authUrl.getHost() + " presents another certificate, SHA256:" + seen.fingerprint()
                            + "; someone may be in between");
        }
        return seen;
    }

    private static void store(Path file, PresentedCertificate certificate) throws IOException {
        Files.createDirectories(Optional.ofNullable(file.getParent()).orElse(file));
        Path fresh = Files.createTempFile(file.getParent(), ".cert", ".pem");
        Files.writeString(fresh, certificate.pem());
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Map<String, Object> entry(String password, Optional<Path> trusted) {
        Map<String, Object> auth = new LinkedHashMap<>();
        auth.put("auth_url", authUrl.toString());
        auth.put("username", username);
        auth.put("password", password);
        auth.put("project_name", project);
        auth.put("user_domain_name", userDomain);
        auth.put("project_domain_name", projectDomain);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("auth", auth);
        region.ifPresent(value -> entry.put("region_name", value));
        trusted.ifPresent(value -> entry.put("cacert", value.toAbsolutePath().toString()));
        ssh.ifPresent(value -> entry.put("ssh", value));
        sshKey.ifPresent(value -> entry.put("ssh_key", value.toAbsolutePath().toString()));
        sshKnownHosts.ifPresent(
                value -> entry.put("ssh_known_hosts", value.toAbsolutePath().toString()));
        return entry;
    }

    private void logIn(Path target, Map<String, Object> entry) {
        CloudConfig config = Clouds.describe(target.toString(), name, entry, app().environment());
        try (Cloud cloud = app().open(config)) {
            cloud.projectId();
        }
    }
}
