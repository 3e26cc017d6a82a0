package org.tresccad.cli;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tresccad.client.config.ConfigException;

/**
 * Where the command talks to.
 *
 * @param live whether {@code err} is a terminal, where bars may move
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, boolean live, int columns) {
    private static final Pattern DANGEROUS = Pattern.compile("[\\p{Cntrl}\\p{Cf}&&[^\\n\\t\\r]]");

    /** That of this process. */
    static Terminal ofProcess() {
        int columns = Optional.ofNullable(System.getenv("COLUMNS"))
                .filter(text -> text.matches("\\d{2,3}"))
                .map(Integer::parseInt)
                .orElse(80);
        return new Terminal(System.in, System.out, System.err, isTerminal(2), columns);
    }

    /** Text from a cloud or a guest, without the control characters that could take over a terminal. */
    static String printable(String text) {
        return DANGEROUS.matcher(text).replaceAll("\uFFFD");
    }

    /** A line for people, beside the result. */
    void note(String line) {
        err.println(printable(line));
        err.flush();
    }

    /** The first line of standard input, or typed without echo. */
    String password(boolean fromStdin, String prompt) {
        if (fromStdin) {
            try {
                String text = new String(in.readNBytes(64 << 10), StandardCharsets.UTF_8);
                return text.lines().findFirst().filter(line -> !line.isEmpty()).orElseThrow(Terminal::noPassword);
            } catch (IOException broken) {
                throw noPassword();
            }
        }
        Console console = Optional.ofNullable(System.console())
                .filter(found -> isTerminal(0))
                .orElseThrow(() -> new ConfigException(
                        "standard input", "", "is no terminal to ask for a password; use --password-stdin"));
        char[] typed = console.readPassword("%s: ", prompt);
        if (typed == null || typed.length == 0) {
            throw noPassword();
        }
        return new String(typed);
    }

    /** A line that is typed at the terminal, seen; for what a pipe must not answer by accident. */
    String typed(String prompt, String otherwise) {
        Console console = Optional.ofNullable(System.console())
                .filter(found -> isTerminal(0))
                .orElseThrow(
                        () -> new ConfigException("standard input", "", "is no terminal to ask; use " + otherwise));
        return Optional.ofNullable(console.readLine("%s: ", prompt)).orElse("");
    }

    /** Whether whoever sits at the terminal says yes; also when nobody does. */
    boolean confirms(String question) {
        return Optional.ofNullable(System.console())
                .filter(found -> isTerminal(0))
                .map(console -> Optional.ofNullable(console.readLine("%s [y/N] ", printable(question)))
                        .filter(answer ->
                                answer.strip().toLowerCase(Locale.ROOT).startsWith("y"))
                        .isPresent())
                .orElse(true);
    }

    private static ConfigException noPassword() {
        return new ConfigException("standard input", "", "no password came");
    }

    /** Java tells this of input and output together only; Linux of each. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException unknown) {
            return false;
        }
    }
}
