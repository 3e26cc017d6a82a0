package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ImageId;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.EditInstance;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.PowerInstance;
import org.tresccad.instance.SnapshotInstance;
import org.tresccad.migration.MoveTerms;
import org.tresccad.rest.nova.json.Fields;

/** What can be done to a server, by the name it has in the body of a request. */
final class ServerActions {
    /** What Nova has and we have not: an answer that says so is better than "no such action". */
    private static final List<String> NOT_HERE = List.of(
            "addFixedIp",
            "addFloatingIp",
            "addSecurityGroup",
            "changePassword",
            "confirmResize",
            "createBackup",
            "evacuate",
            "injectNetworkInfo",
            "migrate",
            "os-getRDPConsole",
            "os-getSPICEConsole",
            "os-getSerialConsole",
            "os-getVNCConsole",
            "os-migrateLive",
            "os-resetState",
            "rebuild",
            "removeFixedIp",
            "removeFloatingIp",
            "removeSecurityGroup",
            "rescue",
            "resetNetwork",
            "resize",
            "revertResize",
            "shelve",
            "shelveOffload",
            "trigger_crash_dump",
            "unrescue",
            "unshelve");

    private final Servers servers;
    private final PowerInstance power;
    private final EditInstance editing;
    private final DeleteInstance deleting;
    private final Annotations annotations;
    private final InstanceFiles files;
    private final MoveRequests moves;
    private final SnapshotInstance snapshots;

    ServerActions(
            Servers servers,
            PowerInstance power,
            EditInstance editing,
            DeleteInstance deleting,
            Annotations annotations,
            InstanceFiles files,
            MoveRequests moves,
            SnapshotInstance snapshots) {
        this.servers = servers;
        this.power = power;
        this.editing = editing;
        this.deleting = deleting;
        this.annotations = annotations;
        this.files = files;
        this.moves = moves;
        this.snapshots = snapshots;
    }

    /** All of them. */
    Map<String, ServerAction> byName() {
        Map<String, ServerAction> actions = new HashMap<>();
        NOT_HERE.forEach(name -> actions.put(name, (request, server, arguments) -> {
            throw new TresccadException(
                    ErrorKind.NOT_IMPLEMENTED, "The action " + name + " is not implemented by this host.");
        }));
        actions.put("os-start", simple("start", power::start));
        actions.put("os-stop", simple("stop", power::stop));
        actions.put("pause", simple("pause", power::pause));
        actions.put("unpause", simple("unpause", power::unpause));
        actions.put("suspend", simple("suspend", power::suspend));
        actions.put("resume", simple("resume", power::resume));
        actions.put("forceDelete", simple("delete", deleting::delete));
        actions.put("lock", this::lock);
        actions.put("unlock", this::unlock);
        actions.put("reboot", this::reboot);
        actions.put("restore", this::undelete);
        actions.put("os-getConsoleOutput", this::console);
        actions.put("createImage", this::createImage);
        actions.put("tresccad:migrate", this::migrate);
        return actions;
    }

    private ServerAction simple(String name, UseCase useCase) {
        return (request, server, arguments) -> {
            if (!arguments.isNull() && !arguments.isObject()) {
                throw Fields.invalid("body", "has arguments that are neither null nor an object");
            }
            servers.ask(request, server, name, id -> useCase.run(request.caller(), id));
            return Response.accepted().build();
        };
    }

    private Response reboot(NovaRequest request, String server, JsonNode arguments) {
        Fields fields = Fields.of("reboot", arguments);
        fields.allowOnly(Set.of("type"));
        String type = fields.requiredText("type", 1, 8).toUpperCase(Locale.ROOT);
        UseCase useCase =
                switch (type) {
                    case "SOFT" -> power::softReboot;
                    case "HARD" -> power::hardReboot;
                    default -> throw Fields.invalid("type", "is neither SOFT nor HARD");
                };
        servers.ask(request, server, "reboot", id -> useCase.run(request.caller(), id));
        return Response.accepted().build();
    }

    /** 2.73 takes a reason. */
    private Response lock(NovaRequest request, String server, JsonNode arguments) {
        Optional<String> reason = Optional.empty();
        if (!arguments.isNull() && request.version().isAtLeast(73)) {
            Fields fields = Fields.of("lock", arguments);
            fields.allowOnly(Set.of("locked_reason"));
            reason = Optional.of(fields.requiredText("locked_reason", 1, 255));
        }
        Optional<String> given = reason;
        servers.ask(request, server, "lock", id -> {
            annotations.change(request.caller(), id, note -> note.withLockedReason(given));
            editing.setLocked(request.caller(), id, true);
        });
        return Response.accepted().build();
    }

    private Response unlock(NovaRequest request, String server, JsonNode arguments) {
        servers.ask(request, server, "unlock", id -> {
            editing.setLocked(request.caller(), id, false);
            annotations.change(request.caller(), id, note -> note.withLockedReason(Optional.empty()));
        });
        return Response.accepted().build();
    }

    /** Takes back a soft delete, which no server here ever is. */
    private Response undelete(NovaRequest request, String server, JsonNode arguments) {
        Instance instance = servers.get(request, server);
        throw new TresccadException(
                ErrorKind.CONFLICT, "Cannot 'restore' instance " + instance.id() + ": it is not soft-deleted.");
    }

    private Response console(NovaRequest request, String server, JsonNode arguments) {
        OptionalInt length = OptionalInt.empty();
        if (!arguments.isNull()) {
            Fields fields = Fields.of("os-getConsoleOutput", arguments);
            fields.allowOnly(Set.of("length"));
            length = fields.number("length", -1);
        }
        // Nova takes -1 for no limit.
        OptionalInt lines = length.isPresent() && length.getAsInt() < 0 ? OptionalInt.empty() : length;
        String output =
                ConsoleLog.tail(files.console(servers.get(request, server).id()), lines);
        return Response.ok(JsonNodeFactory.instance.objectNode().put("output", output))
                .build();
    }

    /** Until 2.44 the image is told in a header, from 2.45 on in the body. */
    private Response createImage(NovaRequest request, String server, JsonNode arguments) {
        Fields fields = Fields.of("createImage", arguments);
        fields.allowOnly(Set.of("name", "metadata"));
        String name = fields.requiredText("name", 1, 255);
        Map<String, String> metadata = fields.strings("metadata").orElse(Map.of());
        editing.checkMetadata(metadata);
        Instance instance = servers.get(request, server);
        ImageId image = snapshots.snapshot(request.caller(), instance.id(), name, metadata);
        servers.note(request, instance, "createImage");
        if (request.version().isAtLeast(45)) {
            return Response.accepted(JsonNodeFactory.instance.objectNode().put("image_id", image.toString()))
                    .build();
        }
        return Response.accepted()
                .location(URI.create(request.links().to("images/" + image)))
                .build();
    }

    private Response migrate(NovaRequest request, String server, JsonNode arguments) {
        Fields fields = Fields.of("tresccad:migrate", arguments);
        fields.allowOnly(Set.of("destination", "mode", "bandwidth", "interruption_seconds"));
        String destination = fields.requiredText("destination", 1, 255);
        String mode = fields.text("mode", 1, 32).orElse("auto");
        OptionalLong bandwidth =
                fields.number("bandwidth", 0).stream().asLongStream().findFirst();
        MoveTerms terms =
                new MoveTerms(bandwidth, fields.decimal("interruption_seconds").map(MoveTerms::interruption));
        servers.ask(
                request,
                server,
                "tresccad:migrate",
                id -> moves.request(request.caller(), id, destination, mode, terms));
        return Response.accepted().build();
    }

    /** A use case that needs nothing but who and what. */
    @FunctionalInterface
    private interface UseCase {
        void run(Caller caller, InstanceId id);
    }
}
