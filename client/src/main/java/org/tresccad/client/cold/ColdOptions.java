package org.tresccad.client.cold;

import java.util.Optional;

/**
 * What may be chosen of a cold move.
 *
 * @param flavor id or name at the target; one of the same size when empty
 * @param network id at the target for all cards; found by the source's addresses when empty
 * @param sourceRegion the source's region, when it is not the one of clouds.yaml
 * @param targetRegion the same of the target
 * @param keepSource whether the source stays, off and locked
 */
public record ColdOptions(
        Optional<String> flavor,
        Optional<String> network,
        Optional<String> sourceRegion,
        Optional<String> targetRegion,
        boolean keepSource) {}
