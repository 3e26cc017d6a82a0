package org.tresccad.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** What every subcommand has: the program around it, and help. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false)
abstract class Subcommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private Tresccac app;

    final Tresccac app() {
        return app;
    }

    @Override
    public final Integer call() throws Exception {
        execute();
        return ExitCode.OK.number();
    }

    /** Does it; failures are exceptions. */
    abstract void execute() throws Exception;
}
