package org.tresccad.network.linux;

import java.io.IOException;
import java.nio.file.Path;
import org.tresccad.network.TestingNetworkSettings;
import org.tresccad.process.RealProcesses;
import org.tresccad.state.Database;

/** A process with a network over the state in its first argument, which it says is ready and keeps until it is killed. */
final class DaemonThatIsKilled {
    private DaemonThatIsKilled() {}

    /** Runs until standard input ends or the process is killed. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        try (Database database = Database.open(directory.resolve("state.db"))) {
            LinuxNetwork network = new LinuxNetwork(
                    TestingNetworkSettings.usual(), directory.resolve("network"), database, new RealProcesses());
            network.reconcile();
            System.out.println("ready");
            if (System.in.read() < 0) {
                network.stop();
            }
        }
    }
}
