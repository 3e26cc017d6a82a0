package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.Contents;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.KeptElsewhere.Origin;
import org.tresccad.job.Jobs;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.BlockIndexFile;
import org.tresccad.vmpackage.Reference;

/**
 * What the other side of a move may hold of an instance already: the files it was made from, and what the host kept that
 * it came from. Whatever of its memory and disk lies in these need not be sent.
 */
public final class SharedContent {
    /** 4 GiB of content in different blocks, none of them zero; 48 bytes each. */
    public static final int MOST_BLOCKS = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(SharedContent.class);

    private final Contents contents;
    private final KeptElsewhere kept;
    private final InstanceFiles files;
    private final long seed;
    /** What is not in its file yet. */
    private final Map<InstanceId, BlockIndex> unwritten = new ConcurrentHashMap<>();

    /** Wires it; {@code seed} is a secret of this host's, the same for ever. */
    public SharedContent(Contents contents, KeptElsewhere kept, InstanceFiles files, long seed) {
        this.contents = contents;
        this.kept = kept;
        this.files = files;
        this.seed = seed;
    }

    /** An index for blocks that arrive, to be combined with later ones. */
    BlockIndex arriving() {
        return new BlockIndex(seed, MOST_BLOCKS);
    }

    /**
     * Keeps an index for the day the instance leaves again; {@code jobs} writes it to its file. What is lost of it, in a
     * crash or on a full disk, is sent again then.
     */
    void keep(InstanceId instance, BlockIndex arrived, Jobs jobs) {
        unwritten.put(instance, arrived);
        jobs.start("blocks that " + instance + " came with", () -> {
            if (unwritten.get(instance) != arrived) {
                // It has come once more since.
                return;
            }
            try {
                BlockIndexFile.write(arrived, files.knownBlocks(instance));
            } catch (UncheckedIOException e) {
                LOG.info("what instance {} has in common with its last visit is not kept: {}", instance, e.toString());
            } finally {
                unwritten.remove(instance, arrived);
            }
        });
    }

    /** What the other side should be asked about; it may hold all of it or nothing. */
    public List<Reference> candidates(Instance instance) {
        List<Reference> candidates = new ArrayList<>();
        for (StoredContent content : contentOf(instance)) {
            candidates.add(new Reference.Content(content.digest(), content.sizeBytes()));
        }
        kept.find(instance.id()).stream().map(Origin::reference).forEach(candidates::add);
        return candidates;
    }

    /**
     * Where blocks lie in {@code references}, which came from {@link #candidates}. Reads all of them. What cannot be read
     * is sent, that is all.
     */
    public BlockIndex index(Instance instance, List<Reference> references) {
        BlockIndex index = new BlockIndex(seed, MOST_BLOCKS);
        Map<ContentDigest, StoredContent> content = new HashMap<>();
        contentOf(instance).forEach(stored -> content.put(stored.digest(), stored));
        for (int number = 0; number < references.size(); number++) {
            if (references.get(number) instanceof Reference.Content file) {
                add(index, number, Optional.ofNullable(content.get(file.digest())));
            }
        }
        addKept(index, instance, references);
        return index;
    }

    private static void add(BlockIndex index, int number, Optional<StoredContent> file) {
        file.ifPresent(stored -> {
            try {
                index.addFile(stored.path(), number);
            } catch (IOException e) {
                LOG.warn("content {} cannot be read; its blocks are sent", stored.digest(), e);
            }
        });
    }

    private void addKept(BlockIndex index, Instance instance, List<Reference> references) {
        Map<Integer, Integer> numbers = new HashMap<>();
        for (Origin origin : kept.find(instance.id())) {
            numbers.put(origin.number(), references.indexOf(origin.reference()));
        }
        if (numbers.isEmpty() || numbers.containsValue(-1)) {
            return;
        }
        try {
            BlockIndex arrived = unwritten.get(instance.id());
            BlockIndex before =
                    arrived != null ? arrived : BlockIndexFile.read(files.knownBlocks(instance.id()), MOST_BLOCKS);
            index.addAll(before, number -> numbers.getOrDefault(number, 0));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("what instance {} has in common with its last visit is not known any more", instance.id(), e);
        }
    }

    private List<StoredContent> contentOf(Instance instance) {
        List<ContentDigest> digests = new ArrayList<>();
        digests.add(instance.spec().base());
        instance.spec().boot().ifPresent(boot -> {
            digests.add(boot.kernel());
            boot.ramdisk().ifPresent(digests::add);
        });
        return digests.stream()
                .distinct()
                .map(contents::find)
                .flatMap(Optional::stream)
                .toList();
    }
}
