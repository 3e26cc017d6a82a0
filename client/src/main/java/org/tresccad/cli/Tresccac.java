package org.tresccad.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.tresccad.client.Cloud;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.Clouds;
import org.tresccad.client.config.Environment;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.http.Json;
import org.tresccad.client.http.Timeouts;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Watch;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code tresccac}: everything its subcommands share. */
@Command(
        name = "tresccac",
        description = {
            "Moves running virtual machines between tresccad hosts and OpenStack clouds, and does what one needs"
                    + " around that.",
            "",
            "Clouds are those of clouds.yaml, where OpenStack clients look for it (OS_CLIENT_CONFIG_FILE, ., "
                    + "~/.config/openstack, /etc/openstack), or of OS_* variables. Without --cloud, OS_CLOUD counts."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac make_config laptop --auth-url http://127.0.0.1:8774/identity --username me --project home",
            "  tresccac --cloud laptop spawn disk.qcow2 --name web --wait",
            "  tresccac migrate web --source laptop --dest edge",
            "  tresccac --cloud edge console web --follow"
        },
        subcommands = {
            ListCommand.class,
            ShowCommand.class,
            SpawnCommand.class,
            DeleteCommand.class,
            ConsoleCommand.class,
            CheckCommand.class,
            MigrateCommand.class,
            DestinationsCommand.class,
            MigrationsCommand.class,
            SaveCommand.class,
            RestoreCommand.class,
            ReclaimCommand.class,
            PushCommand.class,
            PullCommand.class,
            MakeConfigCommand.class,
            AutoComplete.GenerateCompletion.class,
            CommandLine.HelpCommand.class
        })
public final class Tresccac implements Runnable {
    private final Environment environment;
    private final Terminal terminal;
    private final Cancellation cancellation;

    @Option(
            names = {"-c", "--cloud"},
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            description = "The cloud to work on; default: OS_CLOUD, OS_* variables, or the only one configured.")
    private Optional<String> cloudName = Optional.empty();

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "The result as JSON on standard output; progress and notes stay on standard error.")
    private boolean json;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Say more when something fails.")
    private boolean verbose;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before anything runs
    private CommandLine.Model.CommandSpec spec;

    private @Nullable Clouds clouds;
    private volatile long secondsToEnd = 10;

    Tresccac(Environment environment, Terminal terminal, Cancellation cancellation) {
        this.environment = environment;
        this.terminal = terminal;
        this.cancellation = cancellation;
    }

    /** Runs the command and exits with one of {@link ExitCode}. */
    public static void main(String[] arguments) {
        System.setProperty("logback.configurationFile", "org/tresccad/cli/logback.xml");
        Cancellation cancellation = new Cancellation();
        Tresccac app = new Tresccac(Environment.ofProcess(), Terminal.ofProcess(), cancellation);
        CountDownLatch finished = new CountDownLatch(1);
        // Ctrl-C: transfers end and clean up behind them; the JVM itself then exits with 130.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            cancellation.cancel();
            try {
                finished.await(app.secondsToEnd, TimeUnit.SECONDS);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }));
        int code = run(app, arguments);
        finished.countDown();
        System.exit(code);
    }

    /** Runs one command line; for tests too. */
    static int run(Environment environment, Terminal terminal, Cancellation cancellation, String... arguments) {
        return run(new Tresccac(environment, terminal, cancellation), arguments);
    }

    private static int run(Tresccac app, String... arguments) {
        Terminal terminal = app.terminal;
        CommandLine line = new CommandLine(app)
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Tresccac::misused)
                .setExecutionExceptionHandler((failure, command, parsed) -> app.failed(failure));
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode each : ExitCode.values()) {
            codes.put(String.valueOf(each.number()), each.meaning());
        }
        line.getCommandSpec().usageMessage().exitCodeList(codes);
        int code = line.execute(arguments);
        terminal.out().flush();
        return code;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Which command?");
    }

    /** Lets a command that has something to take back take this long for it after Ctrl-C. */
    void takesToEnd(Duration limit) {
        secondsToEnd = limit.toSeconds();
    }

    /** For complaints about arguments. */
    CommandLine commandLine() {
        return spec.commandLine();
    }

    Environment environment() {
        return environment;
    }

    Terminal terminal() {
        return terminal;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    boolean json() {
        return json;
    }

    /** All configured clouds; warnings are shown once. */
    Clouds clouds() {
        Clouds known = clouds;
        if (known == null) {
            known = Clouds.load(environment);
            known.warnings().forEach(warning -> terminal.note("Warning: " + warning));
            clouds = known;
        }
        return known;
    }

    /** The chosen cloud; close it. */
    Cloud cloud() {
        return cloud(Optional.empty());
    }

    /** The named cloud, or the chosen one; close it. */
    Cloud cloud(Optional<String> name) {
        return open(config(name));
    }

    /** How the named cloud, or the chosen one, is reached. */
    CloudConfig config(Optional<String> name) {
        return name.or(() -> cloudName).map(clouds()::cloud).orElseGet(clouds()::chosen);
    }

    Cloud open(CloudConfig config) {
        if (!config.trust().verify()) {
            terminal.note("Warning: cloud " + config.name()
                    + " has verify: false; anyone on the way can read and change everything");
        }
        return Cloud.of(config, Timeouts.DEFAULT, Clock.systemUTC());
    }

    /** A display for one transfer, and the wish to end it. */
    Watch watch(TransferDisplay display) {
        return new Watch(display, cancellation);
    }

    TransferDisplay display(String task) {
        return new TransferDisplay(task, terminal);
    }

    /** Prints the result: {@code value} with --json, else {@code text}. */
    void print(Object value, Object text) {
        terminal.out().println(json ? asJson(value) : text.toString().stripTrailing());
        terminal.out().flush();
    }

    private static String asJson(Object value) {
        try {
            return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
        } catch (JsonProcessingException bad) {
            throw new IllegalStateException("our own values can be written", bad);
        }
    }

    /** The complaint and the synopsis; the whole help would hide them. */
    private static int misused(CommandLine.ParameterException wrong, String[] arguments) {
        CommandLine line = wrong.getCommandLine();
        PrintWriter err = line.getErr();
        err.println(Terminal.printable(String.valueOf(wrong.getMessage())));
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
        err.print(line.getHelp().fullSynopsis());
        err.println("See: " + line.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE.number();
    }

    private int failed(Exception failure) {
        ExitCode code = ExitCode.of(failure);
        String message = String.valueOf(failure.getMessage());
        boolean expected = code != ExitCode.FAILED || failure instanceof CloudException;
        terminal.note(expected ? message : failure.getClass().getSimpleName() + ": " + message);
        if (verbose) {
            failure.printStackTrace(terminal.err());
        }
        return code.number();
    }
}
