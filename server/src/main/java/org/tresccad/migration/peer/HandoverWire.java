package org.tresccad.migration.peer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Preflight;

/**
 * What two tresccad hosts say to each other about a handover, as JSON below {@code /tresccad/v1}; described in
 * {@code docs/api.md}. Both ends use these records.
 */
public final class HandoverWire {
    private HandoverWire() {}

    /** Where the handover of an epoch is, relative to {@code /tresccad/v1/}. */
    public static String path(Epoch epoch) {
        return "handovers/" + epoch.lineage() + "/" + epoch.number();
    }

    /** {@code GET host}: {@code {"id": "...", "name": "hostA", "version": "1.0.0", "hypervisor": {...}}}. */
    public record HostView(UUID id, String name, String version, HypervisorView hypervisor) {}

    /** What a host can run. */
    public record HypervisorView(
            @JsonProperty("virt_type") String virtType,
            String architecture,
            @JsonProperty("qemu_version") String qemuVersion,
            @JsonProperty("libvirt_version") String libvirtVersion,
            @JsonProperty("cpu_models") List<String> cpuModels,
            Optional<CpuView> cpu,
            List<String> machines,
            @JsonProperty("memory_mib") long memoryMib,
            @JsonProperty("free_memory_mib") long freeMemoryMib,
            @JsonProperty("free_disk_bytes") long freeDiskBytes) {}

    /** A CPU: {@code {"vendor": "AMD", "model": "EPYC", "required": ["umip"], "disabled": ["vme"]}}. */
    public record CpuView(String vendor, String model, List<String> required, List<String> disabled) {
        /** Checks that all are there: JSON may lack them. */
        public CpuView {
            Objects.requireNonNull(vendor, "vendor");
            Objects.requireNonNull(model, "model");
            required = List.copyOf(required);
            disabled = List.copyOf(disabled);
        }

        /** Of a CPU. */
        public static CpuView of(HostCpu cpu) {
            CpuModel model = cpu.model();
            return new CpuView(
                    cpu.vendor(), model.name(), List.copyOf(model.required()), List.copyOf(model.disabled()));
        }

        /**
         * The CPU.
         *
         * @throws IllegalArgumentException when its words are none
         */
        HostCpu asCpu() {
            return new HostCpu(vendor, new CpuModel(model, new HashSet<>(required), new HashSet<>(disabled)));
        }
    }

    /**
     * {@code POST checks}: body a manifest as in a package; answer {@code {"reasons": [{"subject", "message"}],
     * "missing_references": [0, 2]}}, by their numbers in the manifest.
     */
    public record CheckView(
            List<Preflight.Reason> reasons,
            @JsonProperty("missing_references") List<Integer> missing) {}

    /** {@code POST handovers/LINEAGE/EPOCH/claim} at the home. */
    public record ClaimRequest(UUID nonce, UUID claimant) {
        /** Checks that both are there: JSON may lack them. */
        public ClaimRequest {
            Objects.requireNonNull(nonce, "nonce");
            Objects.requireNonNull(claimant, "claimant");
        }
    }

    /** The home's answer: {@code {"verdict": "claimed", "claimant": "..."}} or {@code {"verdict": "withdrawn"}}. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record VerdictView(@JsonProperty("verdict") String word, Optional<UUID> claimant) {
        /** Checks that it is a verdict. */
        public VerdictView {
            verdict(word, claimant);
        }

        /** The record of a verdict. */
        public static VerdictView of(Verdict verdict) {
            return verdict instanceof Verdict.Claimed claimed
                    ? new VerdictView("claimed", Optional.of(claimed.by().value()))
                    : new VerdictView("withdrawn", Optional.empty());
        }

        /** The verdict. */
        public Verdict verdict() {
            return verdict(word, claimant);
        }

        private static Verdict verdict(String word, Optional<UUID> claimant) {
            return switch (word) {
                case "withdrawn" -> new Verdict.Withdrawn();
                case "claimed" ->
                    new Verdict.Claimed(new Claimant(
                            claimant.orElseThrow(() -> new IllegalArgumentException("claimed by nobody"))));
                default -> throw new IllegalArgumentException("no verdict: " + word);
            };
        }
    }

    /** {@code PUT handovers/LINEAGE/EPOCH/arrival} at the target: the source tells the verdict. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record TellRequest(
            UUID nonce, @JsonProperty("verdict") String word, Optional<UUID> claimant) {
        /** Checks that there is a nonce and a verdict. */
        public TellRequest {
            Objects.requireNonNull(nonce, "nonce");
            new VerdictView(word, claimant);
        }

        /** What to tell. */
        public static TellRequest of(UUID nonce, Verdict verdict) {
            VerdictView view = VerdictView.of(verdict);
            return new TellRequest(nonce, view.word(), view.claimant());
        }

        /** The verdict in it. */
        public Verdict verdict() {
            return new VerdictView(word, claimant).verdict();
        }
    }

    /** {@code PUT handovers/LINEAGE/EPOCH/superseded}: its package was reclaimed, and has this epoch now. */
    public record SupersededRequest(UUID nonce, long epoch) {
        /** Checks that there is a nonce: JSON may lack it. */
        public SupersededRequest {
            Objects.requireNonNull(nonce, "nonce");
        }
    }

    /** {@code GET handovers/LINEAGE/EPOCH/newest}: {@code {"epoch": 1835021}}. */
    public record NewestView(long epoch) {}

    /** An arrival: {@code {"state": "PREPARED", "claimant": "...", "instance_id": "...", "error": "..."}}. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ArrivalView(
            String state,
            UUID claimant,
            @JsonProperty("instance_id") UUID instanceId,
            @JsonProperty("received_bytes") long receivedBytes,
            Optional<String> error) {
        /** Checks that the state is one we know, and that the ids are there. */
        public ArrivalView {
            ArrivalState.valueOf(state);
            Objects.requireNonNull(claimant, "claimant");
            Objects.requireNonNull(instanceId, "instance_id");
        }
    }
}
