package org.tresccad.client.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.http.Ask;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.ContentWriter;
import org.tresccad.client.http.Download;
import org.tresccad.client.http.Pages;
import org.tresccad.client.http.Service;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Poll;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;

/** The image service of one cloud (https://docs.openstack.org/api-ref/image/v2/). */
public final class Images {
    private static final String PATCH = "application/openstack-images-v2.1-json-patch";
    private static final Set<String> LOST = Set.of("killed", "deleted", "pending_delete");
    private static final int BUFFER_BYTES = 128 << 10;

    private final CloudHttp http;

    /** The images that {@code http} reaches. */
    public Images(CloudHttp http) {
        this.http = http;
    }

    /** All that we may see, page by page. */
    public List<Image> list() {
        return list(Map.of());
    }

    /** Those that fit {@code filter} (Glance's query parameters: name, status, tag, ...). */
    public List<Image> list(Map<String, String> filter) {
        Ask list = Ask.get(Service.IMAGE, "list images", "images");
        List<Image> found = new ArrayList<>();
        for (JsonNode page : Pages.of(http, list, filter, page -> page.path("next"))) {
            page.path("images").forEach(node -> found.add(image(node, list.what())));
        }
        return List.copyOf(found);
    }

    /** The image with this id. */
    public Image get(String id) {
        String what = "show image " + id;
        return image(http.json(Ask.get(Service.IMAGE, what, "images", id), JsonNode.class), what);
    }

    /**
     * The image with this id, or else with this name.
     *
     * @throws CloudConflict when several have the name
     */
    public Image find(String idOrName) {
        if (!idOrName.isBlank() && !idOrName.equals(".") && !idOrName.equals("..")) {
            try {
                return get(idOrName);
            } catch (CloudNotFound noSuchId) {
                // Then it is a name.
            } catch (CloudRefused odd) {
                if (odd.status() != 400) {
                    throw odd;
                }
            }
        }
        String what = "find image " + idOrName;
        List<Image> named = list(Map.of("name", idOrName)).stream()
                .filter(image -> image.name().equals(Optional.of(idOrName)))
                .toList();
        if (named.isEmpty()) {
            throw new CloudNotFound(http.cloud(), what, 404, "no image has this id or name.");
        }
        if (named.size() > 1) {
            throw new CloudConflict(
                    http.cloud(),
                    what,
                    named.size() + " images have this name; use an id: "
                            + String.join(", ", named.stream().map(Image::id).toList()));
        }
        return named.get(0);
    }

    /** Makes an image without data. */
    public Image create(NewImage wanted) {
        String what = "create image " + wanted.name();
        return image(http.json(Ask.post(Service.IMAGE, what, wanted.toJson(), "images"), JsonNode.class), what);
    }

    /** Changes fields and properties, all or none. */
    public Image update(String id, List<Change> changes) {
        String what = "change image " + id;
        return image(http.json(Ask.patch(Service.IMAGE, what, changes, PATCH, "images", id), JsonNode.class), what);
    }

    /** Lets the members of another project read an image that is this project's own. */
    public void share(String id, String project) {
        update(id, List.of(Change.replace("visibility", "shared")));
        Map<String, String> member = Map.of("member", project);
        http.done(Ask.post(
                Service.IMAGE, "share image " + id + " with project " + project, member, "images", id, "members"));
    }

    /** Deletes image and data. */
    public void delete(String id) {
        http.done(Ask.delete(Service.IMAGE, "delete image " + id, "images", id));
    }

    /**
     * Gives a queued image its data, as {@code content} writes it; nothing is kept in memory. When this throws, the
     * image is as the cloud left it (queued or gone); whoever created it should delete it.
     *
     * @param totalBytes known size; a different number of bytes aborts the upload
     */
    public void upload(String id, ContentWriter content, OptionalLong totalBytes, Watch watch) {
        String what = "upload the data of image " + id;
        // Finds a token that was revoked, and an image that takes no data, before the data is on its way.
        String status = get(id).status();
        if (!status.equals("queued")) {
            throw new CloudConflict(http.cloud(), what, "its state is " + status + ", not queued.");
        }
        http.upload(Ask.of("PUT", Service.IMAGE, what, "images", id, "file"), content, totalBytes, watch);
    }

    /** As above, from a stream, which the caller closes. */
    public void upload(String id, InputStream content, OptionalLong totalBytes, Watch watch) {
        upload(id, out -> copy(content, out), totalBytes, watch);
    }

    /** Starts a download; close the stream. Failures of the cloud come out of {@code read} as CloudException. */
    public InputStream download(String id, DownloadOptions options, Watch watch) {
        String what = "download image " + id;
        Optional<Image.Digest> digest =
                options.verify() ? get(id).content().digest().filter(Images::known) : Optional.empty();
        Download download = http.download(
                Ask.get(Service.IMAGE, what, "images", id, "file"),
                options.follow() ? Map.of("X-Tresccad-Follow", "true") : Map.of(),
                options.silence().orElse(http.timeouts().silence()),
                watch);
        if (!options.verify()) {
            return download;
        }
        return digest.or(() -> download.header("Content-MD5").map(md5 -> new Image.Digest("md5", md5)))
                .<InputStream>map(expected ->
                        new VerifiedStream(download, messageDigest(expected.algorithm()), expected, http.cloud(), what))
                .orElse(download);
    }

    /** Downloads into {@code out}, which the caller closes. */
    public void download(String id, OutputStream out, DownloadOptions options, Watch watch) throws IOException {
        try (InputStream in = download(id, options, watch)) {
            copy(in, out);
        }
    }

    /** Import methods the cloud offers ({@code glance-download}, ...); empty when it knows no import. */
    public List<String> importMethods() {
        try {
            JsonNode info = http.json(Ask.get(Service.IMAGE, "list import methods", "info", "import"), JsonNode.class);
            List<String> methods = new ArrayList<>();
            info.path("import-methods").path("value").forEach(method -> methods.add(method.asText()));
            return List.copyOf(methods);
        } catch (CloudNotFound none) {
            return List.of();
        }
    }

    /**
     * Asks the cloud to fetch the data of a queued image from another cloud itself.
     *
     * @param region what this cloud calls the other
     * @param sourceId the image's id there
     */
    public void importFrom(String id, String region, String sourceId) {
        Map<String, Object> body = Map.of(
                "method",
                Map.of(
                        "name",
                        "glance-download",
                        "glance_image_id",
                        sourceId,
                        "glance_region",
                        region,
                        "glance_service_interface",
                        "public"));
        http.done(
                Ask.post(Service.IMAGE, "import image " + sourceId + " from " + region, body, "images", id, "import"));
    }

    /**
     * Waits until the image is {@code active}. Progress hears its size, which grows on clouds that show it.
     *
     * @throws ResourceFailed when it is killed, deleted, deactivated, or an import failed
     */
    public Image awaitActive(String id, Duration limit, Progress progress, Cancellation cancellation) {
        String what = "see image " + id + " active";
        return new Poll(http.cloud(), what, limit, Duration.ofSeconds(1), cancellation)
                .until(
                        () -> {
                            Image seen = get(id);
                            failIfLost(seen, what);
                            failIfImportFailed(seen, what);
                            seen.content()
                                    .sizeBytes()
                                    .ifPresent(size -> progress.at(
                                            size, seen.active() ? OptionalLong.of(size) : OptionalLong.empty()));
                            return seen;
                        },
                        Image::active,
                        Image::status);
    }

    private void failIfLost(Image seen, String what) {
        String failedImport = seen.properties().getOrDefault("os_glance_failed_import", "");
        if (LOST.contains(seen.status()) || (!failedImport.isEmpty() && !seen.active())) {
            throw new ResourceFailed(
                    http.cloud(),
                    what,
                    seen.status(),
                    seen.properties()
                            .getOrDefault(
                                    "tresccad_error",
                                    failedImport.isEmpty() ? "" : "the import into " + failedImport + " failed"));
        }
    }

    /** Glance makes an image whose import failed queued again; the last of its tasks has the reason. */
    private void failIfImportFailed(Image seen, String what) {
        if (!seen.status().equals("queued")) {
            return;
        }
        JsonNode tasks;
        try {
            tasks = http.json(Ask.get(Service.IMAGE, what, "images", seen.id(), "tasks"), JsonNode.class)
                    .path("tasks");
        } catch (CloudNotFound tellsNone) {
            return;
        }
        StreamSupport.stream(tasks.spliterator(), false)
                .max(Comparator.comparing(task -> task.path("created_at").asText("")))
                .filter(last -> last.path("status").asText("").equals("failure"))
                .ifPresent(last -> {
                    throw new ResourceFailed(
                            http.cloud(),
                            what,
                            seen.status(),
                            last.path("message").asText(""));
                });
    }

    private Image image(JsonNode node, String what) {
        try {
            return Image.of(node);
        } catch (IllegalArgumentException bad) {
            throw new CloudProtocolError(http.cloud(), what, String.valueOf(bad.getMessage()), bad);
        }
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
    }

    private static boolean known(Image.Digest digest) {
        try {
            messageDigest(digest.algorithm());
            return true;
        } catch (IllegalArgumentException unknown) {
            return false;
        }
    }

    /** Glance's {@code sha512} is Java's {@code SHA-512}. */
    private static MessageDigest messageDigest(String algorithm) {
        String name = algorithm.toUpperCase(Locale.ROOT).replaceFirst("^SHA_?(\\d)", "SHA-$1");
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException unknown) {
            throw new IllegalArgumentException("unknown digest " + algorithm, unknown);
        }
    }
}
