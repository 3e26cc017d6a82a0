package org.tresccad.client.cold;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdMove.Place;
import org.tresccad.client.cold.ColdMove.SourceCard;
import org.tresccad.client.cold.ColdMove.Subject;
import org.tresccad.client.cold.ColdMove.TargetCard;
import org.tresccad.client.cold.ColdMove.Wanted;
import org.tresccad.client.cold.ColdPlan.Reason;
import org.tresccad.client.compute.Flavor;
import org.tresccad.client.compute.Keypair;
import org.tresccad.client.compute.Server;
import org.tresccad.client.compute.ServerParts;
import org.tresccad.client.compute.ServerParts.Details;

/** Looks at both ends and says what a cold move would do, and all that is against it. Changes nothing. */
public final class PlanColdMove {
    private final Cloud source;
    private final Cloud target;
    private final ColdOptions options;
    private final List<String> notes = new ArrayList<>();
    private final List<Reason> reasons = new ArrayList<>();

    /** From {@code source} to {@code target}, neither of which is closed. */
    public PlanColdMove(Cloud source, Cloud target, ColdOptions options) {
        this.source = source;
        this.target = target;
        this.options = options;
    }

    /** The plan for the server with this id or name; {@code journal} knows moves that are under way. */
    public ColdPlan plan(String idOrName, ColdJournal journal) {
        Server server = source.compute().find(idOrName);
        Details details = source.serverParts().details(server.id());
        checkPlaces();
        checkState(server, details);
        journal.of(source.name(), server.id())
                .forEach(open -> reasons.add(new Reason(
                        "state",
                        "Move " + open.id() + " of it is under way or was cut off; see tresccac migrate --resume "
                                + open.id() + ".")));
        List<SourceCard> cards = source.serverParts().cards(server.id()).stream()
                .map(card -> new SourceCard(card.portId(), card.networkId(), card.mac(), card.address()))
                .toList();
        Optional<Flavor> flavor = flavor(server);
        List<TargetCard> wantedCards = new TargetNetworks(target, notes, reasons).choose(cards, options.network());
        Optional<Keypair> sourceKey = details.keyName().flatMap(source.serverParts()::keypair);
        Key key = key(details, sourceKey);
        noteLosses(details);
        Map<String, String> metadata = new LinkedHashMap<>(server.metadata());
        metadata.remove(ColdMove.MARK);
        ColdMove move = new ColdMove(
                UUID.randomUUID().toString(),
                ColdState.STOPPING,
                new Place(source.name(), options.sourceRegion(), source.projectId()),
                new Place(target.name(), options.targetRegion(), target.projectId()),
                new Subject(server.id(), server.name(), server.status().equals("ACTIVE"), cards),
                new Wanted(
                        flavor.map(Flavor::id).orElse(""),
                        wantedCards,
                        metadata,
                        key.name(),
                        key.toStore(),
                        details.userData(),
                        details.configDrive() && target.networks().isPresent(),
                        options.keepSource()),
                new ColdMove.Copies(
                        UUID.randomUUID().toString(),
                        UUID.randomUUID().toString(),
                        UUID.randomUUID().toString()),
                ColdMove.Progress.NONE);
        return new ColdPlan(move, steps(move, flavor), notes, reasons);
    }

    private void checkPlaces() {
        if (source.name().equals(target.name())
                && source.config().endpoints().equals(target.config().endpoints())) {
            reasons.add(new Reason("place", "Source and destination are the same."));
        }
    }

    private void checkState(Server server, Details details) {
        if (!Set.of("ACTIVE", "SHUTOFF").contains(server.status())) {
            reasons.add(
                    new Reason("state", "It is " + server.status() + "; a cold move takes what is ACTIVE or SHUTOFF."));
        }
        server.taskState().ifPresent(task -> reasons.add(new Reason("state", "It is busy: " + task + ".")));
        if (details.locked()) {
            reasons.add(new Reason("state", "It is locked; unlock it first."));
        }
        Optional.ofNullable(server.metadata().get(ColdMove.MARK))
                .ifPresent(other -> reasons.add(new Reason(
                        "state",
                        "It carries the mark of cold move " + other
                                + ", which is under way elsewhere or has kept it as a copy. If neither is true, remove"
                                + " the key " + ColdMove.MARK + " from its metadata.")));
        if (details.hasVolumes()) {
            reasons.add(new Reason("volumes", "It has volumes, which do not travel; detach them first."));
        }
    }

    private Optional<Flavor> flavor(Server server) {
        Optional<ServerParts.Size> size = server.flavorId().flatMap(source.serverParts()::flavor);
        size.filter(found -> found.ephemeralGib() > 0)
                .ifPresent(found -> reasons.add(new Reason(
                        "flavor",
                        "Its flavor has an ephemeral disk of " + found.ephemeralGib()
                                + " GiB, which no image would hold.")));
        List<Flavor> there = target.compute().flavors();
        if (options.flavor().isPresent()) {
            String wanted = options.flavor().get();
            Optional<Flavor> named = there.stream()
                    .filter(each -> each.id().equals(wanted) || each.name().equals(wanted))
                    .findFirst();
            if (named.isEmpty()) {
                reasons.add(new Reason("flavor", "There is no flavor " + wanted + " at " + target.name() + "."));
            }
            return checked(named);
        }
        if (size.isEmpty()) {
            reasons.add(new Reason("flavor", "Its flavor cannot be read; name one of the destination with --flavor."));
            return Optional.empty();
        }
        Flavor now = size.get().flavor();
        Optional<Flavor> found = there.stream()
                .filter(each -> each.vcpus() == now.vcpus() && each.ramMib() == now.ramMib())
                .filter(each -> each.diskGib() == 0 || each.diskGib() >= now.diskGib())
                .min(Comparator.comparing((Flavor each) -> !each.name().equals(now.name()))
                        .thenComparing(each -> each.diskGib() == 0 ? Long.MAX_VALUE : each.diskGib()));
        if (found.isEmpty()) {
            reasons.add(new Reason(
                    "flavor",
                    "No flavor of " + target.name() + " has " + now.vcpus() + " vCPUs, " + now.ramMib()
                            + " MiB and a disk of " + now.diskGib() + " GiB or more; name one with --flavor: "
                            + there.stream().map(Flavor::name).toList() + "."));
        }
        return checked(found);
    }

    private Optional<Flavor> checked(Optional<Flavor> flavor) {
        Map<String, Long> room = target.serverParts().room();
        flavor.ifPresent(wanted -> {
            checkQuota(room, "instances", 1);
            checkQuota(room, "cores", wanted.vcpus());
            checkQuota(room, "ram", wanted.ramMib());
        });
        return flavor;
    }

    private void checkQuota(Map<String, Long> room, String what, long needed) {
        Long left = room.get(what);
        if (left != null && left < needed) {
            reasons.add(new Reason(
                    "quota",
                    "The project at " + target.name() + " may have " + left + " more " + what + "; " + needed
                            + " needed."));
        }
    }

    /** A keypair of the target by name, and the public key to store there first. */
    private record Key(Optional<String> name, Optional<String> toStore) {
        static final Key NONE = new Key(Optional.empty(), Optional.empty());
    }

    private Key key(Details details, Optional<Keypair> here) {
        if (details.keyName().isEmpty()) {
            return Key.NONE;
        }
        String name = details.keyName().get();
        Optional<String> text = here.flatMap(Keypair::publicKey).map(String::strip);
        if (text.isEmpty()) {
            notes.add("Its key " + name + " is another user's; the destination's metadata will not have it.");
            return Key.NONE;
        }
        Optional<String> there =
                target.serverParts().keypair(name).flatMap(Keypair::publicKey).map(String::strip);
        if (there.isEmpty()) {
            return new Key(Optional.of(name), text);
        }
        if (there.equals(text)) {
            return new Key(Optional.of(name), Optional.empty());
        }
        notes.add("At " + target.name() + " the name " + name
                + " is another key's; the destination's metadata will not have its key.");
        return Key.NONE;
    }

    private void noteLosses(Details details) {
        if (!details.tellsUserData()) {
            notes.add(
                    "Its user data, if it has any, cannot be read and stays behind; Nova shows it to administrators.");
        }
        if (details.configDrive() && target.networks().isEmpty()) {
            notes.add("It has a config drive; at " + target.name() + " there is the metadata service alone.");
        }
        if (details.securityGroups().stream().anyMatch(group -> !group.equals("default"))) {
            notes.add("Its security groups " + details.securityGroups()
                    + " stay behind; the destination's default applies.");
        }
    }

    private List<String> steps(ColdMove move, Optional<Flavor> flavor) {
        List<String> steps = new ArrayList<>();
        String name = move.subject().name();
        steps.add((move.subject().wasRunning() ? "stop and lock " : "lock ") + name + " at " + move.source());
        steps.add("make an image of its disk there and copy it to " + move.target() + ", through here, without a file");
        for (TargetCard card : move.wanted().cards()) {
            steps.add((card.takesOver().isPresent() ? "take the port from the source, and " : "") + "give it MAC "
                    + card.mac() + " and "
                    + card.address().map(text -> "address " + text).orElse("any address")
                    + " in network " + card.networkId() + ", where the destination allows");
        }
        move.wanted()
                .newKey()
                .ifPresent(key ->
                        steps.add("store the key " + move.wanted().keyName().orElse("") + " at " + move.target()));
        steps.add("start " + name + " at " + move.target() + " with flavor "
                + flavor.map(Flavor::name).orElse("(none)"));
        steps.add(
                move.wanted().keepSource()
                        ? "leave the source as it is then, off and locked"
                        : "delete the source once that is ACTIVE");
        return steps;
    }
}
