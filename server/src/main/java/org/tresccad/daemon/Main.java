package org.tresccad.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.tresccad.daemon.config.ConfigInvalid;
import org.tresccad.daemon.config.ConfigLoader;
import org.tresccad.daemon.config.ConfigTable;
import org.tresccad.daemon.config.LoadedConfig;
import org.tresccad.error.TresccadException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the daemon. */
@Command(
        name = "tresccad",
        description = "Runs virtual machines and moves them, running, between hosts.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; for the daemon itself only with --check and the like",
            "1:could not start, or failed",
            "2:wrong command line",
            "3:the configuration cannot be used",
            "143:stopped by SIGTERM, in order"
        })
public final class Main implements Callable<Integer> {
    /** Could not start, or failed. */
    static final int FAILED = 1;

    /** The configuration cannot be used. */
    static final int CONFIG_INVALID = 3;

    private static final Path DEFAULT_CONFIG = Path.of("/etc/tresccad/tresccad.yaml");

    private final Daemon daemon;
    private final Map<String, String> environment;
    private final Lifetime lifetime;
    private final PrintStream out;
    private final PrintStream err;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything is called
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration file (default: /etc/tresccad/tresccad.yaml, if there is one).")
    private @Nullable Path configFile;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Sets one key of the configuration, stronger than file and environment; repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--listen", paramLabel = "ADDRESS:PORT", description = "Same as --set api.listen=ADDRESS:PORT.")
    private @Nullable String listen;

    @Option(names = "--state-dir", paramLabel = "DIRECTORY", description = "Same as --set host.state_dir=DIRECTORY.")
    private @Nullable String stateDir;

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "Same as --set log.level=LEVEL.")
    private @Nullable String logLevel;

    @Option(names = "--show-config", description = "Prints every key, its value and where that comes from, and ends.")
    private boolean showConfig;

    @Option(names = "--check", description = "Checks the configuration and ends.")
    private boolean check;

    @Option(
            names = "--cleanup",
            description = "Removes the bridge, rules and filters of a stopped daemon from this host, and ends.")
    private boolean cleanup;

    Main(Daemon daemon, Map<String, String> environment, Lifetime lifetime, PrintStream out, PrintStream err) {
        this.daemon = daemon;
        this.environment = Map.copyOf(environment);
        this.lifetime = lifetime;
        this.out = out;
        this.err = err;
    }

    /** Runs the real daemon. */
    public static void main(String[] args) {
        Main main = new Main(new Wiring(), System.getenv(), new Lifetime(), System.out, System.err);
        int code = main.run(args);
        // Ends also when a library left a thread behind that is no daemon. After SIGTERM the exit is already under way.
        System.exit(code);
    }

    /** Does what {@code args} say and returns the exit code. */
    int run(String... args) {
        CommandLine command = new CommandLine(this);
        command.setOut(new java.io.PrintWriter(out, true, Charset.defaultCharset()));
        command.setErr(new java.io.PrintWriter(err, true, Charset.defaultCharset()));
        command.setExecutionExceptionHandler((failure, line, parsed) -> failed(failure));
        return command.execute(args);
    }

    @Override
    public Integer call() {
        LoadedConfig loaded;
        try {
            loaded = load();
        } catch (ConfigInvalid e) {
            err.println("The configuration cannot be used:");
            e.problems().forEach(problem -> err.println("  " + problem));
            return CONFIG_INVALID;
        }
        loaded.warnings().forEach(warning -> err.println("warning: " + warning));
        if (showConfig) {
            out.print(ConfigTable.of(loaded.settings()));
            return 0;
        }
        if (check) {
            out.println("The configuration is in order.");
            return 0;
        }
        Logs.configure(loaded.log());
        if (cleanup) {
            daemon.cleanup(loaded.config());
            return 0;
        }
        return serve(loaded);
    }

    /** Prints the hash of a password, for {@code password_hash}. */
    @Command(
            name = "hash-password",
            description = "Reads a password (from the terminal, or a line of standard input) and prints its hash for"
                    + " password_hash in the configuration.",
            mixinStandardHelpOptions = true)
    int hashPassword() throws IOException {
        String password = readPassword();
        if (password.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "There is no password to hash.");
        }
        out.println(daemon.hashPassword(password));
        return 0;
    }

    private int serve(LoadedConfig loaded) {
        Daemon.Running running = daemon.start(loaded.config());
        out.println(running.announcement());
        out.flush();
        lifetime.awaitEnd(running);
        return 0;
    }

    private LoadedConfig load() throws ConfigInvalid {
        ConfigLoader loader = new ConfigLoader(Hostname.read(), environment);
        settings.forEach((key, value) -> loader.set(key, value, "--set"));
        setIfGiven(loader, "api.listen", listen, "--listen");
        setIfGiven(loader, "host.state_dir", stateDir, "--state-dir");
        setIfGiven(loader, "log.level", logLevel, "--log-level");
        if (configFile != null) {
            return loader.load(Optional.of(configFile));
        }
        return loader.load(Optional.of(DEFAULT_CONFIG).filter(Files::exists));
    }

    private static void setIfGiven(ConfigLoader loader, String key, @Nullable String value, String flag) {
        if (value != null) {
            loader.set(key, value, flag);
        }
    }

    private int failed(Exception failure) {
        if (failure instanceof TresccadException) {
            err.println("tresccad: " + failure.getMessage());
            LoggerFactory.getLogger(Main.class).debug("Why it failed", failure);
        } else {
            LoggerFactory.getLogger(Main.class).error("tresccad failed", failure);
        }
        return FAILED;
    }

    @SuppressWarnings("SystemConsoleNull") // a console of JDK 22 that is no terminal reads the line just as well
    private static String readPassword() throws IOException {
        if (System.console() != null) {
            char[] typed = System.console().readPassword("Password: ");
            return typed == null ? "" : new String(typed);
        }
        // Not closed: standard input belongs to the process.
        String line = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
        return line == null ? "" : line;
    }
}
