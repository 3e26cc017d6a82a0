package org.tresccad.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.process.CommandFailed;

/** Overlays as qcow2 files, made and accepted through qemu-img after a look at their headers. */
public final class Qcow2Overlays implements Overlays {
    private final QemuImg qemuImg;

    /** Through {@code qemuImg}. */
    public Qcow2Overlays(QemuImg qemuImg) {
        this.qemuImg = qemuImg;
    }

    @Override
    public void create(StoredContent base, Path overlay, long sizeBytes) {
        try {
            qemuImg.createOverlay(base.path(), base.format(), overlay, OptionalLong.of(sizeBytes));
        } catch (CommandFailed e) {
            throw new TresccadException(ErrorKind.NO_SPACE, "The disk of the instance could not be made.", e);
        }
    }

    @Override
    public void adopt(Path overlay, StoredContent base, Optional<String> namedAs, long sizeBytes) {
        try {
            Qcow2Header header = Qcow2Header.read(overlay);
            header.requirePlain();
            String backing = header.backingFile().orElseThrow(() -> refusal("it stands on no base image"));
            refuseIf(
                    !namedAs.map(backing::equals).orElseGet(() -> isNameOf(base, backing)),
                    "it stands on another file than its base image");
            accept(overlay, header, base, sizeBytes);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public Layout layout(Path created) {
        Qcow2Header known;
        try {
            known = Qcow2Header.read(created);
        } catch (IOException e) {
            throw unreadable(e);
        }
        return (overlay, base) -> {
            try {
                Qcow2Header header = Qcow2Header.read(overlay);
                return header.isLaidOutAs(known) && QemuImg.isBasedOn(header, overlay, base.path(), base.format());
            } catch (ContentRefused | IOException e) {
                return false;
            }
        };
    }

    @Override
    public void adoptWhole(Path disk, StoredContent blank, long sizeBytes) {
        try {
            Qcow2Header header = Qcow2Header.read(disk);
            header.requirePlain();
            refuseIf(header.backingFile().isPresent(), "it stands on another file and was said to stand alone");
            accept(disk, header, blank, sizeBytes);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public void check(Path overlay) {
        try {
            qemuImg.check(overlay);
        } catch (CommandFailed e) {
            throw senseless(e);
        }
    }

    @Override
    public void copyWhole(Path overlay, Path copy) {
        try {
            qemuImg.copyWhole(overlay, copy);
        } catch (CommandFailed e) {
            throw new TresccadException(ErrorKind.NO_SPACE, "The disk of the instance could not be copied.", e);
        }
    }

    private void accept(Path overlay, Qcow2Header header, StoredContent base, long sizeBytes) {
        refuseIf(header.virtualSizeBytes() != sizeBytes, "its size is not the one the package announces");
        if (QemuImg.isBasedOn(header, overlay, base.path(), base.format())) {
            return;
        }
        try {
            qemuImg.rebase(overlay, base.path(), base.format());
        } catch (CommandFailed e) {
            throw senseless(e);
        }
    }

    /** Content lies under its digest on every host of ours; where the directory of that is does not matter. */
    private static boolean isNameOf(StoredContent base, String backing) {
        return backing.substring(backing.lastIndexOf('/') + 1)
                .equals(base.digest().sha512());
    }

    private static ContentRefused unreadable(IOException e) {
        return (ContentRefused) refusal("it cannot be read").initCause(e);
    }

    private static ContentRefused senseless(CommandFailed e) {
        return (ContentRefused) refusal("qemu-img cannot make sense of it").initCause(e);
    }

    private static ContentRefused refusal(String reason) {
        return new ContentRefused(DiskFormat.QCOW2, reason);
    }

    private static void refuseIf(boolean condition, String reason) {
        if (condition) {
            throw refusal(reason);
        }
    }
}
