package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import org.tresccad.image.ImageId;
import org.tresccad.instance.Annotation;
import org.tresccad.instance.BootInstance.Nic;

/**
 * What {@code POST /servers} asks for.
 *
 * <pre>{@code
 * {"server": {"name": "one", "imageRef": "70a5...", "flavorRef": "1", "networks": "auto", "key_name": "mine",
 *             "metadata": {"role": "web"}, "user_data": "IyEvYmluL3NoCg==", "min_count": 1, "max_count": 1}}
 * }</pre>
 *
 * @param flavorRef id of a flavor
 * @param keyName empty for none
 * @param userData base64
 * @param nic empty for no network card
 * @param count how many
 * @param wantsReservation whether the answer is to be a reservation id instead of a server
 */
public record CreateServerRequest(
        String name,
        ImageId image,
        String flavorRef,
        Optional<String> keyName,
        Map<String, String> metadata,
        Optional<String> userData,
        Optional<Nic> nic,
        Optional<String> adminPassword,
        Annotation annotation,
        int count,
        boolean wantsReservation) {
    private static final int LONGEST_USER_DATA = 65_535;
    private static final List<String> ALWAYS = List.of(
            "name",
            "imageRef",
            "flavorRef",
            "adminPass",
            "metadata",
            "networks",
            "OS-DCF:diskConfig",
            "accessIPv4",
            "accessIPv6",
            "availability_zone",
            "block_device_mapping",
            "block_device_mapping_v2",
            "config_drive",
            "key_name",
            "min_count",
            "max_count",
            "return_reservation_id",
            "security_groups",
            "user_data");

    /** Copies. */
    public CreateServerRequest {
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads a body.
     *
     * @throws org.tresccad.error.TresccadException BAD_REQUEST
     */
    public static CreateServerRequest parse(@Nullable JsonNode body, Microversion version, Site site) {
        Fields outer = Fields.of("body", body);
        outer.allowOnly(List.of("server", "os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"));
        Fields fields = outer.object("server").orElseThrow(() -> Fields.invalid("server", "is a required property"));
        fields.allowOnly(known(version));
        refuseWhatWeLack(fields, site);
        int least = fields.number("min_count", 1).orElse(1);
        OptionalInt most = fields.number("max_count", 1);
        if (most.isPresent() && most.getAsInt() < least) {
            throw Fields.invalid("min_count", "is greater than max_count");
        }
        return new CreateServerRequest(
                fields.name("name").orElseThrow(() -> Fields.invalid("name", "is a required property")),
                image(fields),
                flavor(fields),
                fields.text("key_name", 1, 255),
                fields.strings("metadata").orElse(Map.of()),
                fields.text("user_data", 0, LONGEST_USER_DATA).map(CreateServerRequest::checkedBase64),
                Networks.parse(fields.value("networks"), version, site),
                fields.text("adminPass", 0, 255),
                annotation(fields),
                most.orElse(least),
                fields.flag("return_reservation_id").orElse(false));
    }

    private static List<String> known(Microversion version) {
        List<String> known = new ArrayList<>(ALWAYS);
        if (!version.isAtLeast(57)) {
            known.add("personality");
        }
        if (version.isAtLeast(19)) {
            known.add("description");
        }
        if (version.isAtLeast(52)) {
            known.add("tags");
        }
        if (version.isAtLeast(63)) {
            known.add("trusted_image_certificates");
        }
        if (version.isAtLeast(74)) {
            known.add("host");
            known.add("hypervisor_hostname");
        }
        return known;
    }

    /** Fields that Nova has and that ask for something no guest of this host can have. */
    private static void refuseWhatWeLack(Fields fields, Site site) {
        if (fields.flag("config_drive").orElse(false)) {
            throw Fields.invalid("config_drive", "asks for a config drive; guests here use the metadata service");
        }
        if (!fields.list("personality").isEmpty()) {
            throw Fields.invalid("personality", "asks for files in the disk; use user_data");
        }
        if (!fields.list("trusted_image_certificates").isEmpty()) {
            throw Fields.invalid("trusted_image_certificates", "needs signed images, which this host does not check");
        }
        if (!fields.list("block_device_mapping").isEmpty()) {
            throw Fields.invalid("block_device_mapping", "asks for volumes; there are none here");
        }
        fields.text("OS-DCF:diskConfig", 1, 16).ifPresent(word -> {
            if (!word.equals("AUTO") && !word.equals("MANUAL")) {
                throw Fields.invalid("OS-DCF:diskConfig", "is neither AUTO nor MANUAL");
            }
        });
        fields.text("availability_zone", 0, 255).filter(zone -> !zone.isEmpty()).ifPresent(zone -> {
            if (!zone.equals(site.zone()) && !zone.equals(site.zone() + ":" + site.host())) {
                throw Fields.invalid("availability_zone", "is not available");
            }
        });
        for (String field : List.of("host", "hypervisor_hostname")) {
            fields.text(field, 1, 255).filter(host -> !host.equals(site.host())).ifPresent(host -> {
                throw Fields.invalid(field, "is not this host");
            });
        }
        for (JsonNode group : fields.list("security_groups")) {
            if (!Fields.of("security_groups", group)
                    .requiredText("name", 1, 255)
                    .equals("default")) {
                throw Fields.invalid("security_groups", "names a group that is not there; there is only 'default'");
            }
        }
        checkBlockDevices(fields);
    }

    /** The one disk may be spelled out as clients do who always send it. */
    private static void checkBlockDevices(Fields fields) {
        List<JsonNode> devices = fields.list("block_device_mapping_v2");
        if (devices.isEmpty()) {
            return;
        }
        Fields device = Fields.of("block_device_mapping_v2", devices.get(0));
        boolean isTheImage = devices.size() == 1
                && device.text("source_type", 1, 16).filter("image"::equals).isPresent()
                && device.text("destination_type", 1, 16).orElse("local").equals("local")
                && device.text("uuid", 1, 36).equals(fields.text("imageRef", 0, 255));
        if (!isTheImage) {
            throw Fields.invalid("block_device_mapping_v2", "asks for more than the image as the local disk");
        }
    }

    private static ImageId image(Fields fields) {
        String ref = fields.text("imageRef", 0, 255).orElse("");
        if (ref.isEmpty()) {
            throw Fields.invalid("imageRef", "is needed: there are no volumes to boot from");
        }
        return ImageId.parse(ref).orElseThrow(() -> Fields.invalid("imageRef", "is not the id of an image"));
    }

    /** A string or a number; the last part when it is a link. */
    private static String flavor(Fields fields) {
        JsonNode node = fields.value("flavorRef")
                .filter(value -> value.isTextual() || value.isIntegralNumber())
                .orElseThrow(() -> Fields.invalid("flavorRef", "is a required property"));
        String ref = node.asText();
        if (ref.isEmpty() || ref.length() > 255) {
            throw Fields.invalid("flavorRef", "is not the id of a flavor");
        }
        return ref.substring(ref.lastIndexOf('/') + 1);
    }

    private static Annotation annotation(Fields fields) {
        SortedSet<String> tags = fields.has("tags") ? Tags.of(fields.list("tags")) : Collections.emptySortedSet();
        return new Annotation(
                fields.text("description", 0, 255),
                AccessAddresses.ipv4(fields, "accessIPv4"),
                AccessAddresses.ipv6(fields, "accessIPv6"),
                tags,
                Optional.empty(),
                Optional.empty());
    }

    private static String checkedBase64(String text) {
        try {
            String compact = text.replaceAll("\\s", "");
            Base64.getDecoder().decode(compact);
            return compact;
        } catch (IllegalArgumentException e) {
            throw Fields.invalid("user_data", "is not base64");
        }
    }
}
