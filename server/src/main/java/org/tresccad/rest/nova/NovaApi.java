package org.tresccad.rest.nova;

import java.time.Clock;
import java.util.List;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.image.Images;
import org.tresccad.instance.ActionLog;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.BootInstance;
import org.tresccad.instance.Capacity;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.EditInstance;
import org.tresccad.instance.Flavors;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.Instances;
import org.tresccad.instance.KeyPairs;
import org.tresccad.instance.PowerInstance;
import org.tresccad.instance.Quotas;
import org.tresccad.instance.SnapshotInstance;
import org.tresccad.network.Network;
import org.tresccad.rest.nova.json.Site;

/** Puts the compute API together. */
public final class NovaApi {
    private NovaApi() {}

    /** What can be done to instances. */
    public record UseCases(
            BootInstance boot,
            PowerInstance power,
            EditInstance edit,
            DeleteInstance delete,
            SnapshotInstance snapshot) {}

    /** What is known about instances. */
    public record Records(
            Instances instances, Annotations annotations, ActionLog log, Flavors flavors, KeyPairs keyPairs) {}

    /** The host they run on. */
    public record Host(
            Hypervisor hypervisor,
            Network network,
            Images images,
            InstanceFiles files,
            Capacity capacity,
            Quotas quotas) {}

    /** What only migration and packages know. */
    public record Extensions(MoveRequests moves, PackageRequests packages) {}

    /**
     * The resources and filters of the compute API, to be registered beside those of the other APIs.
     *
     * @param site what the host is called
     */
    public static List<Object> resources(
            UseCases useCases, Records records, Host host, Extensions extensions, Site site, Clock clock) {
        Servers servers = new Servers(records.instances(), records.annotations(), host.network(), records.log(), site);
        ServerActions actions = new ServerActions(
                servers,
                useCases.power(),
                useCases.edit(),
                useCases.delete(),
                records.annotations(),
                host.files(),
                extensions.moves(),
                useCases.snapshot());
        return List.of(
                new MicroversionFilter(),
                new ProjectInPath(),
                new ProjectCheck(),
                new VersionsResource(),
                new FlavorsResource(records.flavors()),
                new FlavorSpecsResource(records.flavors()),
                new KeyPairsResource(records.keyPairs(), host.quotas(), clock),
                new ServersResource(
                        servers,
                        useCases.boot(),
                        useCases.edit(),
                        useCases.delete(),
                        records.annotations(),
                        records.flavors(),
                        site),
                new ServerActionsResource(servers, actions.byName()),
                new ServerMetadataResource(servers, useCases.edit()),
                new ServerTagsResource(servers, records.annotations()),
                new ServerNetworkResource(servers, site),
                new InstanceActionsResource(servers, records.log()),
                new MigrationsResource(extensions.moves()),
                new ServerMigrationsResource(servers, extensions.moves()),
                new PackagesResource(servers, records.instances(), extensions.packages()),
                new LimitsResource(records.instances(), host.quotas()),
                new QuotaSetsResource(records.instances(), host.quotas()),
                new AvailabilityZonesResource(site, clock),
                new ExtensionsResource(),
                new TenantNetworksResource(host.network(), site),
                new SecurityGroupsResource(),
                new ServicesResource(site, clock),
                new HypervisorsResource(host.hypervisor(), records.instances(), host.capacity(), site),
                new ImagesProxyResource(host.images()));
    }
}
