package org.tresccad.rest.guest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.metadata.MigrationPolicy;
import org.tresccad.metadata.MigrationPolicy.Refusal;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveMode;
import org.tresccad.migration.Moves;
import org.tresccad.migration.Prediction;
import org.tresccad.rest.guest.json.DestinationsView;

/** Where a guest could go, and what that would cost. */
@Path("tresccad/v1/destinations")
public final class DestinationsResource {
    private final RecentProbes probes;
    private final MigrationPolicy policy;
    private final Moves moves;
    private final InstanceFiles files;

    /** Wires it. */
    public DestinationsResource(RecentProbes probes, MigrationPolicy policy, Moves moves, InstanceFiles files) {
        this.probes = probes;
        this.policy = policy;
        this.moves = moves;
        this.files = files;
    }

    /** The destinations of the guest's project. */
    @GET
    public Response list(@Context ContainerRequestContext request) {
        Instance instance = CallingGuest.of(request).instance();
        DestinationsView view = new DestinationsView(probes.of(instance.project()).stream()
                .map(destination -> entry(instance, destination))
                .toList());
        return Response.ok(view, MediaType.APPLICATION_JSON_TYPE).build();
    }

    private DestinationsView.Entry entry(Instance instance, Destination destination) {
        Optional<Refusal> refusal = policy.refusal(instance, destination.name());
        Optional<String> reason = refusal.map(Refusal::reason)
                .or(() -> destination.isReachable() ? Optional.empty() : Optional.of(destination.reason()));
        return new DestinationsView.Entry(
                destination.name(),
                destination.kind(),
                destination.isReachable(),
                refusal.isEmpty(),
                reason,
                predicted(instance, destination));
    }

    /** Nothing before a move there was measured: by the guest's size alone it is not told what to expect. */
    private Optional<DestinationsView.Predicted> predicted(Instance instance, Destination destination) {
        List<Move> earlier = moves.done(instance.project(), destination.name(), Prediction.LATEST);
        if (earlier.stream().noneMatch(move -> move.figures().interruption().isPresent())) {
            return Optional.empty();
        }
        Prediction.Load load = new Prediction.Load(
                files.diskBytes(instance.id()), instance.spec().flavor().memoryMib(), false);
        // An OpenStack restores nothing but packages.
        Prediction prediction = destination.kind().equals(Destination.OPENSTACK)
                ? Prediction.of(MoveMode.PACKAGE, load, earlier)
                : Prediction.best(instance.status() == InstanceStatus.ACTIVE, load, earlier);
        return Optional.of(new DestinationsView.Predicted(
                prediction.interruption().toMillis() / 1e3, prediction.total().toMillis() / 1e3));
    }
}
