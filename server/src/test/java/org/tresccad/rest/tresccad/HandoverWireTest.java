package org.tresccad.rest.tresccad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Verdict;
import org.tresccad.migration.peer.HandoverWire.ArrivalView;
import org.tresccad.migration.peer.HandoverWire.ClaimRequest;
import org.tresccad.migration.peer.HandoverWire.TellRequest;
import org.tresccad.migration.peer.HandoverWire.VerdictView;
import org.tresccad.rest.Json;

/** What another host, or somebody who plays one, says of a handover is checked where it is read. */
class HandoverWireTest {
    private static final UUID ID = UUID.fromString("6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1");

    @Test
    void everyVerdictComesThroughAsItWas() throws JsonProcessingException {
        for (Verdict verdict : new Verdict[] {new Verdict.Withdrawn(), new Verdict.Claimed(new Claimant(ID))}) {
            String told = Json.mapper().writeValueAsString(TellRequest.of(ID, verdict));
            assertThat(Json.mapper().readValue(told, TellRequest.class).verdict())
                    .isEqualTo(verdict);
            String view = Json.mapper().writeValueAsString(VerdictView.of(verdict));
            assertThat(Json.mapper().readValue(view, VerdictView.class).verdict())
                    .isEqualTo(verdict);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'verdict': 'withdrawn'}",
                "{'nonce': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1'}",
                "{'nonce': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1', 'verdict': 'claimed'}",
                "{'nonce': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1', 'verdict': 'perhaps'}",
                "{'nonce': 'none', 'verdict': 'withdrawn'}"
            })
    void whatIsNoVerdictCannotBeTold(String json) {
        refuse(json, TellRequest.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'nonce': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1'}",
                "{'claimant': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1'}"
            })
    void aClaimNeedsANonceAndAClaimant(String json) {
        refuse(json, ClaimRequest.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'state': 'PREPARED'}",
                "{'state': 'AWAY', 'claimant': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1',"
                        + " 'instance_id': '6f1f3c5e-6d0f-4a52-9a65-0e5a4fd0b0c1'}"
            })
    void anArrivalIsInAStateWeKnow(String json) {
        refuse(json, ArrivalView.class);
    }

    private static void refuse(String json, Class<?> type) {
        assertThatThrownBy(() -> Json.mapper().readValue(json.replace('\'', '"'), type))
                .isInstanceOf(JsonProcessingException.class);
    }
}
