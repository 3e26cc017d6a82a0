package org.tresccad.vmpackage;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * {@code trailer.json}: what could not be known at the start, and what ties everything before it together.
 *
 * @param manifestSha256 of the manifest entry's bytes
 * @param members as in the manifest, in its order
 */
record TrailerJson(
        @JsonProperty(required = true) int tresccadTrailer,
        @JsonProperty(required = true) String manifestSha256,
        @JsonProperty(required = true) List<MemberJson> members) {

    /**
     * One member.
     *
     * @param sizeBytes plain size
     * @param treeSha256 SHA-256 of its parts' digests, 32 bytes each, one after the other
     */
    record MemberJson(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) long sizeBytes,
            @JsonProperty(required = true) int parts,
            @JsonProperty(required = true) String treeSha256) {}

    static TrailerJson of(String manifestSha256, Map<Member, PackageSummary.Content> contents) {
        return new TrailerJson(
                PackageLayout.VERSION,
                manifestSha256,
                contents.entrySet().stream()
                        .map(e -> new MemberJson(
                                e.getKey().fileName(),
                                e.getValue().sizeBytes(),
                                e.getValue().parts(),
                                e.getValue().treeSha256()))
                        .toList());
    }

    static TrailerJson read(byte[] utf8) {
        return StrictJson.bind(PackageLayout.TRAILER, StrictJson.parse(PackageLayout.TRAILER, utf8), TrailerJson.class);
    }

    /**
     * Compares with what arrived.
     *
     * @throws PackageInvalid that names the first difference
     */
    void verify(TrailerJson arrived) {
        check(tresccadTrailer == arrived.tresccadTrailer, "is of version " + tresccadTrailer);
        check(manifestSha256.equals(arrived.manifestSha256), "has another digest of the manifest than what arrived");
        check(
                members.stream()
                        .map(MemberJson::name)
                        .toList()
                        .equals(arrived.members.stream().map(MemberJson::name).toList()),
                "names other members than the manifest");
        for (int i = 0; i < members.size(); i++) {
            MemberJson said = members.get(i);
            MemberJson is = arrived.members.get(i);
            check(
                    said.sizeBytes == is.sizeBytes && said.parts == is.parts,
                    said.name + " should have " + said.sizeBytes + " bytes in " + said.parts + " parts, but "
                            + is.sizeBytes + " in " + is.parts + " arrived");
            check(said.treeSha256.equals(is.treeSha256), said.name + " arrived with another digest");
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new PackageInvalid(PackageLayout.TRAILER, otherwise);
        }
    }
}
