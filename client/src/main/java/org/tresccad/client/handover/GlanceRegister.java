package org.tresccad.client.handover;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.http.Ask;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.Service;
import org.tresccad.client.image.Change;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.Images;

/**
 * The register of handovers in the Glance of an OpenStack ({@code docs/openstack.md}). A record is an image without
 * data, made in one request under an id that follows from epoch and nonce: Glance gives an id out once, also after the
 * image was deleted. So whoever makes the record has decided the epoch, and everybody else reads what it says.
 *
 * <p>A failure of any method means that nothing is known: ask again. Asking again for the same gives the same answer.
 */
public final class GlanceRegister {
    static final String MARK = "tresccad_handover";
    static final String LINEAGE = "tresccad_lineage";
    static final String EPOCH = "tresccad_epoch";
    static final String VERDICT = "tresccad_verdict";
    static final String CLAIMANT = "tresccad_claimant";
    static final String RUNNING = "tresccad_running";
    static final String RETURNED = "tresccad_returned";

    /** An epoch that was returned that often is given up; nobody gets here but by mistake. */
    private static final int MOST_ATTEMPTS = 1000;

    private final CloudHttp http;
    private final Images images;

    /** The register of the image service that {@code http} reaches. */
    public GlanceRegister(CloudHttp http) {
        this.http = http;
        this.images = new Images(http);
    }

    /**
     * This register as the home that a manifest names.
     *
     * @param id version-5 UUID of the URL
     * @param url the catalog's public address of the image service, without a last slash
     */
    public record Home(UUID id, String url) {}

    /** What it is called in manifests. Logs in if need be. */
    public Home home() {
        String address = http.publicAddress(Service.IMAGE);
        String url = address.replaceFirst("/+$", "");
        return new Home(NamedIds.ofUrl(url), url);
    }

    /** Claims the epoch, and answers what stands. */
    public Decision claim(FrozenEpoch epoch, UUID claimant) {
        return decide(epoch, Map.of(VERDICT, "claimed", CLAIMANT, claimant.toString()));
    }

    /** Takes the epoch back, and answers what stands. */
    public Decision withdraw(FrozenEpoch epoch) {
        return decide(epoch, Map.of(VERDICT, "withdrawn"));
    }

    /** What stands; empty while nothing is decided, and also when the record was deleted. */
    public Optional<Decision> find(FrozenEpoch epoch) {
        return find(attempt -> read(epoch, attempt));
    }

    /**
     * As {@link #find(FrozenEpoch)}, of one register of which two projects see a part each: this one's and
     * {@code other}'s.
     */
    public Optional<Decision> find(FrozenEpoch epoch, GlanceRegister other) {
        return find(attempt -> read(epoch, attempt).or(() -> other.read(epoch, attempt)));
    }

    /** The project that owns the record which stands, of those that this register or {@code other} sees. */
    public Optional<String> project(FrozenEpoch epoch, GlanceRegister other) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            int at = attempt;
            Optional<Image> record = image(epoch, at).or(() -> other.image(epoch, at));
            if (record.isEmpty() || !isReturned(parse(epoch, record.get()))) {
                return record.flatMap(Image::owner);
            }
        }
        return Optional.empty();
    }

    /**
     * Of one register of which two projects see a part each: lets {@code project}, whose part {@code other} sees, read this
     * one's about an epoch. Who cannot read that a claim was given back can never claim.
     */
    public void share(FrozenEpoch epoch, GlanceRegister other, String project) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            if (other.image(epoch, attempt).isEmpty()) {
                Optional<Image> record = image(epoch, attempt);
                if (record.isEmpty()) {
                    return;
                }
                images.share(record.get().id(), project);
            }
        }
    }

    private static Optional<Decision> find(IntFunction<Optional<Decision>> records) {
        Optional<Decision> last = Optional.empty();
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Optional<Decision> next = records.apply(attempt);
            if (next.isEmpty()) {
                return last;
            }
            last = next;
            if (!isReturned(next.get())) {
                return last;
            }
        }
        return last;
    }

    /** Adds to the claim of {@code claimant} that its guest runs; nothing happens when it has none. */
    public void tellRunning(FrozenEpoch epoch, UUID claimant) {
        tell(epoch, claimant, RUNNING);
    }

    /**
     * Adds to the claim of {@code claimant} that its guest never ran and never will by this claim, which opens the next
     * attempt. Nothing happens when it has none, or has said that it runs.
     */
    public void tellReturned(FrozenEpoch epoch, UUID claimant) {
        tell(epoch, claimant, RETURNED);
    }

    private void tell(FrozenEpoch epoch, UUID claimant, String property) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Optional<Decision> standing = read(epoch, attempt);
            if (standing.isEmpty() || !(standing.get() instanceof Decision.Claimed claimed)) {
                return;
            }
            if (!claimed.isReturned()) {
                if (claimed.by().equals(claimant) && !claimed.isRunning()) {
                    images.update(epoch.record(attempt).toString(), List.of(Change.add(property, "1")));
                }
                return;
            }
        }
    }

    private Decision decide(FrozenEpoch epoch, Map<String, String> wanted) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Decision standing = write(epoch, attempt, wanted);
            if (!isReturned(standing)) {
                return standing;
            }
        }
        return new Decision.Unreadable("it was returned too often");
    }

    private Decision write(FrozenEpoch epoch, int attempt, Map<String, String> wanted) {
        UUID id = epoch.record(attempt);
        String what = "write the register's record of epoch " + epoch;
        Map<String, Object> record = new LinkedHashMap<>(wanted);
        record.put("id", id.toString());
        record.put("name", "tresccad handover " + epoch.lineage() + " " + epoch.number());
        record.put("disk_format", "raw");
        record.put("container_format", "bare");
        record.put("visibility", "private");
        record.put("min_disk", 0);
        record.put("min_ram", 0);
        record.put(MARK, "1");
        record.put(LINEAGE, epoch.lineage().toString());
        record.put(EPOCH, String.valueOf(epoch.number()));
        try {
            JsonNode made = http.json(Ask.post(Service.IMAGE, what, record, "images"), JsonNode.class);
            if (!made.path("id").asText().equals(id.toString())) {
                throw new CloudProtocolError(http.cloud(), what, "an image of another id");
            }
        } catch (CloudConflict decided) {
            return read(epoch, attempt)
                    .orElseGet(() -> new Decision.Unreadable("its record was deleted, or is another project's"));
        }
        return wanted.containsKey(CLAIMANT)
                ? new Decision.Claimed(UUID.fromString(wanted.getOrDefault(CLAIMANT, "")), false, false)
                : new Decision.Withdrawn();
    }

    private Optional<Decision> read(FrozenEpoch epoch, int attempt) {
        return image(epoch, attempt).map(record -> parse(epoch, record));
    }

    private Optional<Image> image(FrozenEpoch epoch, int attempt) {
        try {
            return Optional.of(images.get(epoch.record(attempt).toString()));
        } catch (CloudNotFound none) {
            return Optional.empty();
        }
    }

    /** What is no record of this epoch is no decision to run by. */
    private static Decision parse(FrozenEpoch epoch, Image record) {
        Map<String, String> properties = record.properties();
        boolean isRecord = "1".equals(properties.get(MARK))
                && epoch.lineage().toString().equals(properties.get(LINEAGE))
                && String.valueOf(epoch.number()).equals(properties.get(EPOCH));
        if (isRecord && "withdrawn".equals(properties.get(VERDICT))) {
            return new Decision.Withdrawn();
        }
        if (isRecord && "claimed".equals(properties.get(VERDICT))) {
            try {
                return new Decision.Claimed(
                        UUID.fromString(properties.getOrDefault(CLAIMANT, "")),
                        "1".equals(properties.get(RUNNING)),
                        "1".equals(properties.get(RETURNED)));
            } catch (IllegalArgumentException bad) {
                return new Decision.Unreadable("its record names no claimant");
            }
        }
        return new Decision.Unreadable("image " + record.id() + " is in the place of its record");
    }

    private static boolean isReturned(Decision decision) {
        return decision instanceof Decision.Claimed claimed && claimed.isReturned();
    }
}
