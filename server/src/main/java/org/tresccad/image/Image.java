package org.tresccad.image;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.tresccad.identity.ProjectId;

/**
 * An image's record, as Glance shows it.
 *
 * @param containerFormat Glance's word, {@code bare} nearly always; empty while nobody has said
 * @param content what is known of the data
 * @param minDiskGib smallest root disk, in GiB
 * @param minRamMib smallest memory, in MiB
 * @param properties all custom properties: {@code kernel_id}, {@code tresccad_*}, ...
 */
public record Image(
        ImageId id,
        String name,
        ImageStatus status,
        ProjectId owner,
        Visibility visibility,
        Optional<DiskFormat> diskFormat,
        Optional<String> containerFormat,
        Content content,
        int minDiskGib,
        int minRamMib,
        boolean isProtected,
        boolean isHidden,
        Set<String> tags,
        Map<String, String> properties,
        Instant createdAt,
        Instant updatedAt) {
    /** Copies. */
    public Image {
        tags = Set.copyOf(tags);
        properties = Map.copyOf(properties);
    }

    /** What its owner chose, as if it were asked for again. */
    public NewImage choices() {
        return new NewImage(
                Optional.of(id),
                name,
                visibility,
                diskFormat,
                containerFormat,
                minDiskGib,
                minRamMib,
                isProtected,
                isHidden,
                tags,
                properties);
    }

    /** This image as its owner now wants it. */
    public Image with(NewImage choices, Instant now) {
        return new Image(
                id,
                choices.name(),
                status,
                owner,
                choices.visibility(),
                choices.diskFormat(),
                choices.containerFormat(),
                content,
                choices.minDiskGib(),
                choices.minRamMib(),
                choices.isProtected(),
                choices.isHidden(),
                choices.tags(),
                choices.properties(),
                createdAt,
                now);
    }

    /** This image in another status, with this data. */
    public Image with(ImageStatus newStatus, Content newContent, Instant now) {
        return new Image(
                id,
                name,
                newStatus,
                owner,
                visibility,
                diskFormat,
                containerFormat,
                newContent,
                minDiskGib,
                minRamMib,
                isProtected,
                isHidden,
                tags,
                properties,
                createdAt,
                now);
    }

    /**
     * What is known of an image's data; all empty until it is complete.
     *
     * @param sizeBytes the file's size
     * @param virtualSizeBytes the guest-visible size
     * @param md5 Glance's legacy {@code checksum}, hexadecimal
     * @param digest {@code os_hash_value} for {@code os_hash_algo} sha512
     */
    public record Content(
            OptionalLong sizeBytes,
            OptionalLong virtualSizeBytes,
            Optional<String> md5,
            Optional<ContentDigest> digest) {
        /** Nothing known yet. */
        public static final Content NONE =
                new Content(OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty());
    }
}
