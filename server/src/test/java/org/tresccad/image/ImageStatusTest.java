package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.image.ImageStatus.ACTIVE;
import static org.tresccad.image.ImageStatus.DEACTIVATED;
import static org.tresccad.image.ImageStatus.IMPORTING;
import static org.tresccad.image.ImageStatus.KILLED;
import static org.tresccad.image.ImageStatus.QUEUED;
import static org.tresccad.image.ImageStatus.SAVING;
import static org.tresccad.image.ImageStatus.UPLOADING;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ImageStatusTest {
    private static final Map<ImageStatus, Set<ImageStatus>> SUCCESSORS = Map.of(
            QUEUED, Set.of(SAVING, UPLOADING, IMPORTING),
            SAVING, Set.of(ACTIVE, QUEUED),
            UPLOADING, Set.of(IMPORTING, QUEUED),
            IMPORTING, Set.of(ACTIVE, QUEUED),
            ACTIVE, Set.of(DEACTIVATED),
            DEACTIVATED, Set.of(ACTIVE),
            KILLED, Set.of());

    @Test
    void theTableOfSuccessorsIsAsWrittenHere() {
        for (ImageStatus from : ImageStatus.values()) {
            Set<ImageStatus> successors =
                    Arrays.stream(ImageStatus.values()).filter(from::canBecome).collect(Collectors.toSet());
            assertThat(successors).as("from %s", from).isEqualTo(SUCCESSORS.get(from));
        }
    }
}
