package org.tresccad.metadata;

import java.util.List;
import java.util.UUID;
import org.tresccad.instance.InstanceSpec;

/**
 * The tree below {@code meta-data/} of EC2's metadata service, with the keys Nova serves. What names the instance is
 * its lineage, so that a guest that was moved finds the same and does not set itself up anew.
 */
public final class Ec2Metadata {
    /** The versions Nova serves. Newer ones promise keys that are not here, so they are not found. */
    public static final List<String> VERSIONS = List.of(
            "1.0",
            "2007-01-19",
            "2007-03-01",
            "2007-08-29",
            "2007-10-10",
            "2007-12-15",
            "2008-02-01",
            "2008-09-01",
            "2009-04-04",
            "latest");

    private static final int SHORT_ID = 8;
    private static final int IMAGE_ID = 17;

    private Ec2Metadata() {}

    /** What {@code caller} sees. */
    public static MetadataTree of(GuestCaller caller, Location location) {
        InstanceSpec spec = caller.instance().spec();
        UUID lineage = caller.lineage().value();
        MetadataTree.Builder tree = new MetadataTree.Builder()
                .put("ami-id", imageId(caller))
                .put("ami-launch-index", "0")
                .put("ami-manifest-path", "(unknown)")
                .put("block-device-mapping/ami", "vda")
                .put("block-device-mapping/root", "/dev/vda")
                .put("hostname", spec.hostname())
                .put("instance-action", "none")
                .put("instance-id", lineage.toString())
                .put("instance-type", spec.flavor().name())
                .put("local-hostname", spec.hostname())
                .put("local-ipv4", caller.port().address().toString())
                .put("mac", caller.port().mac().toString())
                .put("placement/availability-zone", location.zone())
                .put("placement/region", location.region())
                .put("reservation-id", "r-" + lineage.toString().substring(0, SHORT_ID))
                .put("security-groups", "default");
        spec.key().ifPresent(key -> tree.put("public-keys/0/openssh-key", key.publicKey())
                .label("public-keys/0", "0=" + key.name().replaceAll("[^\\x20-\\x7e]|/", "_")));
        return tree.build();
    }

    /** In the form of EC2's ids, made from the content the instance was created from: the same on every host. */
    public static String imageId(GuestCaller caller) {
        return "ami-" + caller.instance().spec().base().sha512().substring(0, IMAGE_ID);
    }
}
