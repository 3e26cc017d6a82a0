package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.hypervisor.SaveImageHeader;

/**
 * A peer that pushes packages as a move in mode warm does, with memory that was sent ahead of the freeze, and means harm.
 * That memory goes into QEMU before anything of the package is verified; the test is the peer, in hostB's name.
 */
final class HostilePeerE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB");

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");
    private static final String IMAGES = "/image/v2/images";
    private static final String GIVEN_UP = "gets no memory before its freeze";
    private static final String UNUSED = "is not the one to come";

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest bystander;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Inventory before;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static PackageForge genuine;

    private static byte[] memory = new byte[0];

    @BeforeAll
    static void saveAtThePeer() {
        bystander = WORLD.spawn(A, "bystander");
        WORLD.spawn(B, "pushed");
        String image = WORLD.tresccac("--cloud", "hostB", "save", "pushed", "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        Path file = directory.resolve("package");
        B.api().download(image, file);
        genuine = PackageForge.of(file);
        memory = genuine.member("snapshot");
        before = A.restingInventory();
    }

    @AfterEach
    void nothingIsLeft() {
        bystander.awaitTicks(1);
        assertThat(A.restingInventory()).isEqualTo(before);
    }

    @AfterAll
    static void theBystanderCountedEverything() {
        bystander.countedEverything();
        bystander.neverTwo();
    }

    @Test
    void memoryThatIsWhatTheFrozenGuestHasIsUsed() {
        long unused = A.logged(UNUSED);
        assertPrepared(genuine.memoryAhead(ahead(xml())), 0);
        assertThat(A.logged(UNUSED)).isEqualTo(unused);
    }

    @Test
    void memoryAheadThatIsNoneIsThrownAwayAndTheGuestIsPreparedWithoutIt() {
        byte[] noise = noise(2_000_000);
        byte[] whole = ahead(xml());
        byte[] spoiled = whole.clone();
        System.arraycopy(noise, 0, spoiled, whole.length / 2, noise.length);

        assertPrepared(genuine.memoryAhead(noise), 1);
        assertPrepared(genuine.memoryAhead(Arrays.copyOf(whole, whole.length / 3)), 1);
        assertPrepared(genuine.memoryAhead(spoiled), 1);
    }

    @Test
    void anotherDomainThanTheGuestsIsNotBegun() {
        String device = "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>";
        assertPrepared(genuine.memoryAhead(ahead(xml().replace("</devices>", device + "</devices>"))), 1);
        assertPrepared(
                genuine.memoryAhead(ahead("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/shadow\">]>" + xml())), 1);
        // Only what describes its hardware is taken from it.
        String program = xml().replaceFirst("<emulator>[^<]*", "<emulator>/bin/sh");
        assertThat(program).isNotEqualTo(xml());
        assertPrepared(genuine.memoryAhead(ahead(program)), 0);
    }

    @Test
    void whatIsWrongAfterGoodMemoryAheadIsRefused() throws IOException {
        WORLD.inInternet(
                        "qemu-img",
                        "create",
                        "-q",
                        "-u",
                        "-f",
                        "qcow2",
                        "-b",
                        "/etc/shadow",
                        "-F",
                        "raw",
                        at("disk"),
                        "1G")
                .succeeded();
        PackageForge begun = genuine.memoryAhead(ahead(xml()));
        long unused = A.logged(UNUSED);

        assertRefused(begun.member("snapshot", noise(2_000_000)), "");
        assertRefused(begun.member("snapshot", Arrays.copyOf(memory, memory.length / 2)), "");
        assertRefused(
                begun.member("disk", Files.readAllBytes(directory.resolve("disk"))),
                "another file than its base image");
        // Of the disk that came to the domain which was begun with another.
        assertThat(A.logged(UNUSED)).isEqualTo(unused + 1);
    }

    private static void assertPrepared(PackageForge content, int givenUp) {
        long earlier = A.logged(GIVEN_UP);
        Pushed pushed = push(content);
        assertThat(pushed.arrived().path("state").asText())
                .as("%s", pushed.arrived())
                .isEqualTo("PREPARED");
        assertThat(A.logged(GIVEN_UP)).isEqualTo(earlier + givenUp);
        assertThat(A.domains()).hasSize(2);
        String withdrawn = "{\"nonce\":\"" + pushed.nonce() + "\",\"verdict\":\"withdrawn\"}";
        assertThat(A.api()
                        .ask("PUT", pushed.path(), withdrawn)
                        .body(200)
                        .path("state")
                        .asText())
                .isEqualTo("DISCARDED");
    }

    private static void assertRefused(PackageForge content, String why) {
        JsonNode arrived = push(content).arrived();
        assertThat(arrived.path("state").asText()).as("%s", arrived).isEqualTo("DISCARDED");
        assertThat(arrived.path("error").asText()).isNotEmpty().contains(why);
    }

    /** As a source does: the restore is asked for while the package comes. */
    private static Pushed push(PackageForge content) {
        Pushed pushed = new Pushed(UUID.randomUUID().toString(), nextEpoch++);
        Path file = content.manifest(manifest -> {
                    ((ObjectNode) manifest.path("identity"))
                            .put("epoch", pushed.epoch())
                            .put("nonce", pushed.nonce());
                })
                .write(directory.resolve("pushed"));
        String image = A.api()
                .ask("POST", IMAGES, """
                        {"name": "pushed", "disk_format": "raw", "container_format": "bare", "tresccad_package": "1",
                         "tresccad_passing": "true", "tresccad_move": "%s"}""".formatted(UUID.randomUUID()))
                .body(201)
                .path("id")
                .asText();
        CompletableFuture<Void> upload = CompletableFuture.runAsync(
                () -> A.api().send("PUT", IMAGES + "/" + image + "/file", "application/octet-stream", "@" + file));
        await("the upload to begin").until(() -> !A.api()
                .get(IMAGES + "/" + image)
                .path("status")
                .asText()
                .equals("queued"));
        A.api()
                .ask("POST", "/compute/v2.1/servers/restore", "{\"image_id\":\"" + image + "\"}")
                .body(202);
        await("it to have arrived")
                .until(() -> !pushed.arrived().path("state").asText().equals("RECEIVING"));
        upload.join();
        A.api().ask("DELETE", IMAGES + "/" + image);
        return pushed;
    }

    private static int nextEpoch = 1000;

    /** A package that was pushed to host A. */
    private record Pushed(String nonce, int epoch) {
        String path() {
            return "/tresccad/v1/handovers/"
                    + genuine.manifest().at("/identity/lineage").asText() + "/" + epoch + "/arrival";
        }

        /** Where it is now; waits a little when it is still on its way. */
        JsonNode arrived() {
            return A.api().get(path() + "?nonce=" + nonce + "&known=RECEIVING&wait=1000");
        }
    }

    /** The memory as it is sent ahead, which has the whole of the domain's XML in front. */
    private static byte[] ahead(String xml) {
        byte[] ahead = memory.clone();
        byte[] header =
                SaveImageHeader.parse(memory, memory.length).orElseThrow().withXml(xml);
        System.arraycopy(header, 0, ahead, 0, header.length);
        return ahead;
    }

    private static String xml() {
        return new String(genuine.member("libvirt.xml"), StandardCharsets.UTF_8);
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(11).nextBytes(noise);
        return noise;
    }

    private static String at(String name) {
        return directory.resolve(name).toString();
    }
}
