package org.tresccad.client.between;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.tresccad.client.Cloud;
import org.tresccad.client.image.Change;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.MoveReport;

/** Copies at the target of one package of the source. */
final class PackageCopies {
    private static final String OURS = "tresccad_";

    /** Properties that are about where the package is, not about what it is. */
    private static final Set<String> LOCAL =
            Set.of(FrozenPackage.HOME_CLAIMED, ImageCopies.MADE_FOR, "tresccad_destination", "tresccad_inbox_error");

    private final Cloud target;
    private final FrozenPackage frozen;

    PackageCopies(Cloud target, FrozenPackage frozen) {
        this.target = target;
        this.frozen = frozen;
    }

    /** The copy, which an earlier attempt may have made. */
    Image ensure(ImageCopies copies, MoveReport report) {
        return whole().stream().findFirst().orElseGet(() -> {
            report.phase("copying the package");
            Map<String, String> properties = new LinkedHashMap<>();
            frozen.image().properties().forEach((key, value) -> {
                if (key.startsWith(OURS) && !LOCAL.contains(key)) {
                    properties.put(key, value);
                }
            });
            return copies.copy(frozen.image(), frozen.image().id(), properties, "copying the package");
        });
    }

    /** Says at the copy that the epoch was claimed at its home for the target's Glance. */
    void markClaimed(Image copy, UUID glance) {
        if (!frozen.home().equals(glance.toString())) {
            target.images().update(copy.id(), List.of(Change.add(FrozenPackage.HOME_CLAIMED, glance.toString())));
        }
    }

    /** All whole ones, of this move or of others; never the package itself, which lies there when the Glance is one. */
    List<Image> whole() {
        return target.images().list(Map.of(FrozenPackage.MARK, "1", "status", "active")).stream()
                .filter(Image::active)
                .filter(image -> !image.id().equals(frozen.image().id()) && image.isOf(target.projectId()))
                .filter(image -> image.properties().containsKey(FrozenPackage.MARK))
                .filter(image -> frozen.epoch()
                                .lineage()
                                .toString()
                                .equals(image.properties().get("tresccad_lineage"))
                        && String.valueOf(frozen.epoch().number())
                                .equals(image.properties().get("tresccad_epoch")))
                .filter(image -> image.content().digest().isPresent()
                        && image.content()
                                .digest()
                                .equals(frozen.image().content().digest()))
                .toList();
    }

    /** Removes them: whoever runs it does not need them any more. */
    void delete(ImageCopies copies) {
        whole().forEach(image -> copies.delete(image.id()));
        copies.clearHalves(frozen.image().id());
    }
}
