package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.Image;
import org.tresccad.instance.Instance;
import org.tresccad.instance.Preflight;
import org.tresccad.network.MacAddress;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingInternet.Fate;

/** Whether a guest could be moved: asked of a host that is really asked, with nothing moved. */
class CheckMoveTest {
    private MortalHosts hosts;
    private MortalHost a;
    private MortalHost b;
    private Instance guest;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        a = hosts.a;
        b = hosts.b;
        guest = hosts.boot(a);
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aGuestThatCanBeMovedRunsOnUntouched() {
        CheckMove.Outcome outcome = check(TestingHost.MEMBER, "b");
        assertThat(outcome.reasons()).isEmpty();
        assertThat(outcome.isPossible()).isTrue();
        assertThat(outcome.sendsBase()).isFalse();
        hosts.assertOneRuns("the check", guest);
        assertThat(a.life().moves.all()).isEmpty();
    }

    @Test
    void aBaseImageThatIsNotThereIsSentByTheMove() {
        // Its content stays, as when another project has it in a private image: that counts for nothing.
        b.images.discard(b.base);
        CheckMove.Outcome outcome = check(TestingHost.MEMBER, "b");
        assertThat(outcome.isPossible()).isTrue();
        assertThat(outcome.sendsBase()).isTrue();
        assertThat(b.packages()).isEmpty();

        hosts.move(a, b, guest);
        hosts.awaitQuiet("the move");
        assertThat(hosts.owner(guest)).isSameAs(b);
        assertThat(b.packages())
                .extracting(Image::name)
                .singleElement()
                .asString()
                .startsWith("base-");
    }

    @Test
    void everyReasonIsToldAtOnce() {
        MacAddress mac =
                a.life().host.network.portOf(guest.holder()).orElseThrow().mac();
        b.life().host.database.execute(transaction -> b.life()
                .host
                .network
                .allocate(transaction, "somebody", "somebody", Optional.of(mac), Optional.empty()));
        a.domains.losePower();
        a.life().keepHouse();
        assertThat(check(TestingHost.MEMBER, "b").reasons())
                .extracting(Preflight.Reason::subject)
                .containsExactly(CheckMove.STATE, "network");
    }

    @Test
    void aDestinationThatDoesNotAnswerIsAReason() {
        hosts.internet.decide(number -> Fate.REQUEST_LOST);
        CheckMove.Outcome outcome = check(TestingHost.MEMBER, "b");
        assertThat(outcome.isPossible()).isFalse();
        assertThat(outcome.reasons()).extracting(Preflight.Reason::subject).containsExactly(CheckMove.DESTINATION);
    }

    @Test
    void onlyTheOwnersMayAskAndOnlyForWhatThereIs() {
        assertThat(kindOf(TestingHost.STRANGER, "b")).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(TestingHost.READER, "b")).isEqualTo(ErrorKind.FORBIDDEN);
        assertThat(kindOf(TestingHost.MEMBER, "nowhere")).isEqualTo(ErrorKind.BAD_REQUEST);
        assertThat(hosts.internet.sent()).isEqualTo(List.of());
    }

    private CheckMove.Outcome check(Caller caller, String destination) {
        return a.life().check.check(caller, guest.id(), destination);
    }

    private ErrorKind kindOf(Caller caller, String destination) {
        ErrorKind[] kind = new ErrorKind[1];
        assertThatThrownBy(() -> check(caller, destination))
                .isInstanceOfSatisfying(TresccadException.class, e -> kind[0] = e.kind());
        return kind[0];
    }
}
