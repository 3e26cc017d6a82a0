package org.tresccad.client.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.TestingCloud.Fault;
import org.tresccad.client.TestingPlugin;
import org.tresccad.client.TestingPlugin.Spawning;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.ContentMismatch;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;

class MoveBetweenTest {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final int MOST_REQUESTS = 200;

    private final List<String> said = new ArrayList<>();
    private final Cancellation cancellation = new Cancellation();
    private TestingCloud here;
    private TestingCloud there;
    private TestingPlugin source;
    private TestingPlugin target;
    private String server;

    @BeforeEach
    void start() throws IOException {
        here = new TestingCloud();
        there = new TestingCloud();
        prepare();
    }

    /** There shall be another project of the same OpenStack. */
    private void oneGlance() throws IOException {
        there.close();
        there = TestingCloud.sharingImages(here, "p2");
        here.images.records.clear();
        here.compute.servers.clear();
        here.compute.flavors.clear();
        prepare();
    }

    private void prepare() {
        here.compute.idPrefix = "here-";
        there.compute.idPrefix = "there-";
        source = new TestingPlugin(here);
        target = new TestingPlugin(there);
        for (TestingCloud cloud : List.of(here, there)) {
            cloud.compute.flavors.add(Map.of("id", "1", "name", "m1.tiny", "vcpus", 1, "ram", 128, "disk", 1));
        }
        String kernel = image("kernel", Map.of("disk_format", "aki", "container_format", "aki"));
        String ramdisk = image("ramdisk", Map.of("disk_format", "ari", "container_format", "ari"));
        String base = image(
                "base",
                Map.of(
                        "disk_format", "qcow2",
                        "kernel_id", kernel,
                        "ramdisk_id", ramdisk,
                        "os_command_line", "console=ttyS0",
                        "hw_disk_bus", "virtio",
                        "user_id", "u1"));
        server = here.compute.addServer("web", "ACTIVE");
        here.compute.set(server, "image", Map.of("id", base));
    }

    private String image(String name, Map<String, Object> more) {
        String id = here.images.add(name, name.getBytes(UTF_8), more);
        here.images.set(id, "owner", here.project);
        return id;
    }

    @AfterEach
    void stop() {
        there.close();
        here.close();
    }

    @Test
    void betweenTwoGlancesItIsClaimedAtItsHomeForTheTargetsAndRunsThere() {
        MoveOutcome outcome = move();
        assertThat(outcome.serverId()).contains("there-1");
        assertThat(outcome.movedBytes()).isPositive();
        assertRunsThere();
        assertThat(records(here)).singleElement().satisfies(record -> assertThat(record)
                .containsEntry("tresccad_claimant", homeThere())
                .containsEntry("tresccad_running", "1"));
        assertThat(records(there)).singleElement().satisfies(record -> assertThat(record)
                .containsEntry("tresccad_verdict", "claimed")
                .containsEntry("tresccad_running", "1"));
        assertThat(packages(here)).isEmpty();
        assertThat(packages(there)).isEmpty();
    }

    @Test
    void theBaseImageIsCopiedWithWhatItBootsByAndStays() {
        move();
        Map<String, Object> base = named(there, "base");
        assertThat(base)
                .containsEntry("os_command_line", "console=ttyS0")
                .containsEntry("hw_disk_bus", "virtio")
                .containsEntry("disk_format", "qcow2")
                .containsEntry("kernel_id", named(there, "kernel").get("id"))
                .containsEntry("ramdisk_id", named(there, "ramdisk").get("id"))
                .containsEntry("os_hash_value", named(here, "base").get("os_hash_value"))
                .doesNotContainKey("user_id");
        assertThat(named(there, "kernel")).containsEntry("container_format", "aki");
    }

    @Test
    void aBaseImageThatIsThereIsNotCopied() {
        there.images.add("theirs", "base".getBytes(UTF_8), Map.of("kernel_id", "k"));
        move();
        assertRunsThere();
        assertThat(there.images.records.values())
                .extracting(fields -> fields.get("name"))
                .contains("theirs")
                .doesNotContain("base", "kernel");
    }

    @Test
    void aBaseImageWithoutAKernelIsNoneForAGuestWithOne() {
        there.images.add("theirs", "base".getBytes(UTF_8), Map.of());
        move();
        assertThat(named(there, "base")).containsKey("kernel_id");
    }

    @Test
    void betweenTwoProjectsOfOneGlanceTheComputeNodeAloneClaims() throws IOException {
        oneGlance();
        move();
        assertRunsThere();
        assertThat(records(here)).singleElement().satisfies(record -> assertThat(record)
                .containsEntry("owner", "p2")
                .containsEntry("tresccad_running", "1"));
        assertThat(packages(here)).isEmpty();
    }

    @Test
    void whatSpeaksAgainstItIsFoundBeforeTheFreeze() {
        there.compute.flavors.clear();
        assertRefused("no flavor there has 1 vCPUs, 128 MiB");
        there.compute.flavors.add(Map.of("id", "1", "name", "m1", "vcpus", 1, "ram", 128, "disk", 0));
        there.script("POST /compute/v2.1/servers/restore", Answer.fault(404, "itemNotFound", "no such route"));
        assertRefused("without tresccad's plugin");
        named(here, "base").put("status", "deactivated");
        there.script("POST /compute/v2.1/servers/restore", Answer.fault(400, "badRequest", "image_id"));
        assertRefused("the image that it was booted from");
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(this::move).isInstanceOf(CloudConflict.class).hasMessageContaining(reason);
        assertThat(here.compute.servers.get(server)).containsEntry("status", "ACTIVE");
        assertThat(here.asked("POST", "/compute/v2.1/servers/" + server)).isEmpty();
        assertThat(there.images.records).isEmpty();
        assertThat(records(here)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Spawning.class,
            names = {"FAILS", "GIVES_BACK", "BOOTS"})
    void whatDoesNotRunThereIsTakenBackByBothRegisters(Spawning spawning) {
        target.spawning = spawning;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertRunsHere();
        assertThat(there.compute.servers).isEmpty();
        assertThat(records(there))
                .anySatisfy(record -> assertThat(record).containsEntry("tresccad_verdict", "withdrawn"));
        assertThat(records(here)).hasSize(2).anySatisfy(record -> assertThat(record)
                .containsEntry("tresccad_claimant", homeThere())
                .containsEntry("tresccad_returned", "1"));
        assertThat(packages(here)).isEmpty();
        assertThat(packages(there)).isEmpty();
        assertThat(said).anyMatch(line -> line.contains("is back and runs at here"));
    }

    @Test
    void aRefusedRestoreIsTakenBack() {
        target.onRestore = () -> there.images.records.values().removeIf(fields -> "base".equals(fields.get("name")));
        assertThatThrownBy(this::move).isInstanceOf(CloudConflict.class).hasMessageContaining("base image");
        assertRunsHere();
    }

    @Test
    void inOneGlanceARestoreThatFailedBeforeItsClaimIsTakenBack() throws IOException {
        oneGlance();
        target.spawning = Spawning.FAILS;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertRunsHere();
        assertThat(records(here)).singleElement().satisfies(record -> assertThat(record)
                .containsEntry("owner", "p1"));
        assertThat(packages(here)).isEmpty();
    }

    @Test
    void inOneGlanceAClaimThatWasGivenBackCanBeReadByTheSourceWhichRunsItAgain() throws IOException {
        oneGlance();
        target.spawning = Spawning.GIVES_BACK;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertRunsHere();
        assertThat(there.compute.servers).isEmpty();
        assertThat(packages(here)).isEmpty();
    }

    @Test
    void inOneGlanceWhatBothGaveBackIsRestoredAtTheTargetInTheEnd() throws IOException {
        oneGlance();
        target.spawning = Spawning.GIVES_BACK;
        source.spawning = Spawning.GIVES_BACK;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertThat(here.compute.servers.values())
                .noneSatisfy(fields -> assertThat(fields).containsEntry("status", "ACTIVE"));
        target.spawning = Spawning.RUNS;
        resume(onlyPackage());
        assertThat(target.ran).hasSize(1);
        assertThat(source.ran).isEmpty();
        assertThat(packages(here)).isEmpty();
    }

    @Test
    void inOneGlanceThatForbidsToShareWhatWasGivenBackStaysWithThePackage() throws IOException {
        oneGlance();
        target.spawning = Spawning.GIVES_BACK;
        here.faults = there.faults = (method, path) -> path.endsWith("/members") ? Fault.FAILED : Fault.NONE;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertThat(here.compute.servers).isEmpty();
        String image = onlyPackage();
        assertThat(said).anyMatch(line -> line.contains("migrate --package " + image));
        target.spawning = Spawning.RUNS;
        resume(image);
        assertRunsThere();
    }

    @Test
    void whatTheTargetClaimedIsNeverRestoredAtTheSource() {
        target.spawning = Spawning.CLAIMS;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertThat(here.compute.servers).isEmpty();
        assertThat(there.compute.servers).as("it may be the guest").hasSize(1);
        String image = onlyPackage();
        assertThat(said)
                .anyMatch(line -> line.contains("not back at here") && line.contains("has claimed it"))
                .anyMatch(line -> line.contains("tresccac migrate --package " + image + " --source here --dest there"));
        assertThatThrownBy(() -> resume(image)).isInstanceOf(CloudTimeout.class);
        records(there).get(0).put("tresccad_running", "1");
        there.compute.set("there-1", "status", "ACTIVE");
        assertThat(resume(image).serverId()).isEmpty();
        assertThat(packages(here)).isEmpty();
        assertThat(records(here)).singleElement().satisfies(record -> assertThat(record)
                .containsEntry("tresccad_running", "1"));
    }

    @Test
    void inOneGlanceWhatTheTargetClaimedIsNeverRestoredAtTheSource() throws IOException {
        oneGlance();
        target.spawning = Spawning.CLAIMS;
        assertThatThrownBy(this::move).isInstanceOf(ResourceFailed.class);
        assertThat(here.compute.servers).isEmpty();
        assertThat(onlyPackage()).isNotEmpty();
    }

    @Test
    void cancelledWhileItIsSavedItIsBroughtBack() {
        source.onSave = cancellation::cancel;
        assertThatThrownBy(this::move).isInstanceOf(TransferCancelled.class);
        assertRunsHere();
        assertThat(records(there)).isEmpty();
        assertThat(packages(here)).isEmpty();
    }

    @Test
    void cancelledWhileItIsRestoredItIsTakenBackUnlessItRuns() {
        target.spawning = Spawning.FAILS;
        target.onRestore = cancellation::cancel;
        assertThatThrownBy(this::move).isInstanceOf(TransferCancelled.class);
        assertRunsHere();
    }

    @Test
    void aDamagedCopyIsNotKept() {
        // Its end, behind the manifest, which is read without a look at the digest.
        source.onSave =
                () -> here.images.data.replaceAll((id, bytes) -> packages(here).contains(id) ? tail(bytes) : bytes);
        assertThatThrownBy(this::move).isInstanceOf(ContentMismatch.class);
        assertThat(packages(there)).isEmpty();
        assertRunsHere();
    }

    private static byte[] tail(byte[] bytes) {
        byte[] damaged = bytes.clone();
        damaged[damaged.length - 1] ^= 1;
        return damaged;
    }

    @Test
    void aWholeCopyOfAnEarlierAttemptIsUsedAgainAndAHalfOneIsRemoved() {
        String image = freeze();
        Map<String, Object> mine = Objects.requireNonNull(here.images.records.get(image));
        byte[] data = Objects.requireNonNull(here.images.data.get(image));
        Map<String, Object> properties = Map.of(
                "tresccad_package",
                "1",
                "tresccad_lineage",
                Objects.requireNonNull(mine.get("tresccad_lineage")),
                "tresccad_epoch",
                "1",
                "tresccad_copied_for",
                image);
        there.images.add("web", data, properties);
        String half = there.images.add("web", data, properties);
        there.images.set(half, "status", "queued");
        resume(image);
        assertRunsThere();
        assertThat(packages(there)).isEmpty();
        assertThat(there.images.completed).as("base, kernel, ramdisk").hasValue(3);
    }

    @Test
    void whatIsNoPackageOrWasDecidedIsNotMoved() {
        assertThatThrownBy(() -> resume("base"))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("no package");
        assertThatThrownBy(() -> resume("nothing")).isInstanceOf(CloudNotFound.class);
        String image = freeze();
        try (Cloud cloud = here.connect()) {
            cloud.compute().restore(image, Map.of());
        }
        assertThatThrownBy(() -> resume(image))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("claimed it");
        assertRunsHere();
        assertThat(there.compute.servers).isEmpty();
    }

    @Test
    void aTakingBackThatWasCutOffIsFinished() {
        target.spawning = Spawning.FAILS;
        source.onRestore = () -> here.faults = (method, path) -> Fault.LOST;
        assertThatThrownBy(this::move).isInstanceOf(CloudException.class);
        here.faults = (method, path) -> Fault.NONE;
        source.onRestore = () -> {};
        target.spawning = Spawning.RUNS;
        packages(here).forEach(image -> assertThatThrownBy(() -> resume(image)).isInstanceOf(CloudConflict.class));
        assertRunsHere();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"LOST", "ANSWER_LOST"})
    void killedAtAnyRequestExactlyOnePlaceRunsItInTheEnd(Fault fault) throws IOException {
        atEachRequest(fault, true, false);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"LOST", "ANSWER_LOST"})
    void killedAtAnyRequestInOneGlanceExactlyOnePlaceRunsItInTheEnd(Fault fault) throws IOException {
        atEachRequest(fault, true, true);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"FAILED", "FAILED_LATE"})
    void whateverRequestFailsExactlyOnePlaceRunsItInTheEnd(Fault fault) throws IOException {
        atEachRequest(fault, false, false);
        atEachRequest(fault, false, true);
    }

    /** From that request on, or at it alone, requests fail; then the command is run again with what it left. */
    private void atEachRequest(Fault fault, boolean forever, boolean oneGlance) throws IOException {
        for (int number = 1; number < MOST_REQUESTS; number++) {
            stop();
            said.clear();
            start();
            if (oneGlance) {
                oneGlance();
            }
            AtomicInteger count = new AtomicInteger();
            int at = number;
            for (TestingCloud cloud : List.of(here, there)) {
                cloud.faults = (method, path) -> {
                    int now = count.incrementAndGet();
                    return now == at || (forever && now > at) ? fault : Fault.NONE;
                };
            }
            boolean failed = fails(this::move);
            here.faults = there.faults = (method, path) -> Fault.NONE;
            String when = fault + " at request " + number + ": " + said;
            boolean isFrozen = here.compute.servers.isEmpty() && there.compute.servers.isEmpty();
            assertThat(isFrozen && packages(here).isEmpty()).as("lost, " + when).isFalse();
            for (String image : packages(here)) {
                fails(() -> resume(image));
            }
            assertOneRuns(when);
            if (!failed && count.get() < number) {
                assertThat(number).isGreaterThan(20);
                return;
            }
        }
        throw new AssertionError("it asks for ever");
    }

    private static boolean fails(Runnable act) {
        try {
            act.run();
            return false;
        } catch (CloudException expected) {
            return true;
        }
    }

    private void assertOneRuns(String when) {
        List<Map<String, Object>> running = new ArrayList<>();
        for (TestingCloud cloud : List.of(here, there)) {
            cloud.compute.servers.values().stream()
                    .filter(fields -> "ACTIVE".equals(fields.get("status")))
                    .forEach(running::add);
        }
        assertThat(running).as(when).hasSize(1);
        List<String> ran = new ArrayList<>(source.ran);
        ran.addAll(target.ran);
        assertThat(ran).as(when).hasSizeLessThanOrEqualTo(1);
        if (ran.isEmpty()) {
            assertThat(here.compute.servers).as(when).containsKey(server);
            return;
        }
        // Of all claims of compute nodes one stands, at the place that runs it.
        List<Map<String, Object>> claims = new ArrayList<>(records(here));
        if (here.images != there.images) {
            claims.addAll(records(there));
        }
        claims.removeIf(record -> homeThere().equals(record.get("tresccad_claimant"))
                || !"claimed".equals(record.get("tresccad_verdict"))
                || "1".equals(record.get("tresccad_returned")));
        assertThat(claims).as(when).singleElement().satisfies(claim -> assertThat(claim)
                .containsEntry("tresccad_running", "1"));
        if (here.images != there.images) {
            String given = target.ran.isEmpty() ? "tresccad_returned" : "tresccad_verdict";
            records(here).stream()
                    .filter(record -> homeThere().equals(record.get("tresccad_claimant")))
                    .forEach(record -> assertThat(record).as(when).containsKey(given));
        }
    }

    private void assertRunsThere() {
        assertThat(here.compute.servers).isEmpty();
        assertThat(there.compute.servers.values()).singleElement().satisfies(fields -> assertThat(fields)
                .containsEntry("name", "web")
                .containsEntry("status", "ACTIVE"));
        assertThat(target.ran).hasSize(1);
        assertThat(source.ran).isEmpty();
    }

    private void assertRunsHere() {
        assertThat(here.compute.servers.values()).singleElement().satisfies(fields -> assertThat(fields)
                .containsEntry("name", "web")
                .containsEntry("status", "ACTIVE"));
        assertThat(source.ran).hasSize(1);
        assertThat(target.ran).isEmpty();
    }

    private String freeze() {
        try (Cloud cloud = here.connect()) {
            return cloud.compute().save(server);
        }
    }

    private MoveOutcome move() {
        try (Cloud from = connect(here, "here");
                Cloud to = connect(there, "there")) {
            return mover(from, to).start(from.compute().find("web"));
        }
    }

    private MoveOutcome resume(String image) {
        try (Cloud from = connect(here, "here");
                Cloud to = connect(there, "there")) {
            return mover(from, to).resume(image);
        }
    }

    private static Cloud connect(TestingCloud cloud, String name) {
        return Cloud.of(cloud.config(name), TestingCloud.SHORT, Clock.systemUTC());
    }

    private MoveBetween mover(Cloud from, Cloud to) {
        return new MoveBetween(from, to, PATIENCE, new Listener(), cancellation, Clock.systemUTC());
    }

    private String homeThere() {
        try (Cloud cloud = there.connect()) {
            return cloud.register().home().id().toString();
        }
    }

    private String onlyPackage() {
        List<String> found = packages(here).stream()
                .filter(id -> "p1"
                        .equals(Objects.requireNonNull(here.images.records.get(id))
                                .get("owner")))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static List<String> packages(TestingCloud cloud) {
        return cloud.images.records.entrySet().stream()
                .filter(entry -> entry.getValue().containsKey("tresccad_package"))
                .filter(entry -> cloud.project.equals(entry.getValue().getOrDefault("owner", cloud.project)))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static List<Map<String, Object>> records(TestingCloud cloud) {
        return cloud.images.records.values().stream()
                .filter(fields -> fields.containsKey("tresccad_handover"))
                .toList();
    }

    private static Map<String, Object> named(TestingCloud cloud, String name) {
        return cloud.images.records.values().stream()
                .filter(fields -> name.equals(fields.get("name")))
                .findFirst()
                .orElseThrow();
    }

    private final class Listener implements MoveReport {
        @Override
        public void phase(String words) {
            said.add(words);
        }

        @Override
        public void note(String sentence) {
            said.add(sentence);
        }

        @Override
        public Transfer transfer(String what) {
            return new Transfer() {
                @Override
                public void at(long doneBytes, OptionalLong totalBytes) {}

                @Override
                public void close() {}
            };
        }
    }
}
