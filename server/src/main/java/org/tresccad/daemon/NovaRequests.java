package org.tresccad.daemon;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ImageId;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.RestoreInstance;
import org.tresccad.instance.SaveInstance;
import org.tresccad.job.Progress;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveEngine;
import org.tresccad.migration.MoveInstance;
import org.tresccad.migration.MoveMode;
import org.tresccad.migration.MoveTerms;
import org.tresccad.rest.nova.MoveRequests;
import org.tresccad.rest.nova.MoveView;
import org.tresccad.rest.nova.PackageRequests;

/** What the compute API asks of moves and packages, answered by the use cases. */
record NovaRequests(
        MoveInstance moving, MoveEngine engine, SaveInstance saving, RestoreInstance restoring, String hostName)
        implements MoveRequests, PackageRequests {

    @Override
    public MoveView request(Caller caller, InstanceId instance, String destination, String mode, MoveTerms terms) {
        MoveMode parsed = MoveMode.parse(mode)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.BAD_REQUEST, "There is no mode '" + mode + "'; use auto, package or warm."));
        // Whoever asks over the API is not the guest: nothing has to wait for its connection.
        return view(moving.request(
                caller,
                instance,
                destination,
                parsed,
                Move.Origin.API,
                terms,
                CompletableFuture.completedFuture(true)));
    }

    @Override
    public List<MoveView> running(Caller caller, InstanceId instance) {
        return moving.list(caller).stream()
                .filter(m -> m.instance().equals(instance) && !m.state().isFinal())
                .map(this::view)
                .toList();
    }

    @Override
    public List<MoveView> all(Caller caller, Filter filter) {
        return moving.list(caller).stream()
                .filter(m ->
                        filter.instance().filter(id -> !id.equals(m.instance())).isEmpty())
                .map(this::view)
                .filter(v -> filter.status()
                        .filter(status -> !status.equals(v.status()))
                        .isEmpty())
                .toList();
    }

    @Override
    public ImageId save(Caller caller, InstanceId instance) {
        return saving.save(caller, instance);
    }

    @Override
    public InstanceId restore(Caller caller, ImageId image, Optional<String> name, ArrivalKind kind) {
        Instance restored = restoring.restore(caller, image, name, kind);
        return restored.id();
    }

    private MoveView view(Move move) {
        Optional<Progress> progress = engine.progress(move.id());
        return new MoveView(
                move.id().value(),
                moving.number(move.id()),
                move.instance(),
                status(move),
                hostName,
                move.destination(),
                move.mode().wireName(),
                !move.state().isFinal(),
                progress.map(Progress::doneBytes).orElse(move.figures().bytesSent()),
                progress.map(Progress::totalBytes).orElse(OptionalLong.empty()),
                move.startedAt(),
                move.endedAt().orElse(move.startedAt()));
    }

    private static String status(Move move) {
        return switch (move.state()) {
            case REQUESTED -> "accepted";
            case CHECKED -> "preparing";
            case SENDING_AHEAD, FROZEN, CLAIMED -> "running";
            case DONE -> "completed";
            case WITHDRAWN ->
                move.error().filter(e -> e.startsWith("Cancelled")).isPresent() ? "cancelled" : "failed";
            case FAILED -> "failed";
        };
    }
}
