package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.Annotation;
import org.tresccad.instance.Fault;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceSpec;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.network.Port;

/**
 * A server: an instance as Nova shows it, with the keys that Nova has and no other.
 *
 * <pre>{@code
 * {"id": "...", "name": "one", "status": "ACTIVE", "tenant_id": "...", "user_id": "...", "metadata": {},
 *  "hostId": "...", "image": {"id": "...", "links": [...]}, "flavor": {"id": "1", "links": [...]},
 *  "created": "2026-02-03T10:20:30Z", "updated": "2026-02-03T10:20:32Z",
 *  "addresses": {"private": [{"version": 4, "addr": "10.99.0.2", "OS-EXT-IPS:type": "fixed",
 *                             "OS-EXT-IPS-MAC:mac_addr": "52:54:00:12:34:56"}]},
 *  "OS-EXT-STS:task_state": null, "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, ...}
 * }</pre>
 */
public final class ServerView {
    private final Site site;
    private final Links links;
    private final Microversion version;
    private final boolean isForAdmin;

    /** Views for one request. */
    public ServerView(Site site, Links links, Microversion version, boolean isForAdmin) {
        this.site = site;
        this.links = links;
        this.version = version;
        this.isForAdmin = isForAdmin;
    }

    /**
     * An instance with what others know about it.
     *
     * @param port empty when it has no network card
     */
    public record Subject(Instance instance, Annotation annotation, Optional<Port> port) {}

    /** Id, name and links, as in a short list. */
    public ObjectNode brief(Instance instance) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", instance.id().toString());
        view.put("name", instance.name());
        view.set("links", links.selfAndBookmark("servers/" + instance.id()));
        return view;
    }

    /** Everything, as in a detailed list. */
    public ObjectNode detail(Subject subject) {
        ObjectNode view = core(subject);
        addStatus(view, subject.instance());
        addPlace(view, subject.instance());
        addAccessories(view, subject);
        return view;
    }

    /** Everything, as for one server. */
    public ObjectNode show(Subject subject) {
        ObjectNode view = detail(subject);
        if (version.isAtLeast(71)) {
            view.putArray("server_groups");
        }
        return view;
    }

    /** What a change of the server answers: everything from 2.75 on, the core before. */
    public ObjectNode updated(Subject subject) {
        if (version.isAtLeast(75)) {
            return show(subject);
        }
        ObjectNode view = core(subject);
        addNotes(view, subject);
        if (version.isAtLeast(71)) {
            view.putArray("server_groups");
        }
        return view;
    }

    /** What a create answers: little, because nothing else is decided. */
    public ObjectNode created(Instance instance, String password) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", instance.id().toString());
        view.set("links", links.selfAndBookmark("servers/" + instance.id()));
        view.put("OS-DCF:diskConfig", "MANUAL");
        view.set("security_groups", securityGroups());
        view.put("adminPass", password);
        return view;
    }

    /** The addresses by network; with type and MAC unless {@code isPlain}. */
    public ObjectNode addresses(Optional<Port> port, boolean isPlain) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        port.ifPresent(p -> {
            ObjectNode address = view.putArray(site.networkName()).addObject();
            address.put("version", 4);
            address.put("addr", p.address().toString());
            if (!isPlain) {
                address.put("OS-EXT-IPS:type", "fixed");
                address.put("OS-EXT-IPS-MAC:mac_addr", p.mac().toString());
            }
        });
        return view;
    }

    private ObjectNode core(Subject subject) {
        Instance instance = subject.instance();
        ObjectNode view = brief(instance);
        view.put("status", ServerStatus.of(instance).name());
        view.put("tenant_id", instance.project().value());
        view.put("user_id", instance.user().value());
        view.set("metadata", FlavorView.strings(instance.metadata()));
        view.put("hostId", hostId(instance.project()));
        instance.spec()
                .image()
                .ifPresentOrElse(
                        image -> view.putObject("image")
                                .put("id", image.toString())
                                .set("links", links.bookmark("images/" + image)),
                        () -> view.put("image", ""));
        view.set("flavor", FlavorView.inServer(instance.spec().flavor(), version, links));
        view.put("created", Times.seconds(instance.createdAt()));
        view.put("updated", Times.seconds(instance.updatedAt()));
        view.set("addresses", addresses(subject.port(), true));
        view.put("accessIPv4", subject.annotation().accessIpv4().orElse(""));
        view.put("accessIPv6", subject.annotation().accessIpv6().orElse(""));
        view.put("OS-DCF:diskConfig", "MANUAL");
        if (ServerStatus.of(instance).hasProgress()) {
            view.put("progress", instance.status() == InstanceStatus.BUILD ? 0 : 100);
        }
        instance.fault().ifPresent(fault -> addFault(view, fault));
        return view;
    }

    private static void addFault(ObjectNode view, Fault fault) {
        ObjectNode json = view.putObject("fault");
        json.put("code", fault.code());
        json.put("created", Times.seconds(fault.createdAt()));
        json.put("message", fault.message());
    }

    private void addStatus(ObjectNode view, Instance instance) {
        instance.task()
                .ifPresentOrElse(
                        task -> view.put("OS-EXT-STS:task_state", task.wireName()),
                        () -> view.putNull("OS-EXT-STS:task_state"));
        view.put("OS-EXT-STS:vm_state", ServerStatus.vmState(instance.status()));
        view.put("OS-EXT-STS:power_state", ServerStatus.powerState(instance.status()));
        instance.launchedAt()
                .ifPresentOrElse(
                        time -> view.put("OS-SRV-USG:launched_at", Times.micros(time)),
                        () -> view.putNull("OS-SRV-USG:launched_at"));
        view.putNull("OS-SRV-USG:terminated_at");
    }

    private void addPlace(ObjectNode view, Instance instance) {
        view.put("OS-EXT-AZ:availability_zone", site.zone());
        if (!isForAdmin) {
            return;
        }
        view.put("OS-EXT-SRV-ATTR:host", site.host());
        view.put("OS-EXT-SRV-ATTR:instance_name", instance.domain().value());
        view.put("OS-EXT-SRV-ATTR:hypervisor_hostname", site.host());
        if (version.isAtLeast(3)) {
            InstanceSpec spec = instance.spec();
            view.put("OS-EXT-SRV-ATTR:hostname", spec.hostname());
            view.put("OS-EXT-SRV-ATTR:launch_index", 0);
            view.put("OS-EXT-SRV-ATTR:root_device_name", "/dev/vda");
            view.put("OS-EXT-SRV-ATTR:kernel_id", "");
            view.put("OS-EXT-SRV-ATTR:ramdisk_id", "");
            spec.userData()
                    .ifPresentOrElse(
                            data -> view.put("OS-EXT-SRV-ATTR:user_data", data),
                            () -> view.putNull("OS-EXT-SRV-ATTR:user_data"));
        }
        if (version.isAtLeast(16)) {
            view.put("host_status", "UP");
        }
    }

    private void addAccessories(ObjectNode view, Subject subject) {
        Instance instance = subject.instance();
        view.set("addresses", addresses(subject.port(), false));
        instance.spec().key().ifPresentOrElse(key -> view.put("key_name", key.name()), () -> view.putNull("key_name"));
        view.put("config_drive", "");
        view.set("security_groups", securityGroups());
        view.putArray("os-extended-volumes:volumes_attached");
        if (isForAdmin && version.isAtLeast(3)) {
            view.put(
                    "OS-EXT-SRV-ATTR:reservation_id",
                    subject.annotation()
                            .reservation()
                            .orElse("r-" + instance.id().toString().substring(0, 8)));
        }
        addNotes(view, subject);
    }

    private void addNotes(ObjectNode view, Subject subject) {
        if (version.isAtLeast(9)) {
            view.put("locked", subject.instance().isLocked());
        }
        if (version.isAtLeast(19)) {
            subject.annotation()
                    .description()
                    .ifPresentOrElse(text -> view.put("description", text), () -> view.putNull("description"));
        }
        if (version.isAtLeast(26)) {
            ArrayNode tags = view.putArray("tags");
            subject.annotation().tags().forEach(tags::add);
        }
        if (version.isAtLeast(63)) {
            view.putNull("trusted_image_certificates");
        }
        if (version.isAtLeast(73)) {
            subject.annotation()
                    .lockedReason()
                    .filter(reason -> subject.instance().isLocked())
                    .ifPresentOrElse(reason -> view.put("locked_reason", reason), () -> view.putNull("locked_reason"));
        }
    }

    private static ArrayNode securityGroups() {
        ArrayNode groups = JsonNodeFactory.instance.arrayNode();
        groups.addObject().put("name", "default");
        return groups;
    }

    /** As Nova makes it: the same for all servers of one project on one host, and telling neither. */
    private String hostId(ProjectId project) {
        try {
            byte[] text = (project.value() + site.host()).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-224").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
