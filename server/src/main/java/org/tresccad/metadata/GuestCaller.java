package org.tresccad.metadata;

import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.instance.Instance;
import org.tresccad.network.Port;

/**
 * The guest that makes a request.
 *
 * @param instance as the database has it at the time of the request
 * @param port the attachment the request came from
 */
public record GuestCaller(Instance instance, Port port) {
    /** The identity that the guest keeps through all moves. */
    public Lineage lineage() {
        return instance.epoch().lineage();
    }

    /** What the guest may do beyond its own facts: what a member of its project may, in its owner's name. */
    public Caller asMember() {
        return new Caller(instance.user(), "the guest " + instance.id(), instance.project(), Set.of(Role.MEMBER));
    }

    /** The user data as the owner meant them: base64 decoded; empty when there are none. */
    public Optional<byte[]> userData() {
        // Checked when the instance was made; line breaks are legal there.
        return instance.spec().userData().map(text -> Base64.getMimeDecoder().decode(text));
    }
}
