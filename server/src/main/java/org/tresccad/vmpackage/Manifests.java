package org.tresccad.vmpackage;

import com.fasterxml.jackson.databind.JsonNode;

/** A manifest alone, outside of a package: what a source shows a destination before it freezes anything. */
public final class Manifests {
    private Manifests() {}

    /** The JSON of {@code manifest.json}. */
    public static JsonNode tree(Manifest manifest) {
        return StrictJson.parse(PackageLayout.MANIFEST, ManifestJson.write(manifest, PackageWriter.PART_BYTES));
    }

    /**
     * Reads what {@link #tree} made, perhaps elsewhere.
     *
     * @throws PackageInvalid as for a package
     */
    public static Manifest read(byte[] json) {
        return ManifestJson.read(json).toManifest();
    }
}
