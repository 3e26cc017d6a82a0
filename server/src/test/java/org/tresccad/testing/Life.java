package org.tresccad.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.Admission;
import org.tresccad.instance.AnswerClaim;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.BlankDisk;
import org.tresccad.instance.ConcludeArrival;
import org.tresccad.instance.EndArrival;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.LegacyPackages;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.Preflight;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.instance.ReceivePackage;
import org.tresccad.instance.ReconcileInstances;
import org.tresccad.instance.RestoreInstance;
import org.tresccad.instance.SaveInstance;
import org.tresccad.instance.UnpackInstance;
import org.tresccad.job.Changes;
import org.tresccad.job.Measurements;
import org.tresccad.migration.CheckMove;
import org.tresccad.migration.Inbox;
import org.tresccad.migration.MoveEngine;
import org.tresccad.migration.MoveInstance;
import org.tresccad.migration.MoveToCloud;
import org.tresccad.migration.Moves;
import org.tresccad.migration.PrepareMove;
import org.tresccad.migration.ReclaimInstance;
import org.tresccad.migration.SendAhead;
import org.tresccad.migration.SendInstance;
import org.tresccad.migration.SettleMove;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageWriter;

/** One life of a daemon, from its start to its end: the use cases of the handover, wired as the daemon does. */
public final class Life {
    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final Duration PREPARE_TIMEOUT = Duration.ofMinutes(1);

    public final Changes changes = new Changes();
    public final Failpoints points = new Failpoints(changes::raise);
    public final TestingHost host;
    public final Arrivals arrivals;
    public final Admission admission;
    public final PackInstance pack;
    public final SaveInstance save;
    public final RestoreInstance restore;
    public final ReceivePackage receive;
    public final ConcludeArrival conclude;
    public final AnswerClaim claims;
    public final Moves moves;
    public final MoveInstance move;
    public final CheckMove check;
    public final ReclaimInstance reclaim;
    public final MoveEngine engine;
    public final Inbox inbox;
    private final FreezeInstance freeze;
    private final ReconcileInstances reconcile;
    private final ExecutorService listener = Executors.newCachedThreadPool();

    Life(MortalHost self) {
        Database database = self.database.observedBy(points);
        host = new TestingHost(
                self.directory,
                self.domains.reconnected(points),
                database,
                self.contents.reopened(database),
                new MortalImages(self.images, points));
        arrivals = new Arrivals(database);
        moves = new Moves(database);
        TestingInternet.Clouds clouds = self.internet.cloudsOf(self, points);
        pack = new PackInstance(
                host.hypervisor,
                host.contents,
                host.network,
                host.files,
                new PackageWriter(self.workers),
                new Manifest.Home("tresccad", self.hostId, self.name),
                "tresccad test",
                host.clock);
        freeze = new FreezeInstance(
                database,
                host.instances,
                host.register,
                host.hypervisor,
                host.specs,
                host.files,
                host.actions,
                host.quarantine,
                host.reclaims,
                host.locks,
                host.standStill,
                host.jobs,
                host.clock);
        PrepareGuest telling = host.prepareGuest(PAUSE, PAUSE);
        save = new SaveInstance(
                host.instances,
                host.actions,
                telling,
                freeze,
                pack,
                host.delete,
                host.capacity,
                host.images,
                host.jobs);
        Preflight preflight = host.preflight(database, false);
        admission = new Admission(
                preflight,
                host.capacity,
                host.quotas,
                host.reservations,
                host.instances,
                arrivals,
                host.register,
                clouds,
                database,
                self.hostId,
                self.name);
        UnpackInstance unpack = new UnpackInstance(
                database,
                host.instances,
                host.contents,
                host.overlays,
                host.network,
                host.hypervisor,
                host.specs,
                host.files,
                preflight,
                host.shared,
                host.kept,
                host.jobs);
        EndArrival ending = new EndArrival(
                database,
                host.instances,
                arrivals,
                host.quarantine,
                clouds,
                host.hypervisor,
                host.network,
                host.specs,
                unpack,
                host.delete,
                host.files,
                host.residues,
                host.images,
                host.actions,
                host.standStill,
                host.jobs,
                host.clock,
                changes,
                self.hostId);
        conclude = new ConcludeArrival(
                database,
                host.instances,
                arrivals,
                host.register,
                host.reclaims,
                clouds,
                host.hypervisor,
                unpack,
                ending,
                host.locks,
                host.jobs,
                host.clock,
                PAUSE,
                self.hostId);
        receive = new ReceivePackage(
                database,
                arrivals,
                host.images,
                admission,
                unpack,
                conclude,
                ending,
                host.residues,
                host.locks,
                host.jobs,
                host.clock,
                changes);
        restore = new RestoreInstance(
                database,
                host.instances,
                arrivals,
                host.images,
                host.contents,
                host.network,
                host.flavors,
                admission,
                new LegacyPackages(
                        database,
                        host.register,
                        host.images,
                        host.capacity,
                        PackageLimits.STANDARD,
                        self.hostId,
                        self.name),
                new BlankDisk(host.contents),
                receive,
                PackageLimits.STANDARD,
                self.workers,
                host.clock,
                self.hostId);
        inbox = new Inbox(
                self.name,
                () -> self.internet.boxesFor(self, points),
                host.images,
                arrivals,
                host.instances,
                host.delete,
                restore,
                clouds,
                PackageLimits.STANDARD,
                self.workers,
                host.jobs,
                PAUSE,
                host.clock);
        claims = new AnswerClaim(database, host.register, host.instances, arrivals, host.quarantine);
        reconcile = new ReconcileInstances(
                host.instances, host.actions, host.delete, host.hypervisor, host.files, host.contents, host.locks);
        MoveToCloud toCloud = new MoveToCloud(database, moves, host.register, clouds, PAUSE, host.clock);
        SettleMove settle = new SettleMove(
                database,
                host.instances,
                moves,
                host.register,
                freeze,
                host.delete,
                clouds,
                host.reclaims,
                host.quarantine,
                toCloud,
                host.jobs,
                PAUSE,
                host.clock);
        engine = new MoveEngine(
                host.instances,
                moves,
                clouds,
                new PrepareMove(host.instances, pack, host.contents, host.shared, host.files, host.capacity, moves),
                new SendInstance(
                        database,
                        host.instances,
                        moves,
                        new SendAhead(host.hypervisor, host.files),
                        telling,
                        freeze,
                        pack,
                        host.register,
                        settle,
                        toCloud,
                        host.jobs,
                        new SendInstance.Patience(PREPARE_TIMEOUT, PREPARE_TIMEOUT),
                        Measurements.NONE,
                        host.clock),
                settle,
                toCloud,
                host.locks,
                host.jobs,
                PREPARE_TIMEOUT,
                Measurements.NONE,
                host.clock);
        reclaim = new ReclaimInstance(host.instances, arrivals, moves, conclude, settle, host.locks);
        check = new CheckMove(host.instances, clouds, pack, host.contents, host.capacity);
        move = new MoveInstance(host.instances, moves, clouds, engine, 0, host.clock);
    }

    /** What the daemon does before its listeners open. */
    public void recover() {
        reconcile.reconcile();
        save.recover();
        conclude.recover();
        engine.recover();
        freeze.retry();
        host.standStill.recover();
    }

    /** What the daemon does every few seconds. */
    public void keepHouse() {
        reconcile.catchUp();
        receive.retry();
        conclude.retry();
        engine.retry();
        freeze.retry();
        host.quarantine.retry();
    }

    /**
     * Serves a request in a thread of this host.
     *
     * @throws TresccadException as the request does; UNAVAILABLE when this life ends before the answer
     */
    <T> T serve(Callable<T> request) {
        try {
            points.check();
            return listener.submit(request).get();
        } catch (Failpoints.Died | RejectedExecutionException e) {
            throw new TresccadException(ErrorKind.UNAVAILABLE, "The host is down.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TresccadException(ErrorKind.UNAVAILABLE, "The wait for the host was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TresccadException known) {
                throw known;
            }
            throw new TresccadException(ErrorKind.UNAVAILABLE, "The host failed: " + e.getCause(), e);
        }
    }

    /** Ends this life and waits until no thread of it does anything any more. */
    void end() {
        points.die();
        host.jobs.close();
        listener.shutdownNow();
        try {
            if (!listener.awaitTermination(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a request does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
