package org.tresccad.client.cold;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdMove.SourceCard;
import org.tresccad.client.compute.Server;
import org.tresccad.client.compute.ServerParts;
import org.tresccad.client.compute.ServerParts.Event;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.image.Image;
import org.tresccad.client.network.Networks;
import org.tresccad.client.network.Port;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;
import org.tresccad.client.transfer.Poll;

/** The server that moves, where it comes from. */
final class SourceServer {
    /** What may have been asked of it since it was locked, by us; all else was somebody else. */
    private static final Set<String> OURS =
            Set.of("stop", "lock", "unlock", "createImage", "detach_interface", "attach_interface");

    private static final Duration PACE = Duration.ofSeconds(1);

    private final Cloud cloud;
    private final ServerParts parts;
    private final ColdMove move;
    private final Duration patience;
    private final Cancellation cancellation;

    /** That of {@code move}; every wait takes {@code patience} at most. */
    SourceServer(Cloud cloud, ColdMove move, Duration patience, Cancellation cancellation) {
        this.cloud = cloud;
        this.parts = cloud.serverParts();
        this.move = move;
        this.patience = patience;
        this.cancellation = cancellation;
    }

    private String id() {
        return move.subject().serverId();
    }

    /** Whether it is there. */
    boolean exists() {
        try {
            look();
            return true;
        } catch (CloudNotFound gone) {
            return false;
        }
    }

    Server look() {
        return cloud.compute().server(id());
    }

    /**
     * Says in its metadata whose it is, so that no two moves take the same. A locked one cannot be marked.
     *
     * @throws CloudConflict when it is another move's
     */
    void mark() {
        String now = look().metadata().getOrDefault(ColdMove.MARK, "");
        if (isOthers(now)) {
            throw new CloudConflict(cloud.name(), "move instance " + id(), "cold move " + now + " has it.");
        }
        if (now.isEmpty()) {
            parts.setMetadata(id(), ColdMove.MARK, move.id());
        }
    }

    private boolean isOthers(String mark) {
        return !mark.isEmpty() && !mark.equals(move.id());
    }

    /** Asks it to stop unless it is off, and waits until it is. */
    void stop() {
        if (!look().status().equals("SHUTOFF")) {
            cloud.compute().action(id(), "os-stop", Map.of());
        }
        cloud.compute().await(id(), "SHUTOFF", patience, cancellation);
    }

    /** Locks it, so that nobody starts it by mistake; answers the newest thing that was asked of it. */
    Optional<String> lock() {
        cloud.compute().action(id(), "lock", Map.of());
        return parts.events(id()).stream().findFirst().map(Event::requestId);
    }

    /**
     * Makes sure that it is off, has been since it was locked, and is still this move's.
     *
     * @throws CloudConflict when it is not
     */
    void requireUntouched() {
        Server now = look();
        String what = "go on with the move of instance " + id();
        if (!now.status().equals("SHUTOFF")) {
            throw new CloudConflict(
                    cloud.name(),
                    what,
                    "somebody has started it by hand: it is " + now.status() + ". It was off while its disk was copied,"
                            + " and must be until the destination has taken over.");
        }
        if (!move.id().equals(now.metadata().get(ColdMove.MARK))) {
            throw new CloudConflict(cloud.name(), what, "another move, or somebody by hand, has taken its mark away.");
        }
        byHand().ifPresent(action -> {
            throw new CloudConflict(
                    cloud.name(), what, "somebody has done '" + action + "' to it since its disk was to be copied.");
        });
    }

    private Optional<String> byHand() {
        Optional<String> last = move.progress().lastEvent();
        List<String> since = new ArrayList<>();
        for (Event event : parts.events(id())) {
            if (last.equals(Optional.of(event.requestId()))) {
                return since.stream().filter(action -> !OURS.contains(action)).findFirst();
            }
            since.add(event.action());
        }
        return Optional.empty();
    }

    /** Has its disk copied into an image of its cloud, unless that was asked before. */
    void copyDisk() {
        if (images().isEmpty()) {
            parts.createImage(id(), move.subject().name() + "-cold", Map.of(ColdMove.IMAGE_MARK, move.id()));
        }
    }

    /** The images that were made for this move there: of the disk, and maybe of kernel and ramdisk. */
    List<Image> images() {
        return cloud.images().list(Map.of(ColdMove.IMAGE_MARK, move.id())).stream()
                .filter(image -> move.id().equals(image.properties().get(ColdMove.IMAGE_MARK)))
                // Source and target may share a Glance.
                .filter(image -> !Set.of(
                                move.copies().disk(),
                                move.copies().kernel(),
                                move.copies().ramdisk())
                        .contains(image.id()))
                .toList();
    }

    /** Deletes those images. */
    void deleteImages() {
        for (Image image : images()) {
            try {
                cloud.images().delete(image.id());
            } catch (CloudNotFound gone) {
                // As wanted.
            }
        }
    }

    /**
     * Takes these ports from it, and waits until it has them no more. Nova deletes those that it made, and this those that
     * an earlier cold move made; others stay, unused, and keep their addresses.
     */
    void letGo(List<String> portIds) {
        Networks networks = cloud.networks().orElseThrow();
        cloud.compute().action(id(), "unlock", Map.of());
        for (String port : portIds) {
            try {
                parts.detach(id(), port);
            } catch (CloudNotFound gone) {
                // It was detached before this process began.
            }
        }
        cloud.compute().action(id(), "lock", Map.of());
        for (String port : portIds) {
            new Poll(cloud.name(), "take port " + port + " from instance " + id(), patience, PACE, cancellation)
                    .until(
                            () -> networks.port(port)
                                    .filter(found -> found.deviceId().equals(id())),
                            Optional::isEmpty,
                            still -> "it still has it");
        }
        deletePortsOfEarlierMoves(networks, portIds);
    }

    private static void deletePortsOfEarlierMoves(Networks networks, List<String> portIds) {
        for (String id : portIds) {
            networks.port(id)
                    .filter(port -> port.name().startsWith(ColdMove.PORT_PREFIX)
                            && port.deviceId().isEmpty())
                    .ifPresent(port -> networks.deletePort(port.id()));
        }
    }

    /** Gives back what {@link #letGo} took: the same port if it is there, else one with its MAC and address. */
    void takeBackPorts(List<String> portIds, MoveReport report) {
        List<String> macs =
                parts.cards(id()).stream().map(ServerParts.Card::mac).toList();
        for (SourceCard card : move.subject().cards()) {
            if (!portIds.contains(card.portId()) || macs.contains(card.mac())) {
                continue;
            }
            Networks networks = cloud.networks().orElseThrow();
            String port = networks.port(card.portId()).map(Port::id).orElseGet(() -> remade(networks, card, report));
            parts.attach(id(), port);
        }
    }

    private String remade(Networks networks, SourceCard card, MoveReport report) {
        String name = move.portName() + "-source";
        Optional<Port> before = networks.portsNamed(name).stream()
                .filter(port -> port.networkId().equals(card.networkId())
                        && port.deviceId().isEmpty())
                .findFirst();
        if (before.isPresent()) {
            return before.get().id();
        }
        try {
            return networks.createPort(name, card.networkId(), Optional.of(card.mac()), card.address())
                    .id();
        } catch (CloudRefused no) {
            report.note("The source could not have MAC " + card.mac() + " and "
                    + card.address().orElse("its address") + " again, and has others: " + no.getMessage());
            return networks.createPort(name, card.networkId(), Optional.empty(), Optional.empty())
                    .id();
        }
    }

    /** Lets it be its owner's again, and starts it if it ran. */
    void giveBack(MoveReport report) {
        Poll settled = new Poll(cloud.name(), "see instance " + id() + " settled", patience, PACE, cancellation);
        Server now = settled.until(this::look, seen -> seen.taskState().isEmpty(), Server::status);
        if (isOthers(now.metadata().getOrDefault(ColdMove.MARK, ""))) {
            report.note("Instance " + move.subject().name() + " at " + move.source()
                    + " is left as it is: another cold move has it.");
            return;
        }
        cloud.compute().action(id(), "unlock", Map.of());
        takeBackPorts(move.progress().letGo(), report);
        settled.until(this::look, seen -> seen.taskState().isEmpty(), Server::status);
        if (move.id().equals(now.metadata().get(ColdMove.MARK))) {
            parts.removeMetadata(id(), ColdMove.MARK);
        }
        if (move.subject().wasRunning() && now.status().equals("SHUTOFF")) {
            cloud.compute().action(id(), "os-start", Map.of());
            report.note("Instance " + move.subject().name() + " is started again at " + move.source() + ".");
        }
    }

    /**
     * Deletes it; the target runs.
     *
     * @throws CloudConflict when it was started by hand, and so two of them run
     */
    void delete() {
        try {
            Server now = look();
            if (!now.status().equals("SHUTOFF")) {
                throw new CloudConflict(
                        cloud.name(),
                        "delete instance " + id() + ", which has moved",
                        "somebody has started it by hand, it is " + now.status() + ", and it runs at "
                                + move.target() + " too. Nothing of it is deleted. Decide which of the two is right,"
                                + " and delete the other.");
            }
            cloud.compute().action(id(), "unlock", Map.of());
            cloud.compute().delete(id());
            cloud.compute().awaitGone(id(), patience, cancellation);
        } catch (CloudNotFound gone) {
            // It was deleted before this process began.
        }
        List<String> ports =
                move.subject().cards().stream().map(SourceCard::portId).toList();
        cloud.networks().ifPresent(networks -> deletePortsOfEarlierMoves(networks, ports));
    }
}
