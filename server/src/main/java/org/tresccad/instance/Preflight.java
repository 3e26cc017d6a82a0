package org.tresccad.instance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Register;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.QemuRelease;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.image.Images;
import org.tresccad.image.StoredContent;
import org.tresccad.network.Network;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Reference;

/** Whether this host, as it is, can resume an instance; {@link Admission} asks for the rest. */
public final class Preflight {
    /** Subject of the one reason that a source can remedy: the base image is missing. */
    public static final String BASE_IMAGE = "base_image";

    private final Hypervisor hypervisor;
    private final Contents contents;
    private final Network network;
    private final Instances instances;
    private final Register register;
    private final Images images;
    private final Residues residues;
    private final Database database;
    private final boolean acceptsNewerQemu;

    /** Wires it; {@code acceptsNewerQemu}: whether memory may come from a newer release of QEMU than this host's. */
    public Preflight(
            Hypervisor hypervisor,
            Contents contents,
            Network network,
            Instances instances,
            Register register,
            Images images,
            Residues residues,
            Database database,
            boolean acceptsNewerQemu) {
        this.hypervisor = hypervisor;
        this.contents = contents;
        this.network = network;
        this.instances = instances;
        this.register = register;
        this.images = images;
        this.residues = residues;
        this.database = database;
        this.acceptsNewerQemu = acceptsNewerQemu;
    }

    /** Numbers of the manifest's references that this host does not have, or not for {@code caller}. */
    List<Integer> missing(Caller caller, Manifest manifest) {
        List<Integer> missing = new ArrayList<>();
        for (int number = 0; number < manifest.references().size(); number++) {
            if (find(caller, manifest.references().get(number)).isEmpty()) {
                missing.add(number);
            }
        }
        return missing;
    }

    /**
     * Where this host has what a package is relative to, as far as the caller may use it: nobody learns, by referring to
     * it, what is in another project's private image.
     */
    public Optional<Path> find(Caller caller, Reference reference) {
        if (reference instanceof Reference.Content content) {
            return contents.find(content.digest())
                    .filter(stored -> stored.sizeBytes() == content.sizeBytes())
                    .filter(stored -> isOffered(caller, content.digest()))
                    .map(StoredContent::path);
        }
        return reference instanceof Reference.Kept kept ? residues.find(caller.projectId(), kept) : Optional.empty();
    }

    /**
     * Every reason that lies in this host's hardware, network and content why an instance that describes itself like this
     * cannot be resumed here for {@code caller}, as itself.
     */
    List<Reason> reasons(Caller caller, Manifest manifest) {
        List<Reason> reasons = new ArrayList<>();
        checkHost(caller, manifest, reasons);
        checkLineage(manifest.identity(), reasons);
        manifest.hardware().nics().stream()
                .filter(nic ->
                        network.ports().stream().anyMatch(port -> port.mac().equals(nic.mac())))
                .forEach(nic ->
                        reasons.add(new Reason("network", "MAC address " + nic.mac() + " is in use on this host.")));
        return reasons;
    }

    /** As {@link #reasons}, as another instance, with a lineage and a MAC address of its own. */
    List<Reason> reasonsAgainstClone(Caller caller, Manifest manifest) {
        List<Reason> reasons = new ArrayList<>();
        checkHost(caller, manifest, reasons);
        return reasons;
    }

    private void checkHost(Caller caller, Manifest manifest, List<Reason> reasons) {
        Manifest.Hardware hardware = manifest.hardware();
        checkPlatform(hardware, reasons);
        if (!hardware.firmware().equals("bios")) {
            reasons.add(new Reason("firmware", "Firmware " + hardware.firmware() + " is not supported here."));
        }
        if (hardware.nics().size() != 1) {
            reasons.add(new Reason(
                    "network",
                    "Exactly one network card is supported, it has "
                            + hardware.nics().size() + "."));
        }
        missingBase(caller, manifest)
                .ifPresent(missing -> reasons.add(new Reason(BASE_IMAGE, String.valueOf(missing.getMessage()))));
    }

    /** A base image is here for those who see an image of it, or a package or an instance that stands on it. */
    private Optional<ContentMissing> missingBase(Caller caller, Manifest manifest) {
        return manifest.baseImage()
                .map(Manifest.BaseImage::digest)
                .filter(base -> contents.find(base).isEmpty() || !isOffered(caller, base))
                .map(base -> new ContentMissing("base image", base));
    }

    /** What is kept of an instance that comes back is its own again from then on, so both are looked at. */
    private boolean isOffered(Caller caller, ContentDigest digest) {
        return images.offers(caller, digest)
                || residues.holds(caller.projectId(), digest)
                || instances.list(caller, false).stream()
                        .anyMatch(instance -> instance.spec().standsOn(digest));
    }

    private void checkPlatform(Manifest.Hardware hardware, List<Reason> reasons) {
        HostCapabilities host = hypervisor.capabilities();
        Platform platform = hardware.platform();
        if (platform.virtType() != host.virtType()) {
            reasons.add(new Reason(
                    "virt_type",
                    "It runs on " + platform.virtType().libvirtName() + ", this host on "
                            + host.virtType().libvirtName() + "."));
        }
        if (!platform.architecture().equals(host.architecture())) {
            reasons.add(new Reason(
                    "architecture",
                    "It is made for " + platform.architecture() + ", this host is " + host.architecture() + "."));
        }
        if (!host.machines().contains(platform.machine())) {
            reasons.add(new Reason(
                    "machine", "QEMU " + host.qemuVersion() + " here has no machine type " + platform.machine() + "."));
        }
        hypervisor
                .lacks(platform.cpu())
                .ifPresent(lacking -> reasons.add(new Reason(
                        "cpu",
                        "CPU model " + platform.cpu().name() + " cannot run on this host, which lacks " + lacking
                                + ".")));
        checkQemu(hardware.qemuVersion(), host.qemuVersion(), reasons);
    }

    /** Memory is made to fit newer releases of QEMU; that it fits older ones is a hope that nobody tests. */
    private void checkQemu(String wrote, String here, List<Reason> reasons) {
        Optional<QemuRelease> source = QemuRelease.of(wrote);
        Optional<QemuRelease> ours = QemuRelease.of(here);
        if (!acceptsNewerQemu
                && source.isPresent()
                && ours.isPresent()
                && source.get().compareTo(ours.get()) > 0) {
            reasons.add(new Reason(
                    "qemu_version",
                    "It comes from QEMU " + source.get() + ", this host has " + ours.get()
                            + ", which is older; hypervisor.accept_newer_qemu in its configuration lets it try."));
        }
    }

    private void checkLineage(Manifest.Identity identity, List<Reason> reasons) {
        Lineage lineage = new Lineage(identity.lineage());
        if (instances.find(lineage).isPresent()) {
            reasons.add(new Reason("lineage", "This instance is on this host already."));
        }
        database.read(handle -> register.highest(handle, lineage))
                .filter(highest -> highest > identity.epoch())
                .ifPresent(highest -> reasons.add(new Reason(
                        "epoch",
                        "The package is an old copy (epoch " + identity.epoch()
                                + "); the instance has been handed over since (epoch " + highest + ").")));
    }

    /**
     * Whether an instance can come here, and with how much less.
     *
     * @param reasons why not
     * @param missing numbers of the manifest's references that this host does not have, or not for that caller
     */
    public record Answer(List<Reason> reasons, List<Integer> missing) {}

    /**
     * Why not.
     *
     * @param subject a word for programs: {@code cpu}, {@code machine}, {@code room}, {@code base_image}, ...
     * @param message a sentence for people
     */
    public record Reason(String subject, String message) {}
}
