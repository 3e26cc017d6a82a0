package org.tresccad.client.cold;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdMove.TargetCard;
import org.tresccad.client.cold.ColdMove.Wanted;
import org.tresccad.client.compute.Server;
import org.tresccad.client.compute.ServerParts;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.network.Networks;
import org.tresccad.client.network.Port;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;

/** The server that is made, where it goes. All that is made for it is found again by the move's id. */
final class TargetServer {
    private final Cloud cloud;
    private final ServerParts parts;
    private final ColdMove move;
    private final Duration patience;
    private final MoveReport report;
    private final Cancellation cancellation;

    /** That of {@code move}; every wait takes {@code patience} at most. */
    TargetServer(Cloud cloud, ColdMove move, Duration patience, MoveReport report, Cancellation cancellation) {
        this.cloud = cloud;
        this.parts = cloud.serverParts();
        this.move = move;
        this.patience = patience;
        this.report = report;
        this.cancellation = cancellation;
    }

    /** Those that were made for this move: one, or none. */
    List<Server> made() {
        return cloud.compute().servers().stream()
                .filter(server -> move.id().equals(server.metadata().get(ColdMove.MARK)))
                .toList();
    }

    /** Stores the source's key under its name. */
    void storeKey() {
        move.wanted().newKey().ifPresent(key -> cloud.compute()
                .createKeypair(move.wanted().keyName().orElseThrow(), key));
    }

    /** Makes ports and server; the server's id comes back while it is built. */
    String create() {
        return cloud.networks().map(this::createWithPorts).orElseGet(this::createOnHost);
    }

    private String createWithPorts(Networks networks) {
        List<Map<String, Object>> cards = new ArrayList<>();
        for (TargetCard card : move.wanted().cards()) {
            cards.add(Map.of("port", port(networks, card).id()));
        }
        Map<String, Object> server = server();
        server.put("networks", cards.isEmpty() ? "none" : cards);
        return parts.create(server);
    }

    /** MAC and address if they may be had, else the MAC alone, else whatever there is. */
    private Port port(Networks networks, TargetCard card) {
        // Those that are the same, since there is no address, are one.
        Set<Ask> tries = new LinkedHashSet<>();
        tries.add(new Ask(Optional.of(card.mac()), card.address()));
        tries.add(new Ask(Optional.of(card.mac()), Optional.empty()));
        card.address().ifPresent(address -> tries.add(new Ask(Optional.empty(), Optional.of(address))));
        for (Ask ask : tries) {
            try {
                return networks.createPort(move.portName(), card.networkId(), ask.mac(), ask.address());
            } catch (CloudRefused no) {
                noteRefused(ask, no);
            }
        }
        return networks.createPort(move.portName(), card.networkId(), Optional.empty(), Optional.empty());
    }

    /** A tresccad host has no ports to be made beforehand; it takes both with the server. */
    private String createOnHost() {
        if (move.wanted().cards().isEmpty()) {
            Map<String, Object> server = server();
            server.put("networks", "none");
            return parts.create(server);
        }
        TargetCard card = move.wanted().cards().get(0);
        List<Ask> tries = List.of(
                new Ask(Optional.of(card.mac()), card.address()),
                new Ask(Optional.of(card.mac()), Optional.empty()),
                new Ask(Optional.empty(), card.address()));
        for (Ask ask : tries) {
            try {
                return createOnHost(card, ask);
            } catch (CloudRefused no) {
                noteRefused(ask, no);
            }
        }
        return createOnHost(card, new Ask(Optional.empty(), Optional.empty()));
    }

    private String createOnHost(TargetCard card, Ask ask) {
        Map<String, Object> network = new LinkedHashMap<>();
        network.put("uuid", card.networkId());
        ask.mac().ifPresent(mac -> network.put("tresccad:mac", mac));
        ask.address().ifPresent(address -> network.put("fixed_ip", address));
        Map<String, Object> server = server();
        server.put("networks", List.of(network));
        return parts.create(server);
    }

    private record Ask(Optional<String> mac, Optional<String> address) {}

    private void noteRefused(Ask ask, CloudRefused no) {
        report.note("It cannot have "
                + ask.mac().map(mac -> "MAC " + mac + " and ").orElse("")
                + ask.address().map(address -> "address " + address).orElse("any address") + " at " + move.target()
                + ": " + no.reason());
    }

    private Map<String, Object> server() {
        Wanted wanted = move.wanted();
        Map<String, Object> server = new LinkedHashMap<>();
        server.put("name", move.subject().name());
        server.put("imageRef", move.copies().disk());
        server.put("flavorRef", wanted.flavorId());
        Map<String, String> metadata = new LinkedHashMap<>(wanted.metadata());
        metadata.put(ColdMove.MARK, move.id());
        server.put("metadata", metadata);
        wanted.keyName().ifPresent(name -> server.put("key_name", name));
        wanted.userData().ifPresent(data -> server.put("user_data", data));
        if (wanted.configDrive()) {
            server.put("config_drive", true);
        }
        return server;
    }

    /** Waits until it runs. */
    Server awaitActive(String serverId) {
        return cloud.compute().await(serverId, "ACTIVE", patience, cancellation);
    }

    /** It is a server like any other now. */
    void unmark(String serverId) {
        parts.removeMetadata(serverId, ColdMove.MARK);
    }

    /**
     * Removes all that could run, and all that one that was asked for and is not seen yet would need to run: when this
     * returns, nothing of this move runs or ever will.
     */
    void removeWhatCouldRun() {
        removeServers();
        // Without its image a server that Nova makes late, of a request whose answer was lost, cannot boot.
        deleteImage(move.copies().disk());
        cloud.networks().ifPresent(this::deletePorts);
        removeServers();
    }

    private void removeServers() {
        for (Server server : made()) {
            try {
                cloud.compute().delete(server.id());
                cloud.compute().awaitGone(server.id(), patience, cancellation);
            } catch (CloudNotFound gone) {
                // As wanted.
            }
        }
    }

    private void deletePorts(Networks networks) {
        networks.portsNamed(move.portName()).forEach(port -> networks.deletePort(port.id()));
    }

    /** Removes what is of no use alone: images, the key. */
    void removeLeavings() {
        deleteImage(move.copies().disk());
        deleteImage(move.copies().kernel());
        deleteImage(move.copies().ramdisk());
        if (move.progress().keyMade()) {
            move.wanted().keyName().ifPresent(parts::deleteKeypair);
        }
    }

    private void deleteImage(String id) {
        try {
            cloud.images().delete(id);
        } catch (CloudNotFound gone) {
            // It was never made, or is gone.
        }
    }
}
