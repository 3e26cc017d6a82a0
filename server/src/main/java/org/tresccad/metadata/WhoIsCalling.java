package org.tresccad.metadata;

import java.util.Optional;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Instances;
import org.tresccad.network.Ipv4;
import org.tresccad.network.Network;

/**
 * Tells guests apart by the address of the TCP peer alone. No header has a say: the bridge's filters see to it that a
 * guest can use only its own address, and nobody but guests reaches the guest listener.
 */
public final class WhoIsCalling {
    private final Network network;
    private final Instances instances;

    /** Over the ports and instances of this host. */
    public WhoIsCalling(Network network, Instances instances) {
        this.network = network;
        this.instances = instances;
    }

    /**
     * The guest whose address this is.
     *
     * @param peer the peer's address as four decimal numbers; anything else is nobody's
     */
    public Optional<GuestCaller> at(String peer) {
        return parsed(peer).flatMap(network::portAt).flatMap(port -> InstanceId.parse(port.owner())
                .flatMap(instances::find)
                .map(instance -> new GuestCaller(instance, port)));
    }

    private static Optional<Ipv4> parsed(String peer) {
        try {
            return Optional.of(Ipv4.parse(peer));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
