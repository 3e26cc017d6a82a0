package org.tresccad.image;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.Role;
import org.tresccad.state.Database;

/** With which projects an image of visibility {@link Visibility#SHARED} is shared. */
public final class ImageMembers {
    private final Database database;
    private final ImageRules rules;
    private final Clock clock;

    /** Over the same database as {@link StoredImages}. */
    public ImageMembers(Database database, ImageLimits limits, Clock clock) {
        this.database = database;
        this.rules = new ImageRules(limits);
        this.clock = clock;
    }

    /** The members the caller may know: all for the owner, itself for a member. */
    public List<ImageMember> list(Caller caller, ImageId id) {
        return database.read(handle -> {
            Image image = shared(handle, caller, id);
            return MemberRows.of(handle, id).stream()
                    .filter(member -> mayKnow(caller, image, member.member()))
                    .toList();
        });
    }

    /** One member. */
    public ImageMember get(Caller caller, ImageId id, ProjectId member) {
        return database.read(handle -> known(handle, caller, shared(handle, caller, id), member));
    }

    /** Shares the image with one more project, which has to accept. CONFLICT when it is a member already. */
    public ImageMember add(Caller caller, ImageId id, ProjectId project) {
        return database.transaction(transaction -> {
            Image image = shared(transaction, caller, id);
            ImageRules.requireOwner(caller, image, "share");
            if (MemberRows.find(transaction, id, project).isPresent()) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "Image " + id + " is shared with project " + project + " already.");
            }
            rules.requireMembers(MemberRows.of(transaction, id).size() + 1);
            ImageMember member = new ImageMember(id, project, MemberStatus.PENDING, now(), now());
            MemberRows.insert(transaction, member);
            return member;
        });
    }

    /** Says what a member thinks of the image; only the member may. */
    public ImageMember answer(Caller caller, ImageId id, ProjectId project, MemberStatus status) {
        caller.require(Role.MEMBER);
        return database.transaction(transaction -> {
            ImageMember member = known(transaction, caller, shared(transaction, caller, id), project);
            if (!caller.sees(project)) {
                throw new TresccadException(
                        ErrorKind.FORBIDDEN, "Only the project an image is shared with may accept or reject it.");
            }
            ImageMember changed = new ImageMember(id, project, status, member.createdAt(), now());
            MemberRows.updateStatus(transaction, changed);
            return changed;
        });
    }

    /** Ends the sharing with one project. */
    public void remove(Caller caller, ImageId id, ProjectId project) {
        database.execute(transaction -> {
            Image image = shared(transaction, caller, id);
            ImageRules.requireOwner(caller, image, "unshare");
            known(transaction, caller, image, project);
            MemberRows.delete(transaction, id, project);
        });
    }

    private static Image shared(Handle handle, Caller caller, ImageId id) {
        Image image = StoredImages.visible(handle, caller, id);
        if (image.visibility() != Visibility.SHARED) {
            throw new TresccadException(
                    ErrorKind.FORBIDDEN, "Only images of visibility shared have members; image " + id + " is not.");
        }
        return image;
    }

    private static ImageMember known(Handle handle, Caller caller, Image image, ProjectId project) {
        return MemberRows.find(handle, image.id(), project)
                .filter(member -> mayKnow(caller, image, member.member()))
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.NOT_FOUND, "Image " + image.id() + " is not shared with project " + project + "."));
    }

    private static boolean mayKnow(Caller caller, Image image, ProjectId member) {
        return caller.sees(image.owner()) || caller.projectId().equals(member);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
