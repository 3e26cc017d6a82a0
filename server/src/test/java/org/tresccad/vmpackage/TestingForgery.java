package org.tresccad.vmpackage;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tresccad.testing.FuzzInput;

/**
 * A package changed as a fuzzer says, by one who knows the format: headers, frames, digests and the trailer can be made
 * right again around what was changed, so that what is wrong gets as deep as it can.
 */
final class TestingForgery {
    private static final int MOST_CHANGES = 12;
    private static final int HEADER_TEXT_BYTES = 345;

    private static final List<String> WORDS = List.of(
            "",
            "{",
            "}",
            "[]",
            "null",
            "true",
            "-1",
            "0",
            "2",
            "1e999",
            "4096",
            "16777216",
            "9007199254740993",
            "99999999999999999999",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            ",",
            ":",
            "\"snapshot\"",
            "\"ahead\"",
            "\"delta\"",
            "\"critical\": [\"encryption\"], ",
            "\"part_size\": 65536",
            "/etc/shadow",
            "../");

    private final List<Entry> entries = new ArrayList<>();

    private static final class Entry {
        private final String name;
        private final byte[] content;
        /** Where {@link #patch} overwrites the header, before its checksum is made; -1 is nowhere. */
        private final int patchAt;

        private final byte patch;

        Entry(String name, byte[] content) {
            this(name, content, -1, (byte) 0);
        }

        Entry(String name, byte[] content, int patchAt, byte patch) {
            this.name = name;
            this.content = content;
            this.patchAt = patchAt;
            this.patch = patch;
        }
    }

    private TestingForgery(byte[] correct) {
        TestingTar tar = TestingTar.of(correct);
        for (int i = 0; i < tar.entries(); i++) {
            entries.add(new Entry(tar.name(i), tar.content(i)));
        }
    }

    /** {@code correct}, entry by entry changed as {@code choices} say. */
    static byte[] of(byte[] correct, FuzzInput choices) {
        TestingForgery forgery = new TestingForgery(correct);
        for (int n = 0; n < MOST_CHANGES && !choices.isOver() && !forgery.entries.isEmpty(); n++) {
            forgery.change(choices);
        }
        return forgery.bytes();
    }

    private void change(FuzzInput choices) {
        int index = choices.below(entries.size());
        Entry entry = entries.get(index);
        switch (choices.below(13)) {
            case 0 -> entries.remove(index);
            case 1 -> entries.add(choices.below(entries.size() + 1), entry);
            case 2 -> entries.add(entries.remove(choices.below(entries.size())));
            case 3 -> entries.set(index, new Entry(entry.name, choices.among(entries).content));
            case 4 -> entries.set(index, new Entry(choices.among(entries).name, entry.content));
            case 5 -> entries.set(index, new Entry(named(choices.text()), entry.content));
            case 6 -> entries.set(index, new Entry(renumbered(entry.name, choices), entry.content));
            case 7 -> entries.set(index, new Entry(entry.name, choices.changed(entry.content)));
            case 8 -> entries.set(index, new Entry(entry.name, text(entry.content, choices)));
            case 9 -> {
                int at = choices.below(HEADER_TEXT_BYTES);
                entries.set(index, new Entry(entry.name, entry.content, at, (byte) choices.below(256)));
            }
            case 10 -> entries.set(index, repacked(entry, choices, false));
            case 11 -> entries.set(index, repacked(entry, choices, true));
            default -> tie();
        }
    }

    private static byte[] text(byte[] content, FuzzInput choices) {
        return choices.changed(new String(content, StandardCharsets.UTF_8), WORDS)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String renumbered(String name, FuzzInput choices) {
        int number = choices.below(4);
        Member member = choices.among(List.of(Member.values()));
        return PartName.parse(name)
                .map(part -> new PartName(member, number, part.sha256(), part.isDelta()).entry())
                .orElse(name);
    }

    /** With what is in its frame changed, and if {@code isNamed} with the digest of that in its name. */
    private static Entry repacked(Entry entry, FuzzInput choices, boolean isNamed) {
        Optional<PartName> name = PartName.parse(entry.name);
        if (name.isEmpty()) {
            return new Entry(entry.name, choices.changed(entry.content));
        }
        boolean isDelta = name.get().isDelta();
        int at = isDelta ? DeltaLayout.SIZE_BYTES : 0;
        byte[] changed = choices.changed(plain(entry.content, at));
        byte[] frame = Zstd.compress(changed);
        byte[] content = Arrays.copyOf(entry.content, at + frame.length);
        System.arraycopy(frame, 0, content, at, frame.length);
        if (isDelta) {
            int size = isNamed ? ByteBuffer.wrap(content).getInt() : choices.below(1 << 16);
            ByteBuffer.wrap(content).putInt(size);
        }
        PartName part = name.get();
        // What instructions make is not known here.
        String sha256 = isNamed && !isDelta ? Sha256.of(changed, changed.length) : part.sha256();
        return new Entry(new PartName(part.member(), part.index(), sha256, isDelta).entry(), content);
    }

    private static byte[] plain(byte[] content, int at) {
        byte[] frame = Arrays.copyOfRange(content, Math.min(at, content.length), content.length);
        try {
            return Zstd.decompress(frame, Math.min(1 << 16, stated(frame)));
        } catch (ZstdException e) {
            return frame;
        }
    }

    private static int stated(byte[] frame) {
        try {
            return frame.length == 0 ? 0 : (int) Math.max(0, Zstd.getFrameContentSize(frame));
        } catch (ZstdException e) {
            return 0;
        }
    }

    /** Makes the last entry the trailer that belongs to the entries before it. */
    private void tie() {
        byte[] manifest = entries.get(0).content;
        Set<Member> members;
        try {
            members = ManifestJson.read(manifest).toManifest().members();
        } catch (PackageInvalid e) {
            return;
        }
        Tally tally = new Tally(members);
        for (Entry entry : entries) {
            PartName.parse(entry.name).ifPresent(part -> {
                byte[] content = entry.content;
                int size = part.isDelta() && content.length >= DeltaLayout.SIZE_BYTES
                        ? ByteBuffer.wrap(content).getInt()
                        : stated(content);
                if (members.contains(part.member())) {
                    tally.add(part, size);
                }
            });
        }
        TrailerJson trailer = TrailerJson.of(Sha256.of(manifest, manifest.length), tally.contents());
        entries.set(entries.size() - 1, new Entry(PackageLayout.TRAILER, StrictJson.write(trailer)));
    }

    /** As much of {@code text} as a header has room for. */
    private static String named(String text) {
        String name = text.isEmpty() ? "x" : text.replaceAll("[^\\x01-\\xff]", "?");
        return name.substring(0, Math.min(name.length(), 100));
    }

    private byte[] bytes() {
        TestingTar tar = new TestingTar();
        for (Entry entry : entries) {
            tar.entry(entry.name, entry.content, header -> {
                if (entry.patchAt >= 0) {
                    header[entry.patchAt] = entry.patch;
                }
            });
        }
        return tar.bytes();
    }
}
