package org.tresccad.rest.glance.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImportMethod;

/**
 * Asks for an import: {@code {"method": {"name": "glance-direct"}}}, {@code {"method": {"name": "web-download", "uri":
 * "https://..."}}}, {@code {"method": {"name": "glance-download", "glance_region": "edge", "glance_image_id": ...}}}.
 */
public record ImportRequest(@Nullable Method method) {
    /** The method and its arguments. */
    public record Method(
            @Nullable String name,
            @Nullable String uri,
            @JsonProperty("glance_region") @Nullable String region,
            @JsonProperty("glance_image_id") @Nullable String imageId) {}

    /** The method asked for. */
    public ImportMethod parsed() {
        if (method == null || method.name() == null) {
            throw wrong("The import needs method.name.");
        }
        return switch (method.name()) {
            case "glance-direct" -> new ImportMethod.Staged();
            case "web-download" -> new ImportMethod.Web(location(method.uri()));
            case "glance-download" -> fromCloud(method);
            default -> throw wrong("Unknown import method; GET /v2/info/import lists those there are.");
        };
    }

    private static ImportMethod fromCloud(Method method) {
        if (method.region() == null || method.region().isEmpty() || method.imageId() == null) {
            throw wrong("glance-download needs method.glance_region and method.glance_image_id.");
        }
        ImageId image = ImageId.parse(method.imageId())
                .orElseThrow(() -> wrong("method.glance_image_id: image id does not look like a UUID."));
        return new ImportMethod.Cloud(method.region(), image);
    }

    private static URI location(@Nullable String text) {
        if (text == null) {
            throw wrong("web-download needs method.uri.");
        }
        try {
            URI location = new URI(text);
            boolean isWeb =
                    "http".equalsIgnoreCase(location.getScheme()) || "https".equalsIgnoreCase(location.getScheme());
            if (!isWeb || location.getHost() == null || location.getRawUserInfo() != null) {
                throw wrong("method.uri must be an http or https location without credentials.");
            }
            return location;
        } catch (URISyntaxException e) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "method.uri is not a location.", e);
        }
    }

    private static TresccadException wrong(String message) {
        return new TresccadException(ErrorKind.BAD_REQUEST, message);
    }
}
