package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Stands in the internet and hears the guests' beacons, in the order in which they come. */
final class Observer implements AutoCloseable {
    private final Process receiver;
    private final List<Beacon> heard = new CopyOnWriteArrayList<>();
    private volatile boolean isReady;

    /** Starts {@code command}, a {@link BeaconReceiver}, and waits until it listens. */
    Observer(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Programs.REPOSITORY.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        Programs.clean(builder.environment());
        try {
            this.receiver = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "observer");
        reader.setDaemon(true);
        reader.start();
        await("the observer to listen").until(() -> isReady);
    }

    private void read() {
        try (BufferedReader lines = receiver.inputReader(StandardCharsets.US_ASCII)) {
            String line = lines.readLine();
            while (line != null) {
                if (line.equals("ready")) {
                    isReady = true;
                } else {
                    heard.add(Beacon.parse(line));
                }
                line = lines.readLine();
            }
        } catch (IOException closed) {
            // The receiver is killed at the end; what was heard by then is all there is.
            return;
        }
    }

    /** Whatever was heard of a lineage, also before its guest knew it, in order. */
    List<Beacon> of(String lineage) {
        List<Beacon> all = List.copyOf(heard);
        Set<String> boots = all.stream()
                .filter(beacon -> beacon.lineage().equals(lineage))
                .map(Beacon::nonce)
                .collect(Collectors.toUnmodifiableSet());
        return all.stream().filter(beacon -> boots.contains(beacon.nonce())).toList();
    }

    /** The last beacon of a lineage. */
    Optional<Beacon> last(String lineage) {
        List<Beacon> all = of(lineage);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    /** The longest time between two beacons of a lineage in a row, of which the second has at least the index {@code since}. */
    Duration longestSilence(String lineage, int since) {
        List<Beacon> all = of(lineage);
        Duration longest = Duration.ZERO;
        for (int i = Math.max(1, since); i < all.size(); i++) {
            Duration silence = all.get(i).received().minus(all.get(i - 1).received());
            longest = silence.compareTo(longest) > 0 ? silence : longest;
        }
        return longest;
    }

    /**
     * Fails if two copies of a guest ever ran at once, one of them went on from an old state, or it was cut off where it
     * was: the counter rises with each beacon, each comes from the host on whose console its number is, and each number
     * was heard. A number is printed before its beacon is sent, so the last of a stay may be heard from the next host, or
     * end in a power cut; and a guest that has no address yet is not heard.
     *
     * @param consoles where the guest was, in order; read after the beacons, since it may run on meanwhile
     */
    void neverTwo(String lineage, Supplier<List<Stay>> consoles) {
        List<Beacon> all = of(lineage);
        List<Stay> stays = consoles.get();
        assertThat(all).as("beacons of %s", lineage).isNotEmpty();
        for (int i = 1; i < all.size(); i++) {
            assertThat(all.get(i).count())
                    .as("the beacon after %s: %s", all.get(i - 1), all.get(i))
                    .isGreaterThan(all.get(i - 1).count());
        }
        Map<Long, String> sources = all.stream().collect(Collectors.toMap(Beacon::count, Beacon::source));
        long lastHeard = all.get(all.size() - 1).count();
        Set<Long> printed = new HashSet<>();
        for (int i = 0; i < stays.size(); i++) {
            Stay stay = stays.get(i);
            printed.addAll(stay.numbers());
            for (int n = 0; n < stay.numbers().size(); n++) {
                long number = stay.numbers().get(n);
                boolean isLast = n == stay.numbers().size() - 1;
                List<String> places = isLast
                        ? List.of(
                                stay.address(),
                                stays.get(Math.min(i + 1, stays.size() - 1)).address())
                        : List.of(stay.address());
                boolean mayBeLost = isLast || n < stay.withoutAddress() || number > lastHeard;
                if (sources.containsKey(number) || !mayBeLost) {
                    assertThat(sources.getOrDefault(number, "nowhere"))
                            .as("where number %d of stay %d of %s was heard from", number, i, lineage)
                            .isIn(places);
                }
            }
        }
        assertThat(printed).as("numbers on the consoles of %s", lineage).containsAll(sources.keySet());
    }

    /**
     * What a guest printed at one host.
     *
     * @param withoutAddress how many of the numbers it printed before it last got an address there
     */
    record Stay(String address, List<Long> numbers, int withoutAddress) {}

    @Override
    public void close() {
        receiver.descendants().forEach(ProcessHandle::destroyForcibly);
        receiver.destroyForcibly();
    }
}
