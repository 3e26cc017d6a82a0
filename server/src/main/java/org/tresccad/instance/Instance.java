package org.tresccad.instance;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.handover.Epoch;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;

/**
 * An instance on this host, as the database has it.
 *
 * @param epoch lineage and the newest epoch decided in this host's favour
 * @param domainId libvirt's UUID of the domain; new with every arrival
 * @param task what is being done to it
 * @param hardware layout its memory needs; there from when its memory file is complete until the next one is begun
 * @param launchedAt when the guest first ran here
 */
public record Instance(
        InstanceId id,
        Epoch epoch,
        ProjectId project,
        UserId user,
        String name,
        Map<String, String> metadata,
        InstanceSpec spec,
        UUID domainId,
        InstanceStatus status,
        Optional<TaskState> task,
        Optional<Fault> fault,
        Optional<SavedHardware> hardware,
        boolean isLocked,
        Instant createdAt,
        Instant updatedAt,
        Optional<Instant> launchedAt) {
    /** Copies. */
    public Instance {
        metadata = Map.copyOf(metadata);
    }

    /** libvirt's name of the domain. */
    public DomainName domain() {
        return new DomainName(DomainName.PREFIX + domainId);
    }

    /** What its port and its holds on content are filed under. */
    public String holder() {
        return id.toString();
    }

    /** Whether a guest of this status needs a domain. */
    public boolean hasDomain() {
        return switch (status) {
            case ACTIVE, PAUSED, REBOOT, HARD_REBOOT -> true;
            case BUILD, SUSPENDED, SHUTOFF, ERROR -> false;
        };
    }

    /** The same with another state, at {@code now}. */
    public Instance with(InstanceStatus newStatus, Optional<TaskState> newTask, Instant now) {
        Optional<Fault> newFault = newStatus == InstanceStatus.ERROR ? fault : Optional.empty();
        Optional<Instant> launched =
                launchedAt.isEmpty() && newStatus == InstanceStatus.ACTIVE ? Optional.of(now) : launchedAt;
        return new Instance(
                id, epoch, project, user, name, metadata, spec, domainId, newStatus, newTask, newFault, hardware,
                isLocked, createdAt, now, launched);
    }

    /** The same, failed. */
    public Instance failed(Fault why) {
        return new Instance(
                id,
                epoch,
                project,
                user,
                name,
                metadata,
                spec,
                domainId,
                InstanceStatus.ERROR,
                Optional.empty(),
                Optional.of(why),
                hardware,
                isLocked,
                createdAt,
                why.createdAt(),
                launchedAt);
    }

    /** The same with another name, metadata and lock, at {@code now}: what its owner may change at any time. */
    public Instance edited(String newName, Map<String, String> newMetadata, boolean locked, Instant now) {
        return new Instance(
                id,
                epoch,
                project,
                user,
                newName,
                newMetadata,
                spec,
                domainId,
                status,
                task,
                fault,
                hardware,
                locked,
                createdAt,
                now,
                launchedAt);
    }

    /** The same with the layout its memory needs. */
    public Instance withHardware(SavedHardware layout) {
        return new Instance(
                id,
                epoch,
                project,
                user,
                name,
                metadata,
                spec,
                domainId,
                status,
                task,
                fault,
                Optional.of(layout),
                isLocked,
                createdAt,
                updatedAt,
                launchedAt);
    }

    /** The same without a layout: whatever memory file there is, it is not, or not yet, its memory. */
    public Instance withoutHardware() {
        return new Instance(
                id,
                epoch,
                project,
                user,
                name,
                metadata,
                spec,
                domainId,
                status,
                task,
                fault,
                Optional.empty(),
                isLocked,
                createdAt,
                updatedAt,
                launchedAt);
    }

    /** The same, running from another epoch on. */
    public Instance atEpoch(Epoch newEpoch) {
        return new Instance(
                id,
                newEpoch,
                project,
                user,
                name,
                metadata,
                spec,
                domainId,
                status,
                task,
                fault,
                hardware,
                isLocked,
                createdAt,
                updatedAt,
                launchedAt);
    }

    /** The same with other content to boot from: what an arriving package brought. */
    public Instance with(InstanceSpec newSpec) {
        return new Instance(
                id,
                epoch,
                project,
                user,
                name,
                metadata,
                newSpec,
                domainId,
                status,
                task,
                fault,
                hardware,
                isLocked,
                createdAt,
                updatedAt,
                launchedAt);
    }
}
