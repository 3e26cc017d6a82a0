package org.tresccad.client.handover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.handover.Decision.Claimed;
import org.tresccad.client.handover.Decision.Unreadable;
import org.tresccad.client.handover.Decision.Withdrawn;
import org.tresccad.client.image.Change;

/** What a register in an image service must do, whatever service it is. */
abstract class RegisterContract {
    private static final int AT_ONCE = 12;

    private final FrozenEpoch epoch = new FrozenEpoch(UUID.randomUUID(), 7, UUID.randomUUID());
    private final UUID claimant = UUID.randomUUID();

    /** A connection of a member of the project that owns the packages. */
    abstract Cloud member();

    private GlanceRegister register() {
        return member().register();
    }

    @Test
    void whoClaimsFirstHasTheEpoch() {
        assertThat(register().find(epoch)).isEmpty();
        assertThat(register().claim(epoch, claimant)).isEqualTo(new Claimed(claimant, false, false));
        assertThat(register().claim(epoch, UUID.randomUUID())).isEqualTo(new Claimed(claimant, false, false));
        assertThat(register().find(epoch)).contains(new Claimed(claimant, false, false));
    }

    @Test
    void whoAsksAgainGetsTheSameAnswer() {
        register().claim(epoch, claimant);
        assertThat(register().claim(epoch, claimant)).isEqualTo(new Claimed(claimant, false, false));
    }

    @Test
    void whatWasTakenBackIsNeverClaimed() {
        assertThat(register().withdraw(epoch)).isEqualTo(new Withdrawn());
        assertThat(register().claim(epoch, claimant)).isEqualTo(new Withdrawn());
        assertThat(register().withdraw(epoch)).isEqualTo(new Withdrawn());
    }

    @Test
    void whatWasClaimedIsNotTakenBack() {
        register().claim(epoch, claimant);
        assertThat(register().withdraw(epoch)).isEqualTo(new Claimed(claimant, false, false));
    }

    @Test
    void ofManyWhoClaimAtOnceOneWins() {
        List<Decision> answers = atOnce(number -> () -> register().claim(epoch, new UUID(0, number)));
        assertThat(answers).hasSize(AT_ONCE).containsOnly(answers.get(0));
        assertThat(answers.get(0)).isInstanceOf(Claimed.class);
    }

    @Test
    void claimsAndWithdrawalsAtOnceAllGetOneAnswer() {
        List<Decision> answers = atOnce(number -> () -> number % 2 == 0
                ? register().claim(epoch, new UUID(0, number))
                : register().withdraw(epoch));
        assertThat(answers).hasSize(AT_ONCE).containsOnly(answers.get(0));
    }

    @Test
    void aDeletedRecordDecidesForEver() {
        register().withdraw(epoch);
        member().images().delete(epoch.record(0).toString());
        assertThat(register().claim(epoch, claimant)).isInstanceOf(Unreadable.class);
        assertThat(register().withdraw(epoch)).isInstanceOf(Unreadable.class);
    }

    @Test
    void whatItsClaimantReturnsIsOpenForTheNextAndWhatRunsIsNot() {
        register().claim(epoch, claimant);
        register().tellReturned(epoch, UUID.randomUUID());
        assertThat(register().find(epoch)).contains(new Claimed(claimant, false, false));
        register().tellReturned(epoch, claimant);
        register().tellReturned(epoch, claimant);
        assertThat(register().find(epoch)).contains(new Claimed(claimant, false, true));
        UUID next = UUID.randomUUID();
        assertThat(register().claim(epoch, next)).isEqualTo(new Claimed(next, false, false));
        register().tellRunning(epoch, next);
        register().tellReturned(epoch, next);
        assertThat(register().find(epoch)).contains(new Claimed(next, true, false));
    }

    @Test
    void aClaimantThatRunsSaysSo() {
        register().claim(epoch, claimant);
        register().tellRunning(epoch, UUID.randomUUID());
        assertThat(register().find(epoch)).contains(new Claimed(claimant, false, false));
        register().tellRunning(epoch, claimant);
        register().tellRunning(epoch, claimant);
        assertThat(register().find(epoch)).contains(new Claimed(claimant, true, false));
    }

    @Test
    void whatWasReturnedCanBeClaimedOrTakenBackOnce() {
        register().claim(epoch, claimant);
        member().images().update(epoch.record(0).toString(), List.of(Change.add(GlanceRegister.RETURNED, "1")));
        assertThat(register().find(epoch)).contains(new Claimed(claimant, false, true));
        UUID second = UUID.randomUUID();
        assertThat(register().claim(epoch, second)).isEqualTo(new Claimed(second, false, false));
        assertThat(register().withdraw(epoch)).isEqualTo(new Claimed(second, false, false));
        member().images().update(epoch.record(1).toString(), List.of(Change.add(GlanceRegister.RETURNED, "1")));
        assertThat(register().withdraw(epoch)).isEqualTo(new Withdrawn());
        assertThat(register().claim(epoch, claimant)).isEqualTo(new Withdrawn());
    }

    @Test
    void otherEpochsAndOtherPackagesAreDecidedApart() {
        register().withdraw(epoch);
        FrozenEpoch next = new FrozenEpoch(epoch.lineage(), epoch.number() + 1, epoch.nonce());
        FrozenEpoch other = new FrozenEpoch(epoch.lineage(), epoch.number(), UUID.randomUUID());
        assertThat(register().find(next)).isEmpty();
        assertThat(register().claim(other, claimant)).isEqualTo(new Claimed(claimant, false, false));
    }

    @Test
    void aRecordIsAnEmptyPrivateImage() {
        register().claim(epoch, claimant);
        assertThat(member().images().get(epoch.record(0).toString())).satisfies(record -> {
            assertThat(record.visibility()).isEqualTo("private");
            assertThat(record.status()).isEqualTo("queued");
            assertThat(record.name()).isEqualTo(Optional.of("tresccad handover " + epoch.lineage() + " 7"));
            assertThat(record.properties())
                    .containsEntry("tresccad_handover", "1")
                    .containsEntry("tresccad_lineage", epoch.lineage().toString())
                    .containsEntry("tresccad_epoch", "7")
                    .containsEntry("tresccad_verdict", "claimed")
                    .containsEntry("tresccad_claimant", claimant.toString());
        });
    }

    private static List<Decision> atOnce(IntFunction<Supplier<Decision>> asking) {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        CountDownLatch start = new CountDownLatch(AT_ONCE);
        try {
            List<Future<Decision>> asked = new ArrayList<>();
            for (int number = 0; number < AT_ONCE; number++) {
                Supplier<Decision> ask = asking.apply(number);
                asked.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    return ask.get();
                }));
            }
            List<Decision> answers = new ArrayList<>();
            for (Future<Decision> each : asked) {
                answers.add(each.get());
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }
}
