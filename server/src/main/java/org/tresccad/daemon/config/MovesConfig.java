package org.tresccad.daemon.config;

import java.nio.file.Path;
import java.time.Duration;
import org.tresccad.migration.BandwidthLimit;

/**
 * Moves.
 *
 * @param destinations the clouds.yaml with the clouds instances may go to; need not exist
 */
public record MovesConfig(Path destinations, Guests guests, Migration migration) {
    /** Whether guests may ask to be moved. */
    public enum AllowMigration {
        /** Every guest, unless its owner forbids it in the instance's metadata. */
        ALWAYS,
        /** Guests whose owner allows it in the instance's metadata. */
        OWNER,
        /** None. */
        NEVER
    }

    /**
     * What guests may ask for.
     *
     * @param migrationRate how often one guest may ask
     * @param prepareTime what a guest that listens has before it is frozen; zero: none is told
     * @param longestDelay how much more it may ask for, once
     */
    public record Guests(
            AllowMigration allowMigration, Rate migrationRate, Duration prepareTime, Duration longestDelay) {}

    /**
     * How moves are carried out.
     *
     * @param prepareTimeout from the last byte sent to the target's answer that it is ready
     * @param packageTimeout for the whole transfer of a package, after which the instance runs on at its source
     * @param keepBytes how much of the disk may hold memory and disks of guests that have left, so that they come back
     *     with less to send; 0 keeps nothing
     * @param bandwidth bytes per second for what a move sends before the freeze; 0 for no limit
     * @param inboxInterval how often clouds with {@code inbox: true} are asked for packages to this host
     */
    public record Migration(
            Duration prepareTimeout, Duration packageTimeout, long keepBytes, long bandwidth, Duration inboxInterval) {}

    static MovesConfig read(ConfigReader in) {
        Path destinations = in.value("destinations", "/etc/tresccad/clouds.yaml", Values::absolutePath);
        ConfigReader guests = in.section("guests");
        ConfigReader migration = in.section("migration");
        return new MovesConfig(
                destinations,
                new Guests(
                        guests.choice("allow_migration", AllowMigration.OWNER),
                        guests.value("migration_rate", "10/h", Rate::parse),
                        guests.value("prepare_time", "2s", Values::hourOrLess),
                        guests.value("longest_delay", "30s", Values::hourOrLess)),
                new Migration(
                        migration.value("prepare_timeout", "60s", Values::duration),
                        migration.value("package_timeout", "2h", Values::duration),
                        migration.value("keep", "4GiB", Values::bytes),
                        migration.value("bandwidth", "0", MovesConfig::bandwidth),
                        migration.value("inbox_interval", "10s", Values::duration)));
    }

    private static long bandwidth(String text) {
        long bytesPerSecond = Values.bytes(text);
        BandwidthLimit.requireUsable(bytesPerSecond);
        return bytesPerSecond;
    }
}
