package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people, programs, packages, images and guests send that is wrong or means harm. Each gets an answer that says why
 * not, in the shape of the API and with the exit code of the command line; a guest beside all this counts on.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class BadInputE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA");

    private static final Host A = WORLD.host("hostA");
    private static final String SERVERS = "/compute/v2.1/servers";
    private static final String IMAGES = "/image/v2/images";
    private static final String NOBODY = "00000000-0000-4000-8000-000000000000";

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest bystander;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Inventory before;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static PackageForge genuine;

    private static String genuineImage = "";

    @BeforeAll
    static void spawn() {
        Guest saved = WORLD.spawn(A, "saved");
        bystander = WORLD.spawn(A, "bystander");
        genuineImage = WORLD.tresccac("--cloud", "hostA", "save", "saved", "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        Path file = directory.resolve("package");
        A.api().download(genuineImage, file);
        genuine = PackageForge.of(file);
        await("the saved guest to leave").until(() -> A.api().status(saved.id()).equals("GONE"));
        before = A.restingInventory();
    }

    @AfterEach
    void theBystanderCountsOn() {
        bystander.awaitTicks(1);
    }

    @AfterAll
    static void itCountedEverything() {
        bystander.countedEverything();
        bystander.neverTwo();
    }

    @Test
    @Order(1)
    void wrongCredentialsAreRefused() throws IOException {
        Answer answer = A.api().send("GET", SERVERS, "", "", "X-Auth-Token: gAAAAwrong");
        assertThat(answer.body(401).at("/error/message").asText()).contains("Log in");

        Path clouds = directory.resolve("clouds.yaml");
        Files.writeString(clouds, Files.readString(WORLD.clouds()).replace("demo-password", "mistaken"));
        Outcome outcome =
                WORLD.inInternet("env", "OS_CLIENT_CONFIG_FILE=" + clouds, "bin/tresccac", "--cloud", "hostA", "list");
        assertThat(outcome.endedWith(5).err()).contains("hostA", "401").doesNotContain("mistaken");
    }

    @Test
    @Order(2)
    void unknownIdsAreNotFound() {
        for (String id : List.of(NOBODY, "none-such", "%2e%2e", "a'b")) {
            assertThat(A.api().ask("GET", SERVERS + "/" + id).fault(404)).as(id).isNotEmpty();
            assertThat(A.api().ask("DELETE", SERVERS + "/" + id).fault(404))
                    .as(id)
                    .isNotEmpty();
            assertThat(A.api().act(id, "{\"pause\":null}").fault(404)).as(id).isNotEmpty();
            assertThat(A.api().ask("POST", SERVERS + "/" + id + "/save").fault(404))
                    .as(id)
                    .isNotEmpty();
            assertThat(A.api().ask("GET", IMAGES + "/" + id).status()).as(id).isEqualTo(404);
            assertThat(A.api().ask("GET", IMAGES + "/" + id + "/file").status())
                    .as(id)
                    .isEqualTo(404);
        }
        assertThat(A.api()
                        .ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + NOBODY + "\"}")
                        .fault(404))
                .contains(NOBODY);
        assertThat(WORLD.tresccac("--cloud", "hostA", "save", "none-such")
                        .endedWith(4)
                        .err())
                .contains("none-such");
        assertThat(WORLD.tresccac("--cloud", "hostA", "restore", "none-such")
                        .endedWith(4)
                        .err())
                .contains("none-such");
        assertThat(WORLD.tresccac("migrate", "none-such", "--source", "hostA", "--dest", "hostA")
                        .code())
                .isIn(2, 4, 5);
        assertThat(WORLD.tresccac("--cloud", "none-such", "list").endedWith(3).err())
                .contains("none-such");
    }

    @Test
    @Order(3)
    void actionsInTheWrongStateAreConflicts() {
        assertThat(A.api().act(bystander.id(), "{\"os-start\":null}").fault(409))
                .contains("active");
        assertThat(A.api().act(bystander.id(), "{\"unpause\":null}").fault(409)).contains("active");
        assertThat(A.api().act(bystander.id(), "{\"resume\":null}").fault(409)).contains("active");
        Path data = file("queued", new byte[10]);
        String queued = A.api()
                .ask("POST", IMAGES, "{\"name\":\"q\",\"disk_format\":\"raw\",\"container_format\":\"bare\"}")
                .body(201)
                .path("id")
                .asText();
        assertThat(A.api().ask("GET", IMAGES + "/" + queued + "/file").status()).isIn(204, 404, 409);
        assertThat(A.api()
                        .ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + queued + "\"}")
                        .fault(409))
                .isNotEmpty();
        assertThat(A.api()
                        .send("PUT", IMAGES + "/" + queued + "/file", "application/json", "@" + data)
                        .status())
                .isEqualTo(415);
        A.api().ask("DELETE", IMAGES + "/" + queued).body(204);
        assertThat(A.api()
                        .act(bystander.id(), "{\"tresccad:migrate\":{\"destination\":\"nowhere\"}}")
                        .fault(400))
                .contains("nowhere");
        for (String mode : List.of("live", "cold", "teleport")) {
            A.api()
                    .act(
                            bystander.id(),
                            "{\"tresccad:migrate\":{\"destination\":\"nowhere\",\"mode\":\"" + mode + "\"}}")
                    .fault(400);
        }
    }

    @Test
    @Order(4)
    void bodiesThatAreNotWhatTheyShouldBeAreRefused() {
        String deep = "[".repeat(50_000);
        String good = "\"name\":\"x\",\"flavorRef\":\"1\",\"imageRef\":\"" + NOBODY + "\"";
        for (String body : List.of(
                "{",
                "[]",
                "null",
                "\"text\"",
                "{}",
                "{\"server\":[]}",
                "{\"server\":{\"name\":7}}",
                "{\"server\":{" + good + "}}",
                "{\"server\":{" + good + "},\"server\":{}}",
                "{\"server\":{" + good + ",\"networks\":\"none\",\"max_count\":-1}}",
                "{\"server\":{" + good + ",\"user_data\":\"not base64!\"}}",
                "{\"server\":{" + good + ",\"metadata\":{\"a\":{\"b\":1}}}}",
                "{\"server\":{\"name\":1e999999999}}")) {
            assertThat(A.api().ask("POST", SERVERS, body).fault(400)).as(body).isNotEmpty();
        }
        assertThat(A.api().ask("POST", SERVERS, "@" + file("deep", deep)).fault(400))
                .isNotEmpty();
        String large = "{\"server\":{\"name\":\"" + "a".repeat(3 << 20) + "\"}}";
        assertThat(A.api().ask("POST", SERVERS, "@" + file("large", large)).fault(413))
                .contains("larger");
        assertThat(A.api().send("POST", SERVERS, "text/plain", "{}").fault(415)).contains("Content-Type");
        assertThat(A.api().send("POST", SERVERS, "application/xml", "<server/>").fault(415))
                .isNotEmpty();
        assertThat(A.api().ask("PATCH", SERVERS, "{}").fault(405)).isNotEmpty();
        assertThat(A.api().ask("GET", SERVERS + "?limit=-1").fault(400)).isNotEmpty();
        assertThat(A.api().ask("GET", SERVERS + "?marker=" + NOBODY).fault(400)).isNotEmpty();
    }

    @Test
    @Order(5)
    void imagesThatPointElsewhereOrAreNotWhatTheySayAreRefused() {
        qemuImg("create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", at("backing"), "64M");
        qemuImg("create", "-q", "-f", "qcow2", "-o", "data_file=" + at("data") + ",data_file_raw=on", at("far"), "1M");
        qemuImg("create", "-q", "-f", "qcow2", at("snapshots"), "1M");
        qemuImg("snapshot", "-c", "one", at("snapshots"));
        qemuImg("create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", at("flat.vmdk"), "1M");
        qemuImg("create", "-q", "-f", "vmdk", at("sparse.vmdk"), "1M");

        refused("backing", "qcow2");
        refused("far", "qcow2");
        refused("snapshots", "qcow2");
        refused("sparse.vmdk", "raw");
        refused("backing", "raw");
        refused("flat.vmdk", "qcow2");
        await("nothing to be left")
                .untilAsserted(() -> assertThat(A.inventory()).isEqualTo(before));
    }

    @Test
    @Order(6)
    void whatIsNoPackageIsRefusedBeforeAnInstanceIsMade() throws IOException {
        byte[] noise = new byte[100_000];
        new Random(5).nextBytes(noise);
        Path legacy = directory.resolve("legacy");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(legacy))) {
            for (String name : List.of("disk", "kernel", "ramdisk", "snapshot", "libvirt.xml")) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(noise);
            }
        }

        notRestored(file("foreign", noise), 400, "does not begin as a package does");
        notRestored(file("empty", new byte[1]), 400, "not usable");
        notRestored(legacy, 400, "save image");
        notRestored(
                genuine.manifest(manifest -> manifest.put("tresccad_package", 2))
                        .write(directory.resolve("newer")),
                400,
                "version 2");
        notRestored(
                genuine.manifest(manifest -> ((ArrayNode) manifest.path("critical")).add("delta"))
                        .write(directory.resolve("critical")),
                400,
                "delta");
        notRestored(
                genuine.manifest(manifest -> ((ObjectNode) manifest.path("base_image")).put("sha512", "ab".repeat(64)))
                        .write(directory.resolve("baseless")),
                409,
                "base image");
        notRestored(
                genuine.manifest(manifest -> {
                            ((ObjectNode) manifest.path("hardware")).put("memory_mib", 16_000_000);
                            ((ObjectNode) manifest.at("/guest/flavor")).put("memory_mib", 16_000_000);
                        })
                        .write(directory.resolve("huge")),
                409,
                "memory");
        notRestored(
                genuine.manifest(manifest -> ((ObjectNode) manifest.path("hardware")).put("machine", "pc-i440fx-99.0"))
                        .write(directory.resolve("machine")),
                409,
                "pc-i440fx-99.0");
        notRestored(
                genuine.manifest(manifest -> ((ObjectNode) manifest.at("/identity/home"))
                                .put("host_id", UUID.randomUUID().toString())
                                .put("name", "far away"))
                        .write(directory.resolve("homeless")),
                409,
                "far away");
        await("nothing to be left")
                .untilAsserted(() -> assertThat(A.inventory()).isEqualTo(before));
    }

    @Test
    @Order(7)
    void whatTurnsOutToBeWrongLaterLeavesAFailedInstanceThatTellsWhy() throws IOException {
        byte[] whole = Files.readAllBytes(directory.resolve("package"));
        byte[] flipped = whole.clone();
        flipped[whole.length / 2] ^= 1;
        String xml = new String(genuine.member("libvirt.xml"), StandardCharsets.UTF_8);
        byte[] noise = new byte[3_000_000];
        new Random(7).nextBytes(noise);
        qemuImg("create", "-q", "-f", "qcow2", "-o", "data_file=" + at("df") + ",data_file_raw=on", at("disk1"), "1G");
        qemuImg("create", "-q", "-u", "-f", "qcow2", "-b", genuineBase(), "-F", "qcow2", at("disk2"), "2G");
        qemuImg("create", "-q", "-f", "qcow2", at("disk3"), "1G");
        qemuImg("create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", at("disk4"), "1G");

        failed(file("flipped", flipped), "not usable");
        failed(file("short", Arrays.copyOf(whole, whole.length / 3)), "ends");
        failed(forged("disk", Files.readAllBytes(directory.resolve("disk1"))), "another file for its data");
        failed(forged("disk", Files.readAllBytes(directory.resolve("disk2"))), "its size is not");
        failed(forged("disk", Files.readAllBytes(directory.resolve("disk3"))), "stands on no base image");
        failed(forged("disk", Files.readAllBytes(directory.resolve("disk4"))), "another file than its base image");
        failed(forged("disk", noise), "qcow2");
        failed(forged("snapshot", noise), "save image");
        failed(
                forged("libvirt.xml", "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/shadow\">]>" + xml),
                "the saved domain's XML");
        failed(forged("libvirt.xml", xml.replace("</devices>", """
                        <hostdev mode='subsystem' type='pci'><source>
                        <address domain='0' bus='0' slot='2' function='0'/></source></hostdev></devices>""")), "hostdev");
        await("everything to be swept away")
                .untilAsserted(() -> assertThat(A.inventory()).isEqualTo(before));
    }

    @Test
    @Order(8)
    void aFailureDoesNotUseThePackageUpAndASuccessDoes() {
        String restore = "{\"image_id\":\"" + genuineImage + "\"}";
        String id = WORLD.tresccac("--cloud", "hostA", "restore", genuineImage, "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        String info = A.exec("qemu-img", "info", "-U", "-f", "qcow2", "/var/lib/tresccad/instances/" + id + "/disk")
                .succeeded()
                .out();
        assertThat(info).contains("/content/");
        assertThat(A.api().ask("POST", SERVERS + "/restore", restore).fault(409))
                .contains("once");
        A.api().ask("DELETE", SERVERS + "/" + id).body(204);
        await("it to be gone").untilAsserted(() -> assertThat(A.inventory()).isEqualTo(before));
    }

    @Test
    @Order(10)
    void moreThanTheHostOrTheQuotaHasIsRefused() {
        Api admin = WORLD.api(A, "admin", "demo");
        String huge = admin.ask(
                        "POST",
                        "/compute/v2.1/flavors",
                        "{\"flavor\":{\"name\":\"huge\",\"ram\":50000,\"vcpus\":1,\"disk\":1}}")
                .body(200)
                .at("/flavor/id")
                .asText();
        String base = A.api().images("base").get(0).path("id").asText();
        String tiny = "";
        for (JsonNode flavor : A.api().get("/compute/v2.1/flavors").path("flavors")) {
            tiny = flavor.path("name").asText().equals("tiny")
                    ? flavor.path("id").asText()
                    : tiny;
        }
        String wish = "{\"server\":{\"name\":\"x\",\"imageRef\":\"" + base + "\",\"flavorRef\":\"";

        assertThat(A.api().ask("POST", SERVERS, wish + huge + "\"}}").fault(507))
                .contains("memory", "50000 MiB");
        assertThat(A.api()
                        .ask("POST", SERVERS, wish + tiny + "\",\"min_count\":25,\"max_count\":25}}")
                        .fault(403))
                .containsIgnoringCase("quota");
        Outcome spawned = WORLD.tresccac(
                "--cloud", "hostA", "spawn", "test-vms/target/base.qcow2", "--flavor", "huge", "--name", "x");
        assertThat(spawned.endedWith(1).err()).contains("Not enough memory");
        admin.ask("DELETE", "/compute/v2.1/flavors/" + huge).body(202);
        assertThat(A.api().get(SERVERS).path("servers")).hasSize(1);
    }

    @Test
    @Order(11)
    void readersChangeNothingAndStrangersSeeNothing() {
        Api reader = WORLD.api(A, "reader", "demo");
        Api other = WORLD.api(A, "other", "other");
        String server = SERVERS + "/" + bystander.id();
        String image = IMAGES + "/" + genuineImage;
        String patch = "[{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"mine\"}]";
        String patchType = "application/openstack-images-v2.1-json-patch";
        assertThat(reader.get(server).at("/server/name").asText()).isEqualTo("bystander");

        for (Api each : List.of(reader, other)) {
            int refusal = each == reader ? 403 : 404;
            assertThat(each.ask("DELETE", server).status()).isEqualTo(refusal);
            assertThat(each.ask("POST", server + "/save").status()).isEqualTo(refusal);
            assertThat(each.act(bystander.id(), "{\"pause\":null}").status()).isEqualTo(refusal);
            assertThat(each.act(bystander.id(), "{\"tresccad:migrate\":{\"destination\":\"hostB\"}}")
                            .status())
                    .isEqualTo(refusal);
            assertThat(each.ask("PUT", server, "{\"server\":{\"name\":\"mine\"}}")
                            .status())
                    .isEqualTo(refusal);
            assertThat(each.ask("POST", server + "/metadata", "{\"metadata\":{\"tresccad:migration\":\"allowed\"}}")
                            .status())
                    .isEqualTo(refusal);
            assertThat(each.ask("DELETE", image).status()).isEqualTo(refusal);
            assertThat(each.send("PATCH", image, patchType, patch).status()).isEqualTo(refusal);
        }
        assertThat(other.ask("GET", server).status()).isEqualTo(404);
        assertThat(other.ask("GET", image + "/file").status()).isEqualTo(404);
        assertThat(other.act(bystander.id(), "{\"os-getConsoleOutput\":{}}").status())
                .isEqualTo(404);
        assertThat(reader.ask("POST", IMAGES, "{\"name\":\"x\"}").status()).isEqualTo(403);
        assertThat(A.api().status(bystander.id())).isEqualTo("ACTIVE");
    }

    @Test
    @Order(12)
    void aGuestIsWhoItsAddressSaysAndReachesOnlyWhatItMay() {
        try (GuestShell evil = GuestShell.boot(WORLD, A, "evil")) {
            String own = A.api().address(evil.id());
            String victim = A.api().address(bystander.id());
            String asked = evil.run("printf 'GET /openstack/latest/meta_data.json HTTP/1.0\\r\\nHost: x\\r\\n"
                    + "X-Forwarded-For: " + victim + "\\r\\nX-Real-IP: " + victim + "\\r\\nForwarded: for=" + victim
                    + "\\r\\nX-Instance-ID: " + bystander.id() + "\\r\\n\\r\\n' | timeout 60 nc 169.254.169.254 80");
            assertThat(asked).contains("200 OK", "\"name\":\"evil\"").doesNotContain("bystander");

            String spoofed = evil.run("ip addr add " + victim + "/24 dev eth0; "
                    + "timeout 5 nc -w 3 -s " + victim + " 169.254.169.254 80 </dev/null; echo ended $?; "
                    + "ip addr del " + victim + "/24 dev eth0");
            assertThat(spoofed).doesNotContain("ended 0");

            for (String port : List.of(A.address() + " 8774", "10.77.0.1 8774", "10.77.0.1 8775", "10.77.0.1 22")) {
                assertThat(evil.run("timeout 5 nc -w 3 " + port + " </dev/null; echo ended $?"))
                        .as(port)
                        .doesNotContain("ended 0");
            }
            await("the one that it may reach")
                    .until(() -> evil.run("timeout 30 nc -w 20 169.254.169.254 80 </dev/null; echo ended $?")
                            .contains("ended 0"));
            assertThat(own).isNotEqualTo(victim);
            A.api().ask("DELETE", SERVERS + "/" + evil.id()).body(204);
        }
    }

    /** An image whose upload must be refused, without a trace. */
    private static void refused(String file, String format) {
        Api.Uploaded uploaded = A.api().upload(file, format, directory.resolve(file));
        assertThat(uploaded.answer().status())
                .as("%s as %s: %s", file, format, uploaded.answer().text())
                .isBetween(400, 499);
        assertThat(uploaded.answer().text()).contains("refused");
        assertThat(A.api().get(IMAGES + "/" + uploaded.id()).path("status").asText())
                .isNotEqualTo("active");
        A.api().ask("DELETE", IMAGES + "/" + uploaded.id()).body(204);
    }

    /** A package that is refused at once, by the API and on the command line. */
    private static void notRestored(Path file, int status, String why) {
        String image =
                A.api().upload(file.getFileName().toString(), "raw", file).id();
        assertThat(A.api()
                        .ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + image + "\"}")
                        .fault(status))
                .contains(why);
        if (status == 409) {
            assertThat(WORLD.tresccac("--cloud", "hostA", "restore", image)
                            .endedWith(5)
                            .err())
                    .contains(why);
        }
        A.api().ask("DELETE", IMAGES + "/" + image).body(204);
    }

    /** A package that is refused when it has been read: the instance says why, and is deleted. */
    private static void failed(Path file, String why) {
        String image =
                A.api().upload(file.getFileName().toString(), "raw", file).id();
        String id = A.api()
                .ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + image + "\"}")
                .body(202)
                .at("/server/id")
                .asText();
        await("the end of the restore of " + file.getFileName())
                .until(() -> A.api().status(id).equals("ERROR"));
        assertThat(A.api().server(id).orElseThrow().at("/fault/message").asText())
                .contains(why);
        A.api().ask("DELETE", SERVERS + "/" + id).body(204);
        A.api().ask("DELETE", IMAGES + "/" + image).body(204);
    }

    private static Path forged(String member, String content) {
        return forged(member, content.getBytes(StandardCharsets.UTF_8));
    }

    private static Path forged(String member, byte[] content) {
        return genuine.member(member, content).write(directory.resolve("forged-" + member));
    }

    /** What a disk on that base has to call it, wherever it was made. */
    private static String genuineBase() {
        return "../../content/" + genuine.manifest().at("/base_image/sha512").asText();
    }

    private static void qemuImg(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "qemu-img";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        WORLD.inInternet(command).succeeded();
    }

    private static String at(String name) {
        return directory.resolve(name).toString();
    }

    private static Path file(String name, String content) {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private static Path file(String name, byte[] content) {
        try {
            return Files.write(directory.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
