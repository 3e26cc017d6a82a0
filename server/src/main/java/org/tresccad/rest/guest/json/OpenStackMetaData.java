package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;

/**
 * {@code /openstack/latest/meta_data.json}: {@code {"uuid": "6f0c...", "name": "web", "hostname": "web",
 * "launch_index": 0, "availability_zone": "nova", "project_id": "aaaa...", "meta": {"role": "db"}, "public_keys":
 * {"me": "ssh-ed25519 AAAA..."}, "keys": [{"name": "me", "type": "ssh", "data": "ssh-ed25519 AAAA..."}], "random_seed":
 * "bW9yZSB...", "devices": []}}.
 *
 * @param uuid the lineage: cloud-init takes another value for a new machine and sets it up anew
 * @param randomSeed base64, fresh with every request
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record OpenStackMetaData(
        String uuid,
        String name,
        String hostname,
        int launchIndex,
        String availabilityZone,
        String projectId,
        Map<String, String> meta,
        Map<String, String> publicKeys,
        List<Key> keys,
        String randomSeed,
        List<String> devices) {
    /** An SSH key. */
    public record Key(String name, String type, String data) {}
}
