package org.tresccad.image;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a caller asks for when it makes an image; the owner is the caller's project. */
public record NewImage(
        Optional<ImageId> id,
        String name,
        Visibility visibility,
        Optional<DiskFormat> diskFormat,
        Optional<String> containerFormat,
        int minDiskGib,
        int minRamMib,
        boolean isProtected,
        boolean isHidden,
        Set<String> tags,
        Map<String, String> properties) {
    /** Copies. */
    public NewImage {
        tags = Set.copyOf(tags);
        properties = Map.copyOf(properties);
    }

    /** A private image of {@code format} in container {@code bare} with these custom properties. */
    public static NewImage of(String name, DiskFormat format, Map<String, String> properties) {
        return new NewImage(
                Optional.empty(),
                name,
                Visibility.PRIVATE,
                Optional.of(format),
                Optional.of("bare"),
                0,
                0,
                false,
                false,
                Set.of(),
                properties);
    }

    /** The same under an id of the caller's choice. */
    public NewImage withId(ImageId newId) {
        return new NewImage(
                Optional.of(newId),
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

    /** The same with other tags. */
    public NewImage withTags(Set<String> newTags) {
        return new NewImage(
                id,
                name,
                visibility,
                diskFormat,
                containerFormat,
                minDiskGib,
                minRamMib,
                isProtected,
                isHidden,
                newTags,
                properties);
    }

    /** The same with other custom properties. */
    public NewImage withProperties(Map<String, String> newProperties) {
        return new NewImage(
                id,
                name,
                visibility,
                diskFormat,
                containerFormat,
                minDiskGib,
                minRamMib,
                isProtected,
                isHidden,
                tags,
                newProperties);
    }

    /** The same in other formats. */
    public NewImage withFormats(Optional<DiskFormat> newDiskFormat, Optional<String> newContainerFormat) {
        return new NewImage(
                id,
                name,
                visibility,
                newDiskFormat,
                newContainerFormat,
                minDiskGib,
                minRamMib,
                isProtected,
                isHidden,
                tags,
                properties);
    }
}
