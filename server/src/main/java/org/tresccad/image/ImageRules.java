package org.tresccad.image;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;

/** Who may do what with an image, and what an image may look like: Glance's default policy. */
final class ImageRules {
    /** Properties with this prefix are the service's own. */
    static final String RESERVED_PREFIX = "os_glance_";

    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_VALUE = 65535;

    private final ImageLimits limits;

    ImageRules(ImageLimits limits) {
        this.limits = limits;
    }

    /** Whether the image exists for the caller. */
    static boolean sees(Caller caller, Image image, Optional<MemberStatus> membership) {
        return caller.sees(image.owner())
                || switch (image.visibility()) {
                    case PUBLIC, COMMUNITY -> true;
                    case SHARED -> membership.isPresent();
                    case PRIVATE -> false;
                };
    }

    /**
     * Whether the image is in the caller's lists: community images only when asked for, shared ones when accepted.
     *
     * @param visibility the visibility asked for, if any
     * @param wanted the membership asked for; empty for any
     */
    static boolean lists(
            Caller caller,
            Image image,
            Optional<MemberStatus> membership,
            Optional<Visibility> visibility,
            Optional<MemberStatus> wanted) {
        if (visibility.isPresent() && visibility.get() != image.visibility()) {
            return false;
        }
        return caller.sees(image.owner())
                || switch (image.visibility()) {
                    case PUBLIC -> true;
                    case COMMUNITY -> visibility.isPresent();
                    case SHARED ->
                        membership
                                .filter(status -> wanted.isEmpty() || wanted.get() == status)
                                .isPresent();
                    case PRIVATE -> false;
                };
    }

    /** Refuses who may see the image but not change it. */
    static void requireOwner(Caller caller, Image image, String action) {
        caller.require(Role.MEMBER);
        if (!caller.sees(image.owner())) {
            throw new TresccadException(
                    ErrorKind.FORBIDDEN,
                    "Only its owner may " + action + " image " + image.id() + "; it belongs to another project.");
        }
    }

    /** Checks what somebody wants an image to be, {@code before} being what it is, if it is. */
    void check(Caller caller, Optional<Image> before, NewImage wanted) {
        if (wanted.visibility() == Visibility.PUBLIC
                && before.filter(image -> image.visibility() == Visibility.PUBLIC)
                        .isEmpty()
                && !caller.isAdmin()) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Only an administrator may make an image public.");
        }
        checkLengths(wanted);
        checkReserved(before.map(Image::properties).orElse(Map.of()), wanted.properties());
        boolean changesFormat = before.filter(image -> !image.diskFormat().equals(wanted.diskFormat())
                        || !image.containerFormat().equals(wanted.containerFormat()))
                .isPresent();
        if (changesFormat && before.orElseThrow().status() != ImageStatus.QUEUED) {
            throw new TresccadException(
                    ErrorKind.FORBIDDEN, "The formats of an image can be changed only while its status is queued.");
        }
    }

    /** Checks names, numbers and quotas. */
    void checkLengths(NewImage wanted) {
        require(wanted.name().length() <= LONGEST_NAME, "The name has more than 255 characters.");
        require(wanted.minDiskGib() >= 0 && wanted.minRamMib() >= 0, "min_disk and min_ram cannot be negative.");
        wanted.tags().forEach(ImageRules::checkTag);
        wanted.properties().forEach((name, value) -> {
            require(
                    !name.isEmpty() && name.length() <= LONGEST_NAME,
                    "The name of a property has 1 to 255 characters.");
            require(value.length() <= LONGEST_VALUE, "The value of property " + name + " is too long.");
        });
        requireQuota(wanted.tags().size(), limits.tags(), "tags");
        requireQuota(wanted.properties().size(), limits.properties(), "properties");
    }

    static void checkTag(String tag) {
        require(tag.length() <= LONGEST_NAME, "A tag has more than 255 characters.");
    }

    private static void checkReserved(Map<String, String> before, Map<String, String> after) {
        boolean isTouched = after.entrySet().stream()
                        .anyMatch(entry -> entry.getKey().startsWith(RESERVED_PREFIX)
                                && !Objects.equals(before.get(entry.getKey()), entry.getValue()))
                || before.keySet().stream().anyMatch(key -> key.startsWith(RESERVED_PREFIX) && !after.containsKey(key));
        if (isTouched) {
            throw new TresccadException(
                    ErrorKind.FORBIDDEN, "Properties that begin with " + RESERVED_PREFIX + " are the service's own.");
        }
    }

    void requireImages(int owned) {
        requireQuota(owned, limits.imagesPerProject(), "images of a project");
    }

    void requireMembers(int members) {
        requireQuota(members, limits.members(), "members");
    }

    void requireBytes(long bytes) {
        if (limits.bytesPerProject() > 0 && bytes > limits.bytesPerProject()) {
            throw new TresccadException(
                    ErrorKind.QUOTA_EXCEEDED,
                    "The project's images may have " + limits.bytesPerProject()
                            + " bytes in all. Delete some, then try again.");
        }
    }

    private static void requireQuota(int count, int limit, String what) {
        if (count > limit) {
            throw new TresccadException(
                    ErrorKind.QUOTA_EXCEEDED, "Not more than " + limit + " " + what + " are allowed here.");
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, otherwise);
        }
    }
}
