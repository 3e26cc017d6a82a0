package org.tresccad.e2e;

import static net.bytebuddy.matcher.ElementMatchers.nameStartsWith;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.not;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/**
 * Part of a daemon under test, loaded beside the shipped classes as a Java agent: holds the thread that comes to a chosen
 * point, until it is let go, so that a fault can be done at that moment to the daemon or to anything else.
 *
 * <p>Points are {@code before move CLAIMED}, in the transaction that writes the row, and {@code after move CLAIMED}, when
 * that transaction is durable and whoever asked for it does not know yet; the same for {@code arrival}; and {@code before}
 * and {@code after} some steps outside the database, by the names of their methods. {@link Failpoint} chooses.
 */
public final class HoldingAgent {
    /** Has a name for this hold, and on the next line the point. */
    static final String ARMED = "armed";

    /** Begins the name of the file that exists while a thread is held. */
    static final String HELD = "held-";

    private static final long LOOK_AGAIN_MILLIS = 2;
    private static final ThreadLocal<List<String>> WRITTEN = ThreadLocal.withInitial(ArrayList::new);

    @SuppressWarnings("NullAway.Init") // set before any code of the daemon runs
    private static volatile Path directory;

    private HoldingAgent() {}

    /** Called by the virtual machine before the daemon's own main method; {@code argument} is the directory to watch. */
    public static void premain(String argument, Instrumentation instrumentation) {
        directory = Path.of(argument);
        new AgentBuilder.Default()
                .ignore(not(nameStartsWith("org.tresccad.")))
                .type(named("org.tresccad.state.Database"))
                .transform((builder, type, loader, module, domain) ->
                        builder.visit(Advice.to(Transaction.class).on(namedOneOf("transaction", "execute"))))
                .type(namedOneOf("org.tresccad.migration.Moves", "org.tresccad.instance.Arrivals"))
                .transform((builder, type, loader, module, domain) -> builder.visit(Advice.to(Journal.class)
                        .on(named("insert").or(named("update").and(takesArguments(2))))))
                .type(named("org.tresccad.hypervisor.libvirt.LibvirtHypervisor"))
                .transform((builder, type, loader, module, domain) -> builder.visit(
                        Advice.to(Step.class).on(namedOneOf("freeze", "copyMemory", "restoreIncoming", "resume"))))
                .type(named("org.tresccad.hypervisor.libvirt.IncomingPipe"))
                .transform((builder, type, loader, module, domain) ->
                        builder.visit(Advice.to(Step.class).on(named("complete"))))
                .type(named("org.tresccad.instance.InstanceFiles"))
                .transform((builder, type, loader, module, domain) ->
                        builder.visit(Advice.to(Step.class).on(named("spendMemory"))))
                .type(named("org.tresccad.instance.DeleteInstance"))
                .transform((builder, type, loader, module, domain) ->
                        builder.visit(Advice.to(Step.class).on(named("sweep"))))
                .installOn(instrumentation);
    }

    /** A journal is about to write a row, a record with a {@code state()}. */
    public static void writing(Object row) {
        try {
            String what = row.getClass().getSimpleName().toLowerCase(Locale.ROOT) + " "
                    + row.getClass().getMethod("state").invoke(row);
            pass("before " + what);
            WRITTEN.get().add(what);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A transaction is over. */
    public static void ended(boolean isDurable) {
        List<String> rows = List.copyOf(WRITTEN.get());
        WRITTEN.remove();
        if (isDurable) {
            rows.forEach(row -> pass("after " + row));
        }
    }

    /** Passes a point; a thread that is interrupted while it is held learns of that afterwards. */
    public static void pass(String point) {
        Path armed = directory.resolve(ARMED);
        if (!Files.exists(armed)) {
            return;
        }
        boolean wasInterrupted = Thread.interrupted();
        try {
            List<String> wanted = Files.readAllLines(armed);
            if (wanted.size() == 2 && wanted.get(1).equals(point)) {
                Path held = directory.resolve(HELD + wanted.get(0));
                Files.move(armed, held, StandardCopyOption.ATOMIC_MOVE);
                while (Files.exists(held)) {
                    try {
                        Thread.sleep(LOOK_AGAIN_MILLIS);
                    } catch (InterruptedException e) {
                        wasInterrupted = true;
                    }
                }
            }
        } catch (NoSuchFileException gone) {
            // Disarmed, or another thread came to the point first: this one is not wanted.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Put around {@code Database.transaction} and {@code execute}. */
    static final class Transaction {
        private Transaction() {}

        @Advice.OnMethodExit(onThrowable = Throwable.class)
        static void exit(@Advice.Thrown @Nullable Throwable thrown) {
            ended(thrown == null);
        }
    }

    /** Put before what writes the journals. */
    static final class Journal {
        private Journal() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.AllArguments Object[] arguments) {
            writing(arguments[arguments.length - 1]);
        }
    }

    /** Put around steps that are no transaction. */
    static final class Step {
        private Step() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Origin("#m") String name) {
            pass("before " + name);
        }

        @Advice.OnMethodExit
        static void exit(@Advice.Origin("#m") String name) {
            pass("after " + name);
        }
    }
}
