package org.tresccad.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.linux.FirewallRules.Chain;
import org.tresccad.network.linux.FirewallRules.Table;
import org.tresccad.process.Command;
import org.tresccad.process.Processes;
import org.tresccad.state.DurableFiles;

/**
 * Puts {@link FirewallRules} into the kernel with iptables. All of ours is in chains of our own; a built-in chain gets
 * one rule, its first, that jumps there. Each table is replaced in one commit ({@code iptables-restore --noflush}
 * flushes only the chains it declares), so there is no moment without rules.
 *
 * @see <a href="https://manpages.debian.org/bookworm/iptables/iptables-restore.8.en.html">iptables-restore(8)</a>
 */
final class Firewall {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String LOCK_WAIT_SECONDS = "20";

    private final NetworkSettings settings;
    private final Path directory;
    private final Processes processes;

    /** Rule files are written to {@code directory}, where the operator can read what was applied. */
    Firewall(NetworkSettings settings, Path directory, Processes processes) {
        this.settings = settings;
        this.directory = directory;
        this.processes = processes;
    }

    /** Makes the rules as they should be. */
    void apply() {
        apply("iptables", FirewallRules.ipv4(settings));
        if (hasIpv6()) {
            apply("ip6tables", FirewallRules.ipv6(settings));
        }
    }

    /** Removes our chains and the jumps to them; nothing when there are none. */
    void remove() {
        remove("iptables", FirewallRules.ipv4(settings));
        if (hasIpv6()) {
            remove("ip6tables", FirewallRules.ipv6(settings));
        }
    }

    private void apply(String program, List<Table> tables) {
        StringBuilder text = new StringBuilder();
        for (Table table : tables) {
            text.append(replacing(table, save(program, table)));
        }
        restore(program, text.toString());
    }

    private void remove(String program, List<Table> tables) {
        StringBuilder text = new StringBuilder();
        for (Table table : tables) {
            text.append(removing(table, save(program, table)));
        }
        if (!text.isEmpty()) {
            restore(program, text.toString());
        }
        try {
            Files.deleteIfExists(fileOf(program));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What brings a table, now as {@code saved} by iptables-save, to what it should be. */
    static String replacing(Table table, List<String> saved) {
        StringBuilder text = new StringBuilder("*" + table.name() + "\n");
        for (Chain chain : table.chains()) {
            text.append(":").append(chain.name()).append(" - [0:0]\n");
        }
        for (Chain chain : table.chains()) {
            List<String> builtin = rulesOf(chain.builtin(), saved);
            String jump = jump("-A", chain);
            long jumps = builtin.stream().filter(jump::equals).count();
            // First, because an ACCEPT of somebody else before it would open the host to guests.
            if (jumps != 1 || !builtin.get(0).equals(jump)) {
                text.append((jump("-D", chain) + "\n").repeat((int) jumps));
                text.append("-I ")
                        .append(chain.builtin())
                        .append(" 1 -j ")
                        .append(chain.name())
                        .append("\n");
            }
            for (String rule : chain.rules()) {
                text.append("-A ").append(chain.name()).append(" ").append(rule).append("\n");
            }
        }
        return text.append("COMMIT\n").toString();
    }

    /** What removes everything of ours from a table, now as {@code saved}; empty when nothing of ours is there. */
    static String removing(Table table, List<String> saved) {
        List<Chain> present = table.chains().stream()
                .filter(chain -> saved.stream().anyMatch(line -> line.startsWith(":" + chain.name() + " ")))
                .toList();
        if (present.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("*" + table.name() + "\n");
        for (Chain chain : present) {
            String jump = jump("-A", chain);
            long jumps = saved.stream().filter(jump::equals).count();
            text.append((jump("-D", chain) + "\n").repeat((int) jumps));
            text.append("-F ").append(chain.name()).append("\n");
            text.append("-X ").append(chain.name()).append("\n");
        }
        return text.append("COMMIT\n").toString();
    }

    private static List<String> rulesOf(String builtin, List<String> saved) {
        return saved.stream()
                .filter(line -> line.startsWith("-A " + builtin + " "))
                .toList();
    }

    private static String jump(String action, Chain chain) {
        return action + " " + chain.builtin() + " -j " + chain.name();
    }

    private List<String> save(String program, Table table) {
        return processes
                .run(Command.of(TIMEOUT, program + "-save", "-t", table.name()))
                .lines()
                .toList();
    }

    private void restore(String program, String text) {
        Path file = fileOf(program);
        DurableFiles.write(file, text);
        processes.run(
                Command.of(TIMEOUT, program + "-restore", "--noflush", "--wait", LOCK_WAIT_SECONDS, file.toString()));
    }

    private Path fileOf(String program) {
        return directory.resolve(program + ".rules");
    }

    /** Whether the kernel speaks IPv6 at all; without it ip6tables fails and there is nothing to filter. */
    private static boolean hasIpv6() {
        return Files.exists(Path.of("/proc/net/if_inet6"));
    }
}
