package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A test guest on its way through hosts. Its console is read from outside, on every host it was at, so that each number it
 * ever counted is seen.
 */
final class Guest {
    private static final Pattern LINE = Pattern.compile("tick ([0-9]+)\r?\n|Run (/init) as init process");

    private final World world;
    private final String name;
    private final String lineage;
    private final List<Visit> visits = new ArrayList<>();
    private String id;

    private record Visit(Host host, Tape tape) {}

    private Guest(World world, Host host, String name, String id) {
        this.world = world;
        this.name = name;
        this.id = id;
        this.lineage = host.query("SELECT lineage FROM instance WHERE id = '" + id + "'")
                .get(0);
        isAt(host, id);
    }

    static Guest spawn(World world, Host host, String name, String kind) {
        return spawn(world, host, name, kind, "initrd");
    }

    /** With one of the ramdisks of {@code test-vms/build}, and more words for the kernel's command line in {@code kind}. */
    static Guest spawn(World world, Host host, String name, String kind, String ramdisk) {
        JsonNode server = world.tresccac(
                        "--cloud",
                        host.name(),
                        "spawn",
                        "test-vms/target/base.qcow2",
                        "--kernel",
                        "test-vms/target/vmlinuz",
                        "--ramdisk",
                        "test-vms/target/" + ramdisk,
                        "--cmdline",
                        "console=ttyS0 guest=" + kind + " beacon=" + World.OBSERVER + ":" + World.OBSERVER_PORT,
                        "--flavor",
                        "tiny",
                        "--name",
                        name,
                        "--property",
                        "tresccad:migration=allowed",
                        "--wait",
                        "--json")
                .succeeded()
                .json();
        Guest guest = new Guest(world, host, name, server.path("id").asText());
        if (kind.startsWith("agent")) {
            guest.awaitConsole("agent at " + host.name() + " epoch");
            await("a beacon with the lineage")
                    .until(() -> !world.observer().of(guest.lineage).isEmpty());
        } else {
            guest.awaitTicks(1);
        }
        return guest;
    }

    /** A guest that is at {@code host} already, as the instance {@code id}. */
    static Guest found(World world, Host host, String name, String id) {
        return new Guest(world, host, name, id);
    }

    /** Notes that it is at {@code host} now, as the instance {@code id}. */
    void isAt(Host host, String newId) {
        id = newId;
        visits.add(new Visit(
                host, new Tape(host.state().resolve("instances").resolve(newId).resolve("console.log"))));
    }

    /** Waits until it is at one of these hosts and nothing is done to it, and notes where, if that is not known. */
    void findAgain(List<Host> hosts) {
        await(name + " to be somewhere").until(() -> {
            for (Host host : hosts) {
                for (String found : host.query("SELECT id FROM instance WHERE lineage = '" + lineage + "'")) {
                    if (host.api().task(found).isEmpty()) {
                        if (!host.name().equals(host().name()) || !found.equals(id)) {
                            isAt(host, found);
                        }
                        return true;
                    }
                }
            }
            return false;
        });
    }

    /** The id of its instance where it is. */
    String id() {
        return id;
    }

    String name() {
        return name;
    }

    String lineage() {
        return lineage;
    }

    /** Where it is. */
    Host host() {
        return visits.get(visits.size() - 1).host();
    }

    /** The API of the host where it is. */
    Api api() {
        return host().api();
    }

    /** Moves it through the API and waits for the end; the finished move as its source shows it. */
    JsonNode move(Host destination) {
        Host source = host();
        String move = source.api().move(id, destination.name());
        return awaitMoved(source, move, destination);
    }

    /** Waits until a move is over, which must have succeeded. */
    JsonNode awaitMoved(Host source, String move, Host destination) {
        await("the end of the move").until(() -> List.of("DONE", "WITHDRAWN", "FAILED")
                .contains(source.api().moveState(move)));
        JsonNode done = source.api().get("/tresccad/v1/moves/" + move).path("move");
        assertThat(done.path("state").asText()).as(done.toString()).isEqualTo("DONE");
        isAt(destination, done.path("new_server_id").asText());
        return done;
    }

    /** What it wrote where it is. */
    String console() {
        return visits.get(visits.size() - 1).tape().text();
    }

    /** What it wrote anywhere, in order. */
    private String allConsoles() {
        StringBuilder all = new StringBuilder();
        visits.forEach(visit -> all.append(visit.tape().text()));
        return all.toString();
    }

    /** What its agent said where it was before, and where it is. */
    List<String> agentSaid() {
        return said("agent ");
    }

    /** The lines that begin so, where it was before, and where it is. */
    List<String> said(String begin) {
        return allConsoles()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(begin))
                .toList();
    }

    /** What it wrote where it was before it came here. */
    String consoleBefore() {
        return visits.get(visits.size() - 2).tape().text();
    }

    /** Waits until its console, where it is, has this text. */
    void awaitConsole(String text) {
        await("console of " + name + ": " + text).until(() -> console().contains(text));
    }

    /** The address that its last beacon came from, or an empty text. */
    String heardFrom() {
        return world.observer().last(lineage).map(Beacon::source).orElse("");
    }

    /** The last number it printed, anywhere. */
    long lastTick() {
        List<Long> ticks = ticks();
        return ticks.isEmpty() ? 0 : ticks.get(ticks.size() - 1);
    }

    /** Waits until it has counted on by {@code more}. */
    void awaitTicks(int more) {
        long wanted = lastTick() + more;
        await(name + " to count to " + wanted).until(() -> lastTick() >= wanted);
    }

    /** Waits until the observer, which knows it again by its lineage, has heard what it has counted until now. */
    void awaitHeard() {
        long counted = lastTick();
        await(name + " to be heard of " + counted).until(() -> world.observer()
                .last(lineage)
                .filter(beacon -> beacon.count() >= counted)
                .isPresent());
    }

    /** How often its kernel started. */
    long boots() {
        return lines().stream().filter(line -> line.group(2) != null).count();
    }

    /**
     * Fails unless every number is on its consoles exactly once and in order. Only a power cut may swallow one: it was
     * counted on the disk already, and still in the serial port's buffer.
     */
    void countedEverything() {
        long last = 0;
        boolean hasBooted = false;
        for (MatchResult line : lines()) {
            if (line.group(2) != null) {
                hasBooted = true;
                continue;
            }
            long tick = Long.parseLong(line.group(1));
            if (hasBooted && last > 0) {
                assertThat(tick).as("first number after a boot").isBetween(last + 1, last + 2);
            } else {
                assertThat(tick).as("number after %d of %s", last, name).isEqualTo(last + 1);
            }
            last = tick;
            hasBooted = false;
        }
        assertThat(last).as("numbers of %s", name).isPositive();
    }

    /** Fails if the observer ever heard two copies of it, or one where it had left. */
    void neverTwo() {
        await(name + " to be heard from " + host().name())
                .until(() -> heardFrom().equals(host().address()));
        neverTwoSoFar();
    }

    /** The same of a guest that need not be heard now. */
    void neverTwoSoFar() {
        world.observer().neverTwo(lineage, this::stays);
    }

    /** The numbers it finished printing at each host; a line may begin at one and end at the next. */
    private List<Observer.Stay> stays() {
        List<Observer.Stay> stays = new ArrayList<>();
        StringBuilder all = new StringBuilder();
        int seen = 0;
        for (Visit visit : visits) {
            int begin = all.length();
            all.append(visit.tape().text());
            List<Long> numbers = ticks(all);
            int addressed = Math.max(all.lastIndexOf("\ntick ready "), all.lastIndexOf("\naddress "));
            int withoutAddress = addressed < begin
                    ? 0
                    : ticks(all.substring(0, addressed + 1)).size() - seen;
            stays.add(new Observer.Stay(visit.host().address(), numbers.subList(seen, numbers.size()), withoutAddress));
            seen = numbers.size();
        }
        return stays;
    }

    private List<Long> ticks() {
        return ticks(allConsoles());
    }

    private static List<Long> ticks(CharSequence console) {
        return LINE.matcher(console)
                .results()
                .filter(line -> line.group(1) != null)
                .map(line -> Long.parseLong(line.group(1)))
                .toList();
    }

    private List<MatchResult> lines() {
        return LINE.matcher(allConsoles()).results().toList();
    }
}
