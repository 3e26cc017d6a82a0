"""Who may run an epoch, by a register that is a dictionary."""

import unittest
import uuid
from typing import Any, Dict, Mapping, Optional, Set

from tresccad_openstack import names
from tresccad_openstack.compute import handover
from tresccad_openstack.compute.handover import CannotAsk, Decision, Epoch, Unreadable

NONCE = "6b1c9d1e-3c4f-4a53-9d0a-0d1f0a6f8a11"
LINEAGE = "3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11"
EPOCH = Epoch(LINEAGE, 7, NONCE)
ONE, OTHER = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"


class Images:
    """As Glance: an id is never given twice, also when its image was deleted."""

    def __init__(self) -> None:
        self.records: Dict[str, Dict[str, Any]] = {}
        self.deleted: Set[str] = set()
        self.answers_get_lost = False

    def create(self, record: Mapping[str, str]) -> bool:
        if record["id"] in self.records or record["id"] in self.deleted:
            return False
        self.records[record["id"]] = dict(record)
        if self.answers_get_lost:
            raise CannotAsk("no answer")
        return True

    def get(self, record_id: str) -> Optional[Mapping[str, Any]]:
        return self.records.get(record_id)

    def add(self, record_id: str, name: str, value: str) -> None:
        if record_id not in self.records:
            raise Unreadable("gone")
        self.records[record_id][name] = value

    def delete(self, record_id: str) -> None:
        del self.records[record_id]
        self.deleted.add(record_id)


class Handover(unittest.TestCase):
    def setUp(self) -> None:
        self.images = Images()
        self.notes = 0

    def decide(self, claimant: Optional[str]) -> Decision:
        return handover.decide(self.images, EPOCH, claimant)

    def test_the_record_of_an_epoch_is_named_by_its_nonce(self) -> None:
        namespace = uuid.UUID(NONCE)
        self.assertEqual(EPOCH.record_id(0), str(uuid.uuid5(namespace, "7")))
        self.assertEqual(EPOCH.record_id(2), str(uuid.uuid5(namespace, "7.2")))

    def test_a_record_says_all_that_the_format_has(self) -> None:
        self.decide(ONE)
        self.assertEqual(
            self.images.records[EPOCH.record_id(0)],
            {
                "id": EPOCH.record_id(0),
                "name": f"tresccad handover {LINEAGE} 7",
                "tresccad_handover": "1",
                "tresccad_lineage": LINEAGE,
                "tresccad_epoch": "7",
                "tresccad_verdict": "claimed",
                "tresccad_claimant": ONE,
            },
        )

    def test_a_withdrawal_names_no_claimant(self) -> None:
        self.assertTrue(self.decide(None).withdrawn)
        record = self.images.records[EPOCH.record_id(0)]
        self.assertEqual(record[names.VERDICT], "withdrawn")
        self.assertNotIn(names.CLAIMANT, record)

    def test_what_was_written_first_stands(self) -> None:
        self.decide(ONE)
        self.assertEqual(self.decide(OTHER).claimant, ONE)
        self.assertEqual(self.decide(None).claimant, ONE)

    def test_what_is_withdrawn_cannot_be_claimed(self) -> None:
        self.decide(None)
        self.assertTrue(self.decide(ONE).withdrawn)

    def test_a_claim_whose_answer_was_lost_is_one_s_own_when_asked_again(self) -> None:
        self.images.answers_get_lost = True
        self.assertRaises(CannotAsk, self.decide, ONE)
        self.images.answers_get_lost = False
        self.assertEqual(self.decide(ONE), Decision(EPOCH.record_id(0), ONE))

    def test_a_decision_that_was_deleted_is_for_nobody(self) -> None:
        self.decide(ONE)
        self.images.delete(EPOCH.record_id(0))
        self.assertRaises(Unreadable, self.decide, ONE)
        self.assertRaises(Unreadable, self.decide, None)

    def test_a_record_without_a_verdict_is_for_nobody(self) -> None:
        self.images.records[EPOCH.record_id(0)] = {}
        self.assertRaises(Unreadable, self.decide, ONE)

    def test_what_was_returned_is_open_for_others_but_not_for_who_returned_it(self) -> None:
        handover.give_back(self.images, self.decide(ONE))
        self.assertIsNone(handover.look(self.images, EPOCH))
        self.assertRaises(Unreadable, self.decide, ONE)
        self.assertEqual(self.decide(OTHER), Decision(EPOCH.record_id(1), OTHER))
        self.assertEqual(self.decide(None).claimant, OTHER)

    def test_what_was_returned_can_be_withdrawn(self) -> None:
        handover.give_back(self.images, self.decide(ONE))
        self.assertEqual(self.decide(None), Decision(EPOCH.record_id(1), None))

    def test_a_package_that_is_complete_is_the_instance_and_is_not_withdrawn(self) -> None:
        self.assertIsNone(self.take_back(is_complete=True))
        self.assertEqual((self.images.records, self.notes), ({}, 0))

    def test_once_a_withdrawal_may_be_on_its_way_a_package_is_not_the_instance_any_more(
        self,
    ) -> None:
        self.images.answers_get_lost = True
        self.assertRaises(CannotAsk, self.take_back, is_complete=False)
        self.assertEqual(self.notes, 1)
        self.images.answers_get_lost = False
        # Glance was slow with the package, too.
        found = self.take_back(is_complete=True, was_asked=True)
        self.assertEqual(found, Decision(EPOCH.record_id(0), None))

    def test_what_is_claimed_is_taken_back_by_nobody(self) -> None:
        decision = self.decide(ONE)
        self.assertRaises(CannotAsk, self.take_back, is_complete=False)
        handover.say_running(self.images, decision)
        self.assertIsNone(self.take_back(is_complete=False, was_asked=True))

    def take_back(self, is_complete: bool, was_asked: bool = False) -> Optional[Decision]:
        return handover.take_back(
            self.images, EPOCH, lambda: is_complete, was_asked, self.note_asked
        )

    def note_asked(self) -> None:
        self.notes += 1

    def test_who_looks_learns_whether_it_runs(self) -> None:
        self.assertIsNone(handover.look(self.images, EPOCH))
        decision = self.decide(ONE)
        self.assertEqual(handover.look(self.images, EPOCH), decision)
        handover.say_running(self.images, decision)
        found = handover.look(self.images, EPOCH)
        assert found is not None
        self.assertTrue(found.running)
        self.assertIn("runs already", found.refusal(EPOCH))


if __name__ == "__main__":
    unittest.main()
