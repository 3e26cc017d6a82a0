package org.tresccad.client.cold;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A cold move as its journal has it: everything that is needed to go on, or to take back, in another process.
 *
 * @param id of the move; source, images and target carry it as {@link #MARK}
 * @param copies ids of the target's images, chosen beforehand so that they are found again
 * @param progress what happened so far
 */
public record ColdMove(
        String id,
        ColdState state,
        Place source,
        Place target,
        Subject subject,
        Wanted wanted,
        Copies copies,
        Progress progress) {
    /** Key in the metadata of both servers; its value is the move's id. */
    public static final String MARK = "tresccad:cold-move";

    /** The same as a property of images. */
    public static final String IMAGE_MARK = "tresccad_cold_move";

    /** Names of ports begin so that a cold move made; Nova does not delete them with their server. */
    static final String PORT_PREFIX = "tresccac-";

    /** A project of a cloud; {@code region} when it is not the one of clouds.yaml. */
    public record Place(String cloud, Optional<String> region, String projectId) {
        @Override
        public String toString() {
            return cloud + region.map(name -> "/" + name).orElse("");
        }
    }

    /**
     * The server that moves.
     *
     * @param wasRunning whether it is started again when the move is taken back
     */
    public record Subject(String serverId, String name, boolean wasRunning, List<SourceCard> cards) {
        /** Copies. */
        public Subject {
            cards = List.copyOf(cards);
        }
    }

    /** A network card of the source. */
    public record SourceCard(String portId, String networkId, String mac, Optional<String> address) {}

    /**
     * The server to be made.
     *
     * @param keyName a keypair of the target
     * @param newKey the public key to store there under that name first
     * @param userData base64
     */
    public record Wanted(
            String flavorId,
            List<TargetCard> cards,
            Map<String, String> metadata,
            Optional<String> keyName,
            Optional<String> newKey,
            Optional<String> userData,
            boolean configDrive,
            boolean keepSource) {
        /** Copies. */
        public Wanted {
            cards = List.copyOf(cards);
            metadata = Map.copyOf(metadata);
        }
    }

    /**
     * A card to be made.
     *
     * @param address the address to ask for; any when empty
     * @param takesOver the source's port that holds MAC and address in the same network, and must let go of them first
     */
    public record TargetCard(String networkId, String mac, Optional<String> address, Optional<String> takesOver) {}

    /** Images of the target. */
    public record Copies(String disk, String kernel, String ramdisk) {
        /** Which of them. */
        enum Slot {
            DISK,
            KERNEL,
            RAMDISK
        }

        String get(Slot slot) {
            return switch (slot) {
                case DISK -> disk;
                case KERNEL -> kernel;
                case RAMDISK -> ramdisk;
            };
        }

        Copies with(Slot slot, String id) {
            return new Copies(
                    slot == Slot.DISK ? id : disk,
                    slot == Slot.KERNEL ? id : kernel,
                    slot == Slot.RAMDISK ? id : ramdisk);
        }
    }

    /**
     * What happened so far.
     *
     * @param lastEvent the newest action of the source's when it had been locked; any later one but ours is by hand
     * @param stoppedAt when the source was asked to stop; the guest stands from then on
     * @param letGo ports of the source that were, or may have been, detached
     * @param keyMade whether the keypair at the target is ours
     * @param givenBack whether the source is its owner's again, after a move that is taken back
     * @param serverId the target's server, when it is known
     */
    public record Progress(
            Optional<String> lastEvent,
            Optional<Instant> stoppedAt,
            List<String> letGo,
            boolean keyMade,
            boolean givenBack,
            Optional<String> serverId) {
        /** Nothing yet. */
        public static final Progress NONE =
                new Progress(Optional.empty(), Optional.empty(), List.of(), false, false, Optional.empty());

        /** Copies. */
        public Progress {
            letGo = List.copyOf(letGo);
        }

        Progress locked(Optional<String> event) {
            return new Progress(event, stoppedAt, letGo, keyMade, givenBack, serverId);
        }

        Progress stopped(Instant at) {
            return new Progress(lastEvent, Optional.of(at), letGo, keyMade, givenBack, serverId);
        }

        Progress lettingGo(List<String> ports) {
            return new Progress(lastEvent, stoppedAt, ports, keyMade, givenBack, serverId);
        }

        Progress makingKey() {
            return new Progress(lastEvent, stoppedAt, letGo, true, givenBack, serverId);
        }

        Progress gaveBack() {
            return new Progress(lastEvent, stoppedAt, letGo, keyMade, true, serverId);
        }

        Progress arrivedAs(String server) {
            return new Progress(lastEvent, stoppedAt, letGo, keyMade, givenBack, Optional.of(server));
        }
    }

    /** This in {@code next}. */
    ColdMove in(ColdState next) {
        return new ColdMove(id, next, source, target, subject, wanted, copies, progress);
    }

    /** This with other facts. */
    ColdMove with(Progress facts) {
        return new ColdMove(id, state, source, target, subject, wanted, copies, facts);
    }

    /** This with other images to be made. */
    ColdMove with(Copies other) {
        return new ColdMove(id, state, source, target, subject, wanted, other, progress);
    }

    /** Name of the ports that this move makes. */
    String portName() {
        return PORT_PREFIX + id;
    }

    /** For people: "web os-a -> os-b". */
    public String title() {
        return subject.name() + " " + source + " -> " + target;
    }
}
