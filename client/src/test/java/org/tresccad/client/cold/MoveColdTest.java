package org.tresccad.client.cold;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.TestingNetwork;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.ContentMismatch;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;

/** A cold move either arrives whole or leaves everything as it was, wherever it fails and whenever its process dies. */
class MoveColdTest {
    private static final String MAC = "fa:16:3e:12:34:56";
    private static final String ADDRESS = "192.0.2.7";

    @TempDir
    private Path directory;

    private final Cancellation cancellation = new Cancellation();
    private final Spy report = new Spy();
    private TestingCloud here;
    private TestingCloud there;
    private Cloud source;
    private Cloud target;
    private ColdJournal journal;
    private String server;

    @BeforeEach
    void start() throws IOException {
        here = openStack();
        there = openStack();
        here.network.orElseThrow().addNetwork("net-a", "192.0.2.0/24");
        there.network.orElseThrow().addNetwork("net-b", "192.0.2.0/24");
        source = Cloud.of(here.config("here"), TestingCloud.SHORT, Clock.systemUTC());
        target = Cloud.of(there.config("there"), TestingCloud.SHORT, Clock.systemUTC());
        journal = new ColdJournal(directory.resolve("state"));
        server = here.compute.addServer("web", "ACTIVE");
        here.compute.set(server, "metadata", Map.of("role", "traveller"));
        here.compute.plug(server, "net-a", MAC, ADDRESS);
    }

    @AfterEach
    void stop() {
        source.close();
        target.close();
        here.close();
        there.close();
    }

    @Test
    void theServerArrivesWithDiskNameMetadataMacAndAddressAndTheSourceIsGone() {
        ColdOutcome outcome = move(options());

        Map<String, Object> made = there.compute.servers.get(outcome.serverId());
        assertThat(made)
                .containsEntry("name", "web")
                .containsEntry("status", "ACTIVE")
                .containsEntry("metadata", Map.of("role", "traveller"));
        assertThat(there.images.data.get(outcome.imageId())).isEqualTo(("disk of " + server).getBytes(UTF_8));
        assertThat(there.images.records.get(outcome.imageId()))
                .containsEntry("disk_format", "qcow2")
                .containsEntry("hw_vif_model", "virtio")
                .doesNotContainKey("user_id");
        assertThat(ports(there)).singleElement().satisfies(port -> assertThat(port)
                .containsEntry("mac_address", MAC)
                .containsEntry("network_id", "net-b")
                .containsEntry("fixed_ips", List.of(Map.of("ip_address", ADDRESS))));
        assertThat(here.compute.servers).isEmpty();
        assertThat(here.images.records).isEmpty();
        assertThat(files()).isEmpty();
        assertThat(outcome.interruptionSeconds()).isPositive();
        assertThat(outcome.movedBytes()).isPositive();
    }

    @Test
    void theTargetIsAskedForOnlyWhenTheSourceIsOffAndLocked() {
        there.compute.onCreate = () -> assertThat(here.compute.servers.get(server))
                .containsEntry("status", "SHUTOFF")
                .containsEntry("locked", true);
        move(options());
        assertThat(there.asked("POST", "/compute/v2.1/servers")).hasSize(1);
    }

    @Test
    void aSourceThatIsKeptStaysOffAndLocked() {
        move(new ColdOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true));
        assertThat(here.compute.servers.get(server))
                .containsEntry("status", "SHUTOFF")
                .containsEntry("locked", true);
        assertThat(here.images.records).isEmpty();
        assertThat(files()).isEmpty();
        assertThat(plan(options()).reasons())
                .extracting(ColdPlan.Reason::subject)
                .contains("state");
    }

    @Test
    void betweenTwoProjectsOfOneNetworkTheOldPortGoesFirstAndTheNewOneHasItsAddress() {
        shareTheNetwork();
        ColdOutcome outcome = move(options());
        assertThat(ports(there)).singleElement().satisfies(port -> assertThat(port)
                .containsEntry("mac_address", MAC)
                .containsEntry("device_id", outcome.serverId()));
        assertThat(report.notes).noneMatch(note -> note.contains("cannot have"));
    }

    @Test
    void aPortThatAnEarlierColdMoveMadeGoesWithTheSourceAlsoWhereTheNetworkIsTheSame() {
        shareTheNetwork();
        ports(here).forEach(port -> port.put("name", "tresccac-earlier"));
        ColdOutcome outcome = move(options());
        assertThat(ports(there)).singleElement().satisfies(port -> assertThat(port)
                .containsEntry("mac_address", MAC)
                .containsEntry("device_id", outcome.serverId()));
    }

    @Test
    void aPortThatAnEarlierColdMoveMadeIsNotLeftBehindInAnotherCloud() {
        ports(here).forEach(port -> port.put("name", "tresccac-earlier"));
        move(options());
        assertThat(ports(here)).isEmpty();
    }

    @Test
    void aMoveThatFailsAfterTheOldPortWentGivesTheSourceAPortWithTheSameAddress() {
        shareTheNetwork();
        there.compute.bootStatus = "ERROR";
        assertThatThrownBy(() -> move(options())).isInstanceOf(ResourceFailed.class);
        assertThat(ports(here)).singleElement().satisfies(port -> assertThat(port)
                .containsEntry("mac_address", MAC)
                .containsEntry("device_id", server)
                .containsEntry("fixed_ips", List.of(Map.of("ip_address", ADDRESS))));
        assertTakenBack("ACTIVE");
    }

    @Test
    void anAddressThatOnlyOwnersMayChooseIsReplacedAndSaid() {
        there.network.orElseThrow().ownersOnly = true;
        move(options());
        assertThat(ports(there)).singleElement().satisfies(port -> assertThat(port.get("mac_address"))
                .isNotEqualTo(MAC));
        assertThat(report.notes).anyMatch(note -> note.contains(MAC) && note.contains("disallowed by policy"));
    }

    @Test
    void aTresccadHostTakesMacAndAddressWithTheServer() {
        there.network = Optional.empty();
        there.compute.cidr = "192.0.2.0/24";
        move(options());
        JsonNode card =
                there.asked("POST", "/compute/v2.1/servers").get(0).json().at("/server/networks/0");
        assertThat(card.path("tresccad:mac").asText()).isEqualTo(MAC);
        assertThat(card.path("fixed_ip").asText()).isEqualTo(ADDRESS);
        assertThat(card.path("uuid").asText()).isEqualTo("net-here");
    }

    @Test
    void kernelAndRamdiskComeAlongUnlessTheyAreThere() {
        String kernel = here.images.add("vmlinuz", "kernel".getBytes(UTF_8), Map.of("disk_format", "aki"));
        String ramdisk = here.images.add("initrd", "ramdisk".getBytes(UTF_8), Map.of("disk_format", "ari"));
        String held = there.images.add("another name", "ramdisk".getBytes(UTF_8), Map.of("disk_format", "ari"));
        here.compute.imageProperties.putAll(
                Map.of("kernel_id", kernel, "ramdisk_id", ramdisk, "os_command_line", "quiet"));

        ColdOutcome outcome = move(options());

        Map<String, Object> disk = Objects.requireNonNull(there.images.records.get(outcome.imageId()));
        assertThat(disk).containsEntry("ramdisk_id", held).containsEntry("os_command_line", "quiet");
        assertThat(there.images.data.get(String.valueOf(disk.get("kernel_id")))).isEqualTo("kernel".getBytes(UTF_8));
        assertThat(there.images.records).hasSize(3);
        assertThat(here.images.records).containsOnlyKeys(kernel, ramdisk);
    }

    @Test
    void itsKeyIsStoredWhereItIsNotKnown() {
        here.compute.keypairs.add(Map.of("keypair", Map.of("name", "mine", "public_key", "ssh-ed25519 AAAA me")));
        here.compute.set(server, "key_name", "mine");
        move(options());
        assertThat(there.compute.keypairs)
                .containsExactly(Map.of("keypair", Map.of("name", "mine", "public_key", "ssh-ed25519 AAAA me")));
        assertThat(there.asked("POST", "/compute/v2.1/servers")
                        .get(0)
                        .json()
                        .at("/server/key_name")
                        .asText())
                .isEqualTo("mine");
    }

    @Test
    void aTargetThatDoesNotBootIsRemovedWholeAndTheSourceRunsAgain() {
        here.compute.keypairs.add(Map.of("keypair", Map.of("name", "mine", "public_key", "ssh-ed25519 AAAA me")));
        here.compute.set(server, "key_name", "mine");
        there.compute.bootStatus = "ERROR";
        assertThatThrownBy(() -> move(options())).isInstanceOf(ResourceFailed.class);
        assertTakenBack("ACTIVE");
        assertThat(there.compute.keypairs).isEmpty();
    }

    @Test
    void aSourceThatWasOffIsNotStartedByTakingBack() {
        here.compute.set(server, "status", "SHUTOFF");
        there.compute.bootStatus = "ERROR";
        assertThatThrownBy(() -> move(options())).isInstanceOf(ResourceFailed.class);
        assertTakenBack("SHUTOFF");
    }

    @Test
    void dataThatTheTargetRefusesLeaveNothingThere() {
        there.images.rejectData = Optional.of("No space left.");
        assertThatThrownBy(() -> move(options())).isInstanceOf(CloudRefused.class);
        assertTakenBack("ACTIVE");
    }

    @Test
    void dataThatAreDamagedOnTheWayAreNotBooted() {
        here.images.damageNext = true;
        assertThatThrownBy(() -> move(options())).isInstanceOf(ContentMismatch.class);
        assertTakenBack("ACTIVE");
        assertThat(there.asked("POST", "/compute/v2.1/servers")).isEmpty();
    }

    @Test
    void anInterruptionTakesItBack() {
        report.onTransfer = cancellation::cancel;
        assertThatThrownBy(() -> move(options())).isInstanceOf(TransferCancelled.class);
        assertTakenBack("ACTIVE");
    }

    @Test
    void aSourceThatSomebodyStartsMeanwhileIsLeftRunningAndNothingIsStartedAtTheTarget() {
        report.onTransfer = () -> here.compute.set(server, "status", "ACTIVE");
        assertThatThrownBy(() -> move(options()))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("started it by hand");
        assertTakenBack("ACTIVE");
        assertThat(there.asked("POST", "/compute/v2.1/servers")).isEmpty();
    }

    @Test
    void aSourceThatRanMeanwhileAndIsOffAgainHasAnotherDisk() {
        report.onTransfer = () ->
                Objects.requireNonNull(here.compute.events.get(server)).addAll(0, List.of("stop", "start", "unlock"));
        assertThatThrownBy(() -> move(options()))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("'start'");
        assertThat(there.asked("POST", "/compute/v2.1/servers")).isEmpty();
        assertTakenBack("ACTIVE");
    }

    @Test
    void aSourceThatIsStartedAfterTheTargetIsSaidAndNothingIsDeleted() {
        there.compute.onCreate = () -> here.compute.set(server, "status", "ACTIVE");
        assertThatThrownBy(() -> move(options()))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("runs at there too");
        assertThat(here.compute.servers).containsKey(server);
        assertThat(there.compute.servers).hasSize(1);
        assertThat(journal.open()).singleElement().extracting(ColdMove::state).isEqualTo(ColdState.ARRIVED);
    }

    @Test
    void aServerThatAnotherMoveHasTakenMeanwhileIsLeftToThat() {
        report.onTransfer = () -> here.compute.set(server, "metadata", Map.of(ColdMove.MARK, "another"));
        assertThatThrownBy(() -> move(options())).isInstanceOf(CloudConflict.class);
        assertThat(here.compute.servers.get(server))
                .containsEntry("status", "SHUTOFF")
                .containsEntry("locked", true);
        assertThat(there.compute.servers).isEmpty();
    }

    @Test
    void aProcessThatDiesWhileItCopiesIsResumedAndTheMoveArrives() {
        String id = dieAt(ColdState.COPYING);
        here.compute.set(server, "status", "SHUTOFF");
        here.compute.set(server, "metadata", Map.of("role", "traveller", ColdMove.MARK, id));
        here.compute.set(server, "locked", true);
        there.images.records.put(
                journal.open().get(0).copies().disk(),
                new LinkedHashMap<>(Map.of("id", journal.open().get(0).copies().disk(), "status", "queued")));

        ColdOutcome outcome = resume(id);

        assertThat(there.compute.servers.get(outcome.serverId())).containsEntry("status", "ACTIVE");
        assertThat(there.images.data.get(outcome.imageId())).isEqualTo(("disk of " + server).getBytes(UTF_8));
        assertThat(there.images.records).as("the half of one is gone").hasSize(1);
        assertThat(here.compute.servers).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void aProcessThatDiesAfterItAskedForTheTargetFindsItThere() {
        String id = dieAt(ColdState.STARTING);
        locked(id);
        String made = there.compute.addServer("web", "ACTIVE");
        there.compute.set(made, "metadata", Map.of(ColdMove.MARK, id));

        assertThat(resume(id).serverId()).isEqualTo(made);

        assertThat(there.asked("POST", "/compute/v2.1/servers")).isEmpty();
        assertThat(here.compute.servers).isEmpty();
    }

    @Test
    void aTargetThatWasAskedForAndIsNotThereIsNeverAskedForTwice() {
        String id = dieAt(ColdState.STARTING);
        locked(id);
        String image = there.images.add("web", "disk".getBytes(UTF_8), Map.of());
        String wanted = journal.open().get(0).copies().disk();
        there.images.set(image, "id", wanted);
        there.images.records.put(wanted, there.images.records.remove(image));

        assertThatThrownBy(() -> resume(id)).isInstanceOf(CloudConflict.class);

        assertThat(there.asked("POST", "/compute/v2.1/servers")).isEmpty();
        assertTakenBack("ACTIVE");
    }

    @Test
    void aProcessThatDiesAfterTheTargetRanDeletesTheSourceOnly() {
        String id = dieAt(ColdState.ARRIVED);
        locked(id);
        String made = there.compute.addServer("web", "ACTIVE");
        there.compute.set(made, "metadata", Map.of(ColdMove.MARK, id));
        arrivedAs(id, made);

        assertThatThrownBy(() -> takeBack(id)).isInstanceOf(CloudConflict.class);
        resume(id);

        assertThat(here.compute.servers).isEmpty();
        assertThat(there.compute.servers.get(made)).containsEntry("metadata", Map.of());
    }

    @Test
    void aMoveCanBeTakenBackInsteadOfResumed() {
        String id = dieAt(ColdState.COPYING);
        locked(id);
        takeBack(id);
        assertTakenBack("ACTIVE");
    }

    @Test
    void aTargetThatCannotBeAskedKeepsTheSourceOffUntilItCan() {
        String id = dieAt(ColdState.STARTING);
        locked(id);
        there.script("GET /compute/v2.1/servers/detail", Answer.fault(503, "computeFault", "later"));

        assertThatThrownBy(() -> takeBack(id)).isInstanceOf(CloudRefused.class);

        assertThat(here.compute.servers.get(server))
                .containsEntry("status", "SHUTOFF")
                .containsEntry("locked", true);
        assertThat(journal.open()).singleElement().extracting(ColdMove::state).isEqualTo(ColdState.TAKING_BACK);
    }

    @Test
    void theJournalIsForItsOwnerAloneAndOneProcessAtATime() throws IOException {
        String id = dieAt(ColdState.COPYING);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve("state/" + id + ".json"))))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> journal.open("0bad"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(id);
        assertThatThrownBy(() -> journal.open("../../x")).isInstanceOf(ConfigException.class);
        assertThat(plan(options()).reasons())
                .anyMatch(reason -> reason.message().contains(id));
    }

    @Test
    void everyReasonAgainstItIsToldAtOnceAndNothingIsChanged() {
        here.compute.set(server, "status", "PAUSED");
        here.compute.set(server, "locked", true);
        here.compute.set(server, "os-extended-volumes:volumes_attached", List.of(Map.of("id", "v")));
        there.compute.flavors.clear();
        int before = here.asked.size();

        ColdPlan plan = plan(options());

        assertThat(plan.possible()).isFalse();
        assertThat(plan.reasons())
                .extracting(ColdPlan.Reason::subject)
                .containsExactlyInAnyOrder("state", "state", "volumes", "flavor");
        assertThat(Stream.concat(here.asked.stream().skip(before), there.asked.stream())
                        .filter(asked -> !asked.path().startsWith("/identity")))
                .allMatch(asked -> asked.method().equals("GET"));
        assertThatThrownBy(() -> mover().start(plan, journal)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNetworkWithoutTheAddressGivesAnotherAndThePlanSaysSo() {
        there.network = Optional.of(new TestingNetwork());
        there.network.get().addExternal("outside", "192.0.2.0/24");
        there.network.get().addNetwork("inside", "10.0.0.0/24");
        there.compute.network = there.network;
        ColdPlan plan = plan(options());
        assertThat(plan.notes()).anyMatch(note -> note.contains(ADDRESS) && note.contains("inside"));
        assertThat(plan.move().wanted().cards())
                .containsExactly(new ColdMove.TargetCard("inside", MAC, Optional.empty(), Optional.empty()));
    }

    private TestingCloud openStack() throws IOException {
        TestingCloud cloud = new TestingCloud();
        cloud.network = Optional.of(new TestingNetwork());
        cloud.compute.network = cloud.network;
        cloud.compute.flavors.add(Map.of("id", "1", "name", "m1.tiny", "vcpus", 1, "ram", 128, "disk", 1));
        return cloud;
    }

    private void shareTheNetwork() {
        there.network = here.network;
        there.compute.network = here.network;
        there.compute.idPrefix = "other-";
    }

    private static ColdOptions options() {
        return new ColdOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    private ColdPlan plan(ColdOptions options) {
        return new PlanColdMove(source, target, options).plan("web", journal);
    }

    private MoveCold mover() {
        return new MoveCold(source, target, Duration.ofSeconds(20), report, cancellation, Clock.systemUTC());
    }

    private ColdOutcome move(ColdOptions options) {
        ColdPlan plan = plan(options);
        assertThat(plan.reasons()).isEmpty();
        return mover().start(plan, journal);
    }

    /** What a process leaves that is killed in that state. */
    private String dieAt(ColdState state) {
        ColdMove move = plan(options()).move();
        try (ColdJournal.Entry entry = journal.begin(move)) {
            for (ColdState each : ColdState.values()) {
                if (each.compareTo(state) <= 0) {
                    entry.write(entry.move().in(each));
                }
            }
        }
        return move.id();
    }

    private void locked(String id) {
        here.compute.set(server, "status", "SHUTOFF");
        here.compute.set(server, "locked", true);
        here.compute.set(server, "metadata", Map.of("role", "traveller", ColdMove.MARK, id));
    }

    private void arrivedAs(String id, String made) {
        try (ColdJournal.Entry entry = journal.open(id)) {
            entry.write(entry.move().with(entry.move().progress().arrivedAs(made)));
        }
    }

    private ColdOutcome resume(String id) {
        try (ColdJournal.Entry entry = journal.open(id)) {
            return mover().resume(entry);
        }
    }

    private void takeBack(String id) {
        try (ColdJournal.Entry entry = journal.open(id)) {
            mover().takeBack(entry);
        }
    }

    private void assertTakenBack(String status) {
        assertThat(here.compute.servers.get(server))
                .containsEntry("status", status)
                .containsEntry("locked", false)
                .containsEntry("metadata", Map.of("role", "traveller"));
        assertThat(here.images.records).isEmpty();
        assertThat(there.compute.servers).isEmpty();
        assertThat(there.images.records).isEmpty();
        if (here.network.orElseThrow() != there.network.orElseThrow()) {
            assertThat(ports(there)).isEmpty();
        }
        assertThat(files()).isEmpty();
    }

    private static List<Map<String, Object>> ports(TestingCloud cloud) {
        return List.copyOf(cloud.network.orElseThrow().ports.values());
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(directory.resolve("state"))) {
            return files.toList();
        } catch (IOException none) {
            return List.of();
        }
    }

    /** Remembers what it hears, and does something when data begin to flow. */
    private static final class Spy implements MoveReport {
        final List<String> notes = new ArrayList<>();
        Runnable onTransfer = () -> {};

        @Override
        public void phase(String words) {
            notes.add(words);
        }

        @Override
        public void note(String sentence) {
            notes.add(sentence);
        }

        @Override
        public Transfer transfer(String what) {
            onTransfer.run();
            return new Transfer() {
                @Override
                public void at(long doneBytes, OptionalLong totalBytes) {}

                @Override
                public void close() {}
            };
        }
    }
}
