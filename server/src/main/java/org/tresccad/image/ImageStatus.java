package org.tresccad.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Glance's image states. */
public enum ImageStatus {
    /** Known, no data yet. */
    QUEUED,
    /** Data is arriving. */
    SAVING,
    /** Data was staged and waits for its import. */
    UPLOADING,
    /** Data is being fetched by an import. */
    IMPORTING,
    /** Data is complete; it never changes again. */
    ACTIVE,
    /** Complete, but an administrator forbids downloads. */
    DEACTIVATED,
    /** The upload failed; nothing is kept of it. */
    KILLED;

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The status of that name, if there is one. */
    public static Optional<ImageStatus> parse(String name) {
        return Arrays.stream(values()).filter(s -> s.wireName().equals(name)).findFirst();
    }

    /** Whether an image may go from this status straight to {@code next}; deletion apart, which is always possible. */
    public boolean canBecome(ImageStatus next) {
        return switch (this) {
            case QUEUED -> next == SAVING || next == UPLOADING || next == IMPORTING;
            case SAVING -> next == ACTIVE || next == QUEUED;
            case UPLOADING -> next == IMPORTING || next == QUEUED;
            case IMPORTING -> next == ACTIVE || next == QUEUED;
            case ACTIVE -> next == DEACTIVATED;
            case DEACTIVATED -> next == ACTIVE;
            case KILLED -> false;
        };
    }
}
