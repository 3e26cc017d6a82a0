package org.tresccad.rest.nova.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ImageId;
import org.tresccad.instance.ActionLog;
import org.tresccad.instance.Annotation;
import org.tresccad.instance.Fault;
import org.tresccad.instance.Flavor;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.InstanceSpec;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.KeyPair;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.Port;
import org.tresccad.network.PortId;
import org.tresccad.rest.Json;
import org.tresccad.rest.nova.MoveView;

/**
 * Every view at the microversions that change it, against a sample kept in {@code src/test/resources}: a change of a
 * shape is a change of a file that a reviewer sees.
 */
class GoldenViewsTest {
    private static final UUID ID = UUID.fromString("11111111-2222-4333-8444-555555555555");
    private static final Instant TIME = Instant.parse("2026-02-03T10:20:30.123456Z");
    private static final Flavor FLAVOR = new Flavor("1", "m1.tiny", 1, 512, 1, true, Map.of("hw:boot_menu", "true"));
    private static final ProjectId PROJECT = new ProjectId("a".repeat(32));
    private static final UserId USER = new UserId("b".repeat(32));
    private static final Links LINKS = new Links("http://host:8774");

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 9, 16, 19, 26, 47, 63, 71, 73, 75, 79})
    void viewsAreAsTheSamplesSay(int minor) throws IOException {
        Microversion version = new Microversion(minor);
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        ServerView.Subject subject = new ServerView.Subject(server(), note(), Optional.of(port()));
        ServerView view = new ServerView(new Site("here", "nova", "private"), LINKS, version, false);
        all.set("server", view.show(subject));
        all.set("server in a list", view.detail(subject));
        all.set("server in a short list", view.brief(subject.instance()));
        all.set("server after a change", view.updated(subject));
        all.set("server just made", view.created(subject.instance(), "secret"));
        all.set(
                "server for an admin",
                new ServerView(new Site("here", "nova", "private"), LINKS, version, true).show(subject));
        all.set(
                "server that failed, bare",
                view.show(new ServerView.Subject(failed(), Annotation.NONE, Optional.empty())));
        all.set("flavor", FlavorView.detail(FLAVOR, version, LINKS));
        all.set("flavor in a short list", FlavorView.brief(FLAVOR, version, LINKS));
        KeyPair key = new KeyPair("mine", "ssh-ed25519 AAAA me", "aa:bb", TIME);
        all.set("key pair in a list", KeyPairView.listed(key, version));
        all.set("key pair just made", KeyPairView.created(key, USER, Optional.of("PEM"), version));
        all.set("key pair", KeyPairView.shown(key, USER, version));
        ActionLog.Entry entry = new ActionLog.Entry("req-1", new InstanceId(ID), PROJECT, USER, "stop", TIME);
        all.set("action in a list", ActionView.listed(entry, version));
        all.set("action", ActionView.shown(entry, version, false));
        all.set("migration that runs", MigrationView.running(move(), version));
        all.set("migration in a list", MigrationView.listed(move(), version, LINKS));
        assertThat(all.toPrettyString())
                .isEqualTo(sample("views-2." + minor + ".json").toPrettyString());
    }

    private static JsonNode sample(String name) throws IOException {
        try (InputStream in = GoldenViewsTest.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("there is no sample " + name);
            }
            return Json.mapper().readTree(in);
        }
    }

    private static Instance server() {
        return new Instance(
                new InstanceId(ID),
                new Epoch(new Lineage(ID), 0),
                PROJECT,
                USER,
                "one",
                Map.of("role", "web"),
                new InstanceSpec(
                        "one",
                        FLAVOR,
                        Optional.of(new ImageId(ID)),
                        new ContentDigest("c".repeat(128)),
                        1L << 30,
                        Optional.empty(),
                        Optional.of(new InstanceSpec.Key("mine", "ssh-ed25519 AAAA me")),
                        Optional.of("dXNlcg=="),
                        new Platform(VirtType.QEMU, "x86_64", "pc-i440fx-7.2", CpuModel.of("qemu64"))),
                ID,
                InstanceStatus.ACTIVE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                TIME,
                TIME.plusSeconds(5),
                Optional.of(TIME.plusSeconds(5)));
    }

    private static Instance failed() {
        Instance whole = server();
        InstanceSpec spec = whole.spec();
        return new Instance(
                whole.id(),
                whole.epoch(),
                PROJECT,
                USER,
                "one",
                Map.of(),
                new InstanceSpec(
                        spec.hostname(),
                        FLAVOR,
                        Optional.empty(),
                        spec.base(),
                        spec.diskBytes(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        spec.platform()),
                ID,
                InstanceStatus.ERROR,
                Optional.empty(),
                Optional.of(new Fault("No room.", 500, TIME)),
                Optional.empty(),
                false,
                TIME,
                TIME,
                Optional.empty());
    }

    private static Annotation note() {
        return new Annotation(
                Optional.of("the first"),
                Optional.of("192.0.2.1"),
                Optional.of("2001:db8::1"),
                new TreeSet<>(List.of("blue", "old")),
                Optional.of("careful"),
                Optional.of("r-12345678"));
    }

    private static Port port() {
        return new Port(
                new PortId(ID),
                ID.toString(),
                new MacAddress("52:54:00:12:34:56"),
                Ipv4.parse("10.99.0.2"),
                "one",
                "tap1");
    }

    private static MoveView move() {
        return new MoveView(
                ID,
                7,
                new InstanceId(ID),
                "running",
                "here",
                "edge",
                "package",
                true,
                4096,
                OptionalLong.of(1 << 20),
                TIME,
                TIME);
    }
}
