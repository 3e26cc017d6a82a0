package org.tresccad.instance;

import java.time.Clock;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;

/** What an owner may change at any time: name, metadata, lock. */
public final class EditInstance {
    private static final int LONGEST = 255;

    private final Instances instances;
    private final Quotas quotas;
    private final Clock clock;

    /** Wires it. */
    public EditInstance(Instances instances, Quotas quotas, Clock clock) {
        this.instances = instances;
        this.quotas = quotas;
        this.clock = clock;
    }

    /** Gives the instance another name. */
    public Instance rename(Caller caller, InstanceId id, String name) {
        return edit(caller, id, i -> i.edited(name, i.metadata(), i.isLocked(), clock.instant()));
    }

    /** Replaces the metadata by what {@code change} makes of it. */
    public Instance setMetadata(Caller caller, InstanceId id, UnaryOperator<Map<String, String>> change) {
        return edit(caller, id, i -> {
            Map<String, String> changed = change.apply(i.metadata());
            checkMetadata(changed);
            return i.edited(i.name(), changed, i.isLocked(), clock.instant());
        });
    }

    /** Locks or unlocks: a locked instance refuses actions of others than admins. */
    public Instance setLocked(Caller caller, InstanceId id, boolean isLocked) {
        return edit(caller, id, i -> i.edited(i.name(), i.metadata(), isLocked, clock.instant()));
    }

    /**
     * Checks metadata as Nova does.
     *
     * @throws TresccadException BAD_REQUEST for a key or value of a wrong length, QUOTA_EXCEEDED for too many
     */
    public void checkMetadata(Map<String, String> metadata) {
        if (metadata.size() > quotas.metadataItems()) {
            throw new TresccadException(
                    ErrorKind.QUOTA_EXCEEDED,
                    "Maximum number of metadata items exceeds " + quotas.metadataItems() + ".");
        }
        metadata.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > LONGEST || value.length() > LONGEST) {
                throw new TresccadException(
                        ErrorKind.BAD_REQUEST, "Metadata keys have 1 to 255 characters, values at most 255.");
            }
        });
    }

    private Instance edit(Caller caller, InstanceId id, UnaryOperator<Instance> change) {
        instances.get(caller, id);
        caller.require(Role.MEMBER);
        return instances.change(id, change);
    }
}
