package org.tresccad.rest.glance.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.OptionalLong;
import org.tresccad.image.Image;
import org.tresccad.job.Progress;
import org.tresccad.rest.Json;

/**
 * A running import: {@code {"id": ..., "type": "api_image_import", "status": "processing", "image_id": ..., "owner_id":
 * ..., "message": "1048576 of 4194304 bytes", "updated_at": ...}}. Its id is the image's.
 */
public record TaskView(
        String id,
        String type,
        String status,
        @JsonProperty("image_id") String imageId,
        @JsonProperty("owner_id") String ownerId,
        String message,
        @JsonProperty("updated_at") String updatedAt) {
    /** The view of the import into {@code image}. */
    public static TaskView of(Image image, Progress progress) {
        OptionalLong total = progress.totalBytes();
        String id = image.id().toString();
        return new TaskView(
                id,
                "api_image_import",
                "processing",
                id,
                image.owner().value(),
                progress.doneBytes() + (total.isPresent() ? " of " + total.getAsLong() : "") + " bytes",
                Json.seconds(image.updatedAt()));
    }
}
