package org.tresccad.rest.tresccad;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Verdict;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.instance.Admission;
import org.tresccad.instance.AnswerClaim;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.ConcludeArrival;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Preflight;
import org.tresccad.instance.ReceivePackage;
import org.tresccad.job.Changes;
import org.tresccad.migration.peer.HandoverWire.ArrivalView;
import org.tresccad.migration.peer.HandoverWire.CheckView;
import org.tresccad.migration.peer.HandoverWire.ClaimRequest;
import org.tresccad.migration.peer.HandoverWire.NewestView;
import org.tresccad.migration.peer.HandoverWire.SupersededRequest;
import org.tresccad.migration.peer.HandoverWire.TellRequest;
import org.tresccad.migration.peer.HandoverWire.VerdictView;
import org.tresccad.rest.Authenticated;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Manifests;

/** What hosts say to each other about handovers: checks, claims at the home, verdicts at the target. */
@Path("tresccad/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class HandoversResource {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final int MANIFEST_BYTES = 1 << 20;

    private final Admission admission;
    private final AnswerClaim claims;
    private final Arrivals arrivals;
    private final ReceivePackage receiving;
    private final ConcludeArrival concluding;
    private final Changes changes;

    /** Wires it. */
    public HandoversResource(
            Admission admission,
            AnswerClaim claims,
            Arrivals arrivals,
            ReceivePackage receiving,
            ConcludeArrival concluding,
            Changes changes) {
        this.admission = admission;
        this.claims = claims;
        this.arrivals = arrivals;
        this.receiving = receiving;
        this.concluding = concluding;
        this.changes = changes;
    }

    /**
     * Whether the instance of this manifest can be resumed here, and what of its references is missing.
     *
     * @param reserve whether its room is promised to it for some minutes, for it is about to come
     * @param overlayBytes what its overlay takes on the disk
     */
    @POST
    @Path("checks")
    @Consumes(MediaType.APPLICATION_JSON)
    public CheckView check(
            @Context ContainerRequestContext request,
            @QueryParam("reserve") boolean reserve,
            @QueryParam("overlay_bytes") long overlayBytes,
            InputStream manifest)
            throws IOException {
        Caller caller = Authenticated.caller(request);
        byte[] json = manifest.readNBytes(MANIFEST_BYTES + 1);
        if (json.length > MANIFEST_BYTES) {
            throw new TresccadException(ErrorKind.TOO_LARGE, "A manifest has at most 1 MiB.");
        }
        Manifest wanted = Manifests.read(json);
        Preflight.Answer answer = reserve
                ? admission.reserve(
                        caller,
                        wanted,
                        Math.max(0, Math.min(overlayBytes, wanted.hardware().diskBytes())))
                : admission.check(caller, wanted);
        return new CheckView(answer.reasons(), answer.missing());
    }

    /** Who was promised room does not come. */
    @DELETE
    @Path("handovers/{lineage}/{epoch}/reservation")
    public void giveUp(
            @Context ContainerRequestContext request,
            @PathParam("lineage") String lineage,
            @PathParam("epoch") String number,
            @QueryParam("nonce") @Nullable String nonce) {
        Authenticated.caller(request).require(Role.MEMBER);
        InstanceId.parse(nonce == null ? "" : nonce)
                .ifPresent(known -> admission.giveUp(parse(lineage, number), known.value()));
    }

    /** Another host claims an epoch whose home is here. */
    @POST
    @Path("handovers/{lineage}/{epoch}/claim")
    @Consumes(MediaType.APPLICATION_JSON)
    public VerdictView claim(
            @Context ContainerRequestContext request,
            @PathParam("lineage") String lineage,
            @PathParam("epoch") String number,
            ClaimRequest claim) {
        return VerdictView.of(claims.claim(
                Authenticated.caller(request), parse(lineage, number), claim.nonce(), new Claimant(claim.claimant())));
    }

    /** Its owner gave this host up, and reclaimed the instance elsewhere. */
    @PUT
    @Path("handovers/{lineage}/{epoch}/superseded")
    @Consumes(MediaType.APPLICATION_JSON)
    public void superseded(
            @Context ContainerRequestContext request,
            @PathParam("lineage") String lineage,
            @PathParam("epoch") String number,
            SupersededRequest told) {
        claims.superseded(Authenticated.caller(request), parse(lineage, number), told.nonce(), told.epoch());
    }

    /** The highest decided epoch of a lineage that is known here, for who had the package of this one. */
    @GET
    @Path("handovers/{lineage}/{epoch}/newest")
    public NewestView newest(
            @Context ContainerRequestContext request,
            @PathParam("lineage") String lineage,
            @PathParam("epoch") String number,
            @QueryParam("nonce") @Nullable String nonce) {
        Epoch epoch = parse(lineage, number);
        UUID known = InstanceId.parse(nonce == null ? "" : nonce)
                .map(InstanceId::value)
                .orElseThrow(() -> unknown(epoch.toString()));
        return new NewestView(claims.newest(Authenticated.caller(request), epoch, known));
    }

    /**
     * What became of an epoch that came here.
     *
     * @param known the state the source knows of: the answer waits while it is the same
     * @param wait for how many milliseconds at most, 30,000 at the most
     */
    @GET
    @Path("handovers/{lineage}/{epoch}/arrival")
    public ArrivalView arrival(
            @Context ContainerRequestContext request,
            @PathParam("lineage") String lineage,
            @PathParam("epoch") String number,
            @QueryParam("nonce") @Nullable String nonce,
            @QueryParam("known") @Nullable String known,
            @QueryParam("wait") long wait)
            throws InterruptedException {
        Epoch epoch = parse(lineage, number);
        Arrival arrival = mine(request, epoch, nonce);
        concluding.heardOf(epoch);
        Duration patience = Duration.ofMillis(Math.max(0, Math.min(wait, LONGEST_WAIT.toMillis())));
        return view(changes.await(
                        () -> arrivals.find(epoch).filter(a -> !a.state().name().equals(known)), patience)
                .orElse(arrival));
    }

    /** The source tells the verdict; the answer comes when it is carried out. */
    @PUT
    @Path("handovers/{lineage}/{epoch}/arrival")
    @Consumes(MediaType.APPLICATION_JSON)
    public ArrivalView tell(
            @Context ContainerRequestContext request,
            @PathParam("lineage") String lineage,
            @PathParam("epoch") String number,
            TellRequest told) {
        Epoch epoch = parse(lineage, number);
        Authenticated.caller(request).require(Role.MEMBER);
        mine(request, epoch, told.nonce().toString());
        concluding.heardOf(epoch);
        if (told.verdict() instanceof Verdict.Withdrawn) {
            receiving.cancel(epoch, "the source took it back");
        }
        return view(concluding.told(epoch, told.nonce(), told.verdict()));
    }

    private Arrival mine(ContainerRequestContext request, Epoch epoch, @Nullable String nonce) {
        Caller caller = Authenticated.caller(request);
        return arrivals.find(epoch)
                .filter(a -> caller.sees(a.project()) && a.nonce().toString().equals(nonce))
                .orElseThrow(() -> unknown(epoch.toString()));
    }

    private ArrivalView view(Arrival arrival) {
        return new ArrivalView(
                arrival.state().name(),
                arrival.claimant().value(),
                arrival.instance().value(),
                receiving.receivedBytes(arrival.epoch()),
                arrival.error());
    }

    private static Epoch parse(String lineage, String number) {
        try {
            return new Epoch(new Lineage(UUID.fromString(lineage)), Long.parseLong(number));
        } catch (IllegalArgumentException e) {
            throw unknown(lineage + "/" + number);
        }
    }

    private static TresccadException unknown(String what) {
        return new TresccadException(ErrorKind.NOT_FOUND, "Handover " + what + " is not known here.");
    }
}
