package org.tresccad.client.cold;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdMove.SourceCard;
import org.tresccad.client.cold.ColdMove.TargetCard;
import org.tresccad.client.cold.ColdPlan.Reason;
import org.tresccad.client.network.Cidr;
import org.tresccad.client.network.Networks;
import org.tresccad.client.network.Subnet;

/** Chooses where the cards of a server are plugged in at the target: where their addresses belong, if there is such a place. */
final class TargetNetworks {
    private final Cloud target;
    private final List<String> notes;
    private final List<Reason> reasons;

    /** Says what it finds in {@code notes} and {@code reasons}. */
    TargetNetworks(Cloud target, List<String> notes, List<Reason> reasons) {
        this.target = target;
        this.notes = notes;
        this.reasons = reasons;
    }

    /** One card for each of the source's. */
    List<TargetCard> choose(List<SourceCard> cards, Optional<String> network) {
        return target.networks()
                .map(networks -> inOpenStack(networks, cards, network))
                .orElseGet(() -> onHost(cards));
    }

    /** A tresccad host has one network, and guests one card. */
    private List<TargetCard> onHost(List<SourceCard> cards) {
        if (cards.size() > 1) {
            reasons.add(new Reason("network", "It has " + cards.size() + " network cards; a tresccad host gives one."));
        }
        JsonNode network = target.tresccad().get("network", JsonNode.class);
        Cidr cidr = Cidr.parse(network.path("cidr").asText("0.0.0.0/32"));
        List<TargetCard> chosen = new ArrayList<>();
        for (SourceCard card : cards) {
            Optional<String> kept = card.address().filter(cidr::contains);
            noteOther(
                    card,
                    kept,
                    "the guest network of " + target.name() + " is "
                            + network.path("cidr").asText());
            chosen.add(new TargetCard(network.path("id").asText(), card.mac(), kept, Optional.empty()));
        }
        return chosen;
    }

    private List<TargetCard> inOpenStack(Networks networks, List<SourceCard> cards, Optional<String> wanted) {
        List<String> visible = networks.guestNetworks();
        List<Subnet> subnets = networks.subnets().stream()
                .filter(subnet -> visible.contains(subnet.networkId()))
                .toList();
        if (wanted.isPresent() && !visible.contains(wanted.get())) {
            reasons.add(new Reason(
                    "network",
                    "There is no network " + wanted.get() + " at " + target.name() + "; there are " + visible + "."));
            return List.of();
        }
        List<TargetCard> chosen = new ArrayList<>();
        for (SourceCard card : cards) {
            Optional<String> place = wanted.or(() -> place(card, visible, subnets));
            if (place.isEmpty()) {
                reasons.add(new Reason("network", "The project has no network at " + target.name() + "."));
                continue;
            }
            Optional<String> kept = card.address().filter(address -> subnets.stream()
                    .anyMatch(subnet -> subnet.networkId().equals(place.get()) && subnet.contains(address)));
            noteOther(card, kept, "network " + place.get() + " has no such subnet");
            // Ids are made at random: the same id is the same network, where an address can be used once only.
            Optional<String> takesOver =
                    place.get().equals(card.networkId()) ? Optional.of(card.portId()) : Optional.empty();
            chosen.add(new TargetCard(place.get(), card.mac(), kept, takesOver));
        }
        return chosen;
    }

    private static Optional<String> place(SourceCard card, List<String> visible, List<Subnet> subnets) {
        if (visible.contains(card.networkId())) {
            return Optional.of(card.networkId());
        }
        return subnets.stream()
                .filter(subnet -> card.address().filter(subnet::contains).isPresent())
                .map(Subnet::networkId)
                .findFirst()
                .or(() -> visible.stream().findFirst());
    }

    private void noteOther(SourceCard card, Optional<String> kept, String why) {
        card.address()
                .filter(address -> kept.isEmpty())
                .ifPresent(address ->
                        notes.add("Its address " + address + " cannot be kept, for " + why + "; it gets another."));
    }
}
