package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** Extensions: how clients found out, before microversions, what a compute API can do. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ExtensionsResource {
    private static final Map<String, String> NAMES = names();

    /** All. */
    @GET
    @Path("v2.1/extensions")
    public ObjectNode list() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("extensions");
        NAMES.forEach((alias, name) -> list.add(view(alias, name)));
        return body;
    }

    /** One. */
    @GET
    @Path("v2.1/extensions/{alias}")
    public ObjectNode show(@PathParam("alias") String alias) {
        if (!NAMES.containsKey(alias)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "There is no extension " + alias + ".");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("extension", view(alias, NAMES.getOrDefault(alias, alias)));
        return body;
    }

    private static ObjectNode view(String alias, String name) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("alias", alias);
        view.put("name", name);
        view.put("description", name);
        view.put("namespace", "http://docs.openstack.org/compute/ext/fake_xml");
        view.put("updated", "2014-12-03T00:00:00Z");
        view.putArray("links");
        return view;
    }

    private static Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("OS-DCF", "DiskConfig");
        names.put("OS-EXT-AZ", "ExtendedAvailabilityZone");
        names.put("OS-EXT-IPS", "ExtendedIps");
        names.put("OS-EXT-IPS-MAC", "ExtendedIpsMac");
        names.put("OS-EXT-SRV-ATTR", "ExtendedServerAttributes");
        names.put("OS-EXT-STS", "ExtendedStatus");
        names.put("OS-FLV-DISABLED", "FlavorDisabled");
        names.put("OS-FLV-EXT-DATA", "FlavorExtraData");
        names.put("OS-SRV-USG", "ServerUsage");
        names.put("os-availability-zone", "AvailabilityZone");
        names.put("os-console-output", "ConsoleOutput");
        names.put("os-extended-volumes", "ExtendedVolumes");
        names.put("os-flavor-access", "FlavorAccess");
        names.put("os-flavor-extra-specs", "FlavorExtraSpecs");
        names.put("os-hypervisors", "Hypervisors");
        names.put("os-instance-actions", "InstanceActions");
        names.put("os-keypairs", "Keypairs");
        names.put("os-lock-server", "LockServer");
        names.put("os-migrations", "Migrations");
        names.put("os-pause-server", "PauseServer");
        names.put("os-quota-sets", "Quotas");
        names.put("os-security-groups", "SecurityGroups");
        names.put("os-server-start-stop", "ServerStartStop");
        names.put("os-services", "Services");
        names.put("os-suspend-server", "SuspendServer");
        names.put("os-tenant-networks", "OSTenantNetworks");
        names.put("os-user-data", "UserData");
        names.put("tresccad-migrate", "TresccadMigrate");
        names.put("tresccad-packages", "TresccadPackages");
        return names;
    }
}
