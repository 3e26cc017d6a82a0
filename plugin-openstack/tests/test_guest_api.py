"""The guest API inside an OpenStack: routes, rules and documents, with Nova left out."""

import json
import unittest
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Optional, Tuple

from tresccad_openstack import names
from tresccad_openstack.metadata import record
from tresccad_openstack.metadata.answers import Answer, Question, Refused
from tresccad_openstack.metadata.guest_api import LARGEST_BODY, GuestApi, is_ours
from tresccad_openstack.metadata.policy import OWNER, Rate, Rules
from tresccad_openstack.metadata.tokens import Tokens
from tresccad_openstack.metadata.views import Failure, Place, Server

ID = "11111111-aaaa-4bbb-8ccc-000000000001"
IMAGE = "22222222-aaaa-4bbb-8ccc-000000000001"
LINEAGE = "33333333-aaaa-4bbb-8ccc-000000000001"
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=timezone.utc)
TOKEN = "x-aws-ec2-metadata-token"
LIFE = "x-aws-ec2-metadata-token-ttl-seconds"
# As a package's manifest tells of itself, what there is of it.
ARRIVED = {
    names.LINEAGE: LINEAGE,
    names.EPOCH: "4",
    "tresccad_arrived_image": IMAGE,
    "tresccad_arrived_epoch": "3",
    "tresccad_arrived_source": "laptop",
    "tresccad_arrived_frozen": "2026-11-20T11:59:50.250Z",
    "tresccad_arrived_thawed": "2026-11-20T11:59:58.500000+00:00",
}


class TestingServers:
    """One server."""

    __test__ = False

    def __init__(self) -> None:
        self.server = Server(
            *(ID, "web", "ACTIVE", None, "nova", NOW - timedelta(seconds=5)),
            metadata={"tresccad:migration": "allowed"},
            system_metadata={},
        )
        self.saved: List[Tuple[str, str]] = []

    def get(self, server_id: str) -> Server:
        if server_id != ID:
            raise Refused(404, "There is no such server.")
        return self.server

    def save(self, server_id: str, destination: str, at: datetime, most: int) -> str:
        self.saved.append((server_id, destination))
        return IMAGE


class Case(unittest.TestCase):
    behind_neutron = forwarded = False
    places = 2

    def setUp(self) -> None:
        self.servers = TestingServers()
        self.slept: List[float] = []
        self.tokens = Tokens(b"secret", NOW.timestamp)
        self.api = GuestApi(
            self.servers,
            Rules(OWNER, ("b",), Rate(2, timedelta(hours=1))),
            Place("cloud", "RegionOne"),
            self.tokens,
            self.behind_neutron,
            self.forwarded,
            lambda: NOW,
            self.slept.append,
        )

    def change(self, **changes: Any) -> None:
        self.servers.server = replace(self.servers.server, **changes)

    def get(self, path: str, **query: str) -> Any:
        question = Question("GET", f"/tresccad/v1/{path}", query, places=self.places)
        answer = self.api.answer(ID, question)
        self.assertEqual((answer.status, answer.content_type), (200, "application/json"))
        return json.loads(answer.body)

    def ask(self, content: Any = None, token: Optional[str] = None, **headers: str) -> Answer:
        token = self.tokens.issue(ID, 60) if token is None else token
        body = json.dumps({"destination": "b"} if content is None else content).encode()
        return self.api.answer(
            ID,
            Question(
                "POST",
                "/tresccad/v1/migrations",
                {},
                {TOKEN: token, **headers} if token else {},
                body,
            ),
        )

    def put_token(self, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.answer(ID, Question("PUT", "/latest/api/token", {}, given))

    def assert_refused(self, status: int, question: Any, *arguments: Any, **more: Any) -> Refused:
        with self.assertRaises(Refused) as raised:
            question(*arguments, **more)
        self.assertEqual(raised.exception.status, status, str(raised.exception))
        return raised.exception


class Paths(Case):
    def test_nova_answers_what_is_its_own(self) -> None:
        for method, path in (
            ("GET", "/openstack/latest/meta_data.json"),
            ("GET", "/latest/api/token"),
            ("GET", "/tresccadx"),
        ):
            self.assertFalse(is_ours(method, path), path)
        for method, path in (
            ("PUT", "/latest/api/token"),
            ("GET", "/tresccad"),
            ("GET", "/tresccad/"),
        ):
            self.assertTrue(is_ours(method, path), path)

    def test_what_there_is_not_is_said_to_be_missing(self) -> None:
        for path in (
            "",
            "v1",
            "v1/",
            "v2/instance",
            "v1/secrets/a",
            "v1/instance/a",
            "v1/migrations/a",
        ):
            question = Question("GET", f"/tresccad/{path}")
            self.assert_refused(404, self.api.answer, ID, question)

    def test_a_method_that_a_path_does_not_know_is_refused(self) -> None:
        for method, path in (("POST", "instance"), ("DELETE", "migrations"), ("PUT", "events")):
            question = Question(method, f"/tresccad/v1/{path}")
            self.assert_refused(405, self.api.answer, ID, question)

    def test_a_server_that_is_gone_is_missing(self) -> None:
        question = Question("GET", "/tresccad/v1/instance")
        self.assert_refused(404, self.api.answer, "another", question)


class Reading(Case):
    def test_a_server_that_was_booted_here_is_its_own_lineage(self) -> None:
        self.assertEqual(
            self.get("instance"),
            {
                **{"id": ID, "name": "web", "lineage": ID, "epoch": 0},
                **{"status": "ACTIVE", "task": None, "thawed": None},
                "location": {"host": "cloud", "region": "RegionOne", "zone": "nova"},
            },
        )

    def test_one_that_came_frozen_says_since_when_it_runs_and_how_long_it_stood(self) -> None:
        self.change(system_metadata=ARRIVED)
        found = self.get("instance")
        self.assertEqual((found["lineage"], found["epoch"]), (LINEAGE, 4))
        self.assertEqual(found["thawed"], {"at": "2026-11-20T11:59:58Z", "gap_seconds": 8.25})

    def test_clocks_that_differ_make_no_negative_gap(self) -> None:
        later = {"tresccad_arrived_frozen": "2026-11-20T12:30:00Z"}
        self.change(system_metadata={**ARRIVED, **later})
        self.assertEqual(self.get("instance")["thawed"]["gap_seconds"], 0)

    def test_its_thaw_is_an_event_of_the_epoch_it_came_with(self) -> None:
        self.change(system_metadata=ARRIVED)
        (event,) = self.get("events")["events"]
        self.assertEqual((event["number"], event["event"]), (3, "thawed"))
        self.assertEqual((event["source"], event["host"]), ("laptop", "cloud"))
        self.assertEqual(len(self.get("events", after="2")["events"]), 1)
        self.assertEqual(self.get("events", after="3")["events"], [])
        self.assertEqual(self.slept, [])

    def test_events_are_waited_for_as_long_as_is_asked_and_thirty_seconds_at_most(self) -> None:
        for wait, seconds in (("5", 5), ("1000", 30)):
            self.slept.clear()
            self.assertEqual(self.get("events", wait=wait)["events"], [])
            self.assertEqual(sum(self.slept), seconds)

    def test_an_event_ends_the_wait_for_it(self) -> None:
        pauses: List[float] = []

        def come(seconds: float) -> None:
            pauses.append(seconds)
            self.change(system_metadata=ARRIVED)

        self.api._sleep = come
        self.assertEqual(len(self.get("events", wait="30")["events"]), 1)
        self.assertEqual(len(pauses), 1)

    def test_one_request_of_a_guest_waits_and_another_is_answered_at_once(self) -> None:
        answers: List[Any] = []

        def ask_again(seconds: float) -> None:
            self.slept.append(seconds)
            answers.append(self.get("events", wait="30")["events"])

        self.api._sleep = ask_again
        self.get("events", wait="2")
        self.assertEqual((answers, self.slept), ([[]], [2]))

    def test_what_is_no_number_is_refused(self) -> None:
        for query in ({"after": "x"}, {"wait": ""}, {"wait": "1" * 19}, {"after": "\u0663"}):
            question = Question("GET", "/tresccad/v1/events", query)
            self.assert_refused(400, self.api.answer, ID, question)

    def test_destinations_are_the_operators_and_the_owners_with_the_reason_against_them(
        self,
    ) -> None:
        self.change(metadata={"tresccad:migration": "allowed", "tresccad:destinations": "a"})
        found = {each["name"]: each for each in self.get("destinations")["destinations"]}
        self.assertEqual(list(found), ["b", "a"])
        self.assertTrue(found["a"]["allowed"])
        self.assertIsNone(found["a"]["reason"])
        self.assertFalse(found["b"]["allowed"])
        self.assertIn("tresccad:destinations", found["b"]["reason"])

    def test_how_it_came_is_a_move_that_is_completed(self) -> None:
        self.change(system_metadata=ARRIVED)
        found = self.get(f"migrations/{IMAGE}")["migration"]
        self.assertEqual(
            (found["status"], found["source"], found["destination"], found["receiving_seconds"]),
            ("completed", "laptop", "cloud", 3.5),
        )
        self.assertEqual(self.get("migrations")["migrations"], [found])

    def test_the_last_move_is_under_way_as_long_as_nova_is_busy_with_it(self) -> None:
        self.change(system_metadata=asked(1, 2), task="shelving_image_uploading")
        found = self.get("migrations")["migrations"]
        self.assertEqual(
            [(each["id"], each["status"]) for each in found],
            [("image-1", "preparing"), ("image-2", "error")],
        )

    def test_the_last_failure_is_the_last_moves_and_no_earlier_ones(self) -> None:
        failure = Failure("no space left", NOW - timedelta(minutes=5))
        self.change(system_metadata=asked(8, 20), failure=failure)
        newest, oldest = self.get("migrations")["migrations"]
        self.assertEqual((newest["status"], newest["error"]), ("error", "no space left"))
        self.assertEqual(newest["ended_at"], "2026-11-20T11:55:00Z")
        self.assertNotIn("no space", oldest["error"])

    def test_a_failure_from_before_a_move_is_not_its_own(self) -> None:
        self.change(system_metadata=asked(1), failure=Failure("old", NOW - timedelta(hours=3)))
        (found,) = self.get("migrations")["migrations"]
        self.assertEqual((found["status"], found["ended_at"]), ("error", None))
        self.assertNotIn("old", found["error"])


class WithoutPlaces(Case):
    places = 0

    def test_a_request_that_finds_no_place_to_wait_is_answered_at_once(self) -> None:
        self.assertEqual(self.get("events", wait="30")["events"], [])
        self.assertEqual(self.slept, [])


class Asking(Case):
    def test_a_guest_that_may_is_saved_for_the_destination(self) -> None:
        answer = self.ask()
        self.assertEqual(answer.status, 202)
        found = json.loads(answer.body)["migration"]
        self.assertEqual((found["id"], found["status"]), (IMAGE, "requested"))
        self.assertEqual((found["source"], found["destination"]), ("cloud", "b"))
        self.assertEqual(self.servers.saved, [(ID, "b")])

    def test_the_token_may_be_in_the_body(self) -> None:
        token = self.tokens.issue(ID, 60)
        self.assertEqual(self.ask({"destination": "b", "token": token}, "").status, 202)

    def test_without_a_token_of_its_own_it_is_refused(self) -> None:
        others = self.tokens.issue("another", 60)
        for token in ("x", others):
            self.assert_refused(401, self.ask, None, token)
        self.assert_refused(401, self.ask, None, "")
        self.assert_refused(401, self.ask, {"destination": "b", "token": 1}, "")
        self.assertEqual(self.servers.saved, [])

    def test_a_request_that_is_not_as_it_should_be_is_refused(self) -> None:
        for content in (
            [],
            {},
            {"destination": None},
            {"destination": " "},
            {"destination": ["b"]},
            {"destination": "b", "mode": "warm"},
            {"destination": "b", "mode": ["auto"]},
            {"destination": "nowhere"},
        ):
            self.assert_refused(400, self.ask, content)
        deep = Question("POST", "/tresccad/v1/migrations", {}, {}, b"[" * LARGEST_BODY)
        self.assert_refused(400, self.api.answer, ID, deep)
        self.assertEqual(self.servers.saved, [])

    def test_what_the_owner_does_not_allow_is_refused(self) -> None:
        self.change(metadata={})
        self.assert_refused(403, self.ask)
        self.assertEqual(self.servers.saved, [])

    def test_asking_too_often_is_refused_and_says_when_it_helps(self) -> None:
        self.change(system_metadata=asked(30, 10))
        refused = self.assert_refused(429, self.ask)
        self.assertEqual(refused.headers, {"Retry-After": str(30 * 60 + 1)})
        self.change(system_metadata=asked(61, 10))
        self.assertEqual(self.ask().status, 202)

    def test_a_body_beyond_the_limit_is_refused(self) -> None:
        question = Question("POST", "/tresccad/v1/migrations", {}, {}, b" " * (LARGEST_BODY + 1))
        self.assert_refused(413, self.api.answer, ID, question)

    def test_what_a_proxy_passed_on_changes_nothing(self) -> None:
        forwarded = {"x-forwarded-for": "192.0.2.1"}
        self.assert_refused(403, self.ask, **forwarded)
        self.assert_refused(403, self.put_token, **forwarded, **{LIFE: "60"})

    def test_a_token_lives_as_long_as_is_said(self) -> None:
        answer = self.put_token(**{LIFE: "60"})
        self.assertEqual((answer.status, answer.content_type), (200, "text/plain"))
        self.assertEqual(answer.headers, {LIFE: "60"})
        self.assertEqual(self.ask(token=answer.body.decode()).status, 202)

    def test_a_token_that_says_no_good_life_is_refused(self) -> None:
        self.assert_refused(400, self.put_token)
        for life in ("", "0", "-1", "21601", "999999999", "1.5", "\u0663"):
            self.assert_refused(400, self.put_token, **{LIFE: life})


class BehindNeutron(Case):
    """Its proxy drops the guest's headers and adds its address."""

    behind_neutron = forwarded = True

    def test_a_token_needs_no_header_and_comes_back_in_the_body(self) -> None:
        token = self.put_token(**{"x-forwarded-for": "192.0.2.1"}).body.decode()
        wish = json.dumps({"destination": "b", "token": token}).encode()
        headers = {"x-forwarded-for": "192.0.2.1"}
        question = Question("POST", "/tresccad/v1/migrations", {}, headers, wish)
        self.assertEqual(self.api.answer(ID, question).status, 202)

    def test_what_a_proxy_of_the_guests_passed_on_changes_nothing(self) -> None:
        self.assert_refused(403, self.put_token, **{"x-forwarded-for": "198.51.100.7,192.0.2.1"})


def asked(*minutes_ago: int) -> Dict[str, str]:
    """System metadata of requests so many minutes ago; their images are called by the minutes."""
    found: Dict[str, str] = {}
    for minutes in minutes_ago:
        at = NOW - timedelta(minutes=minutes)
        record.note_asked(found, record.Asked(f"image-{minutes}", at, "b"), most=100)
    return found


if __name__ == "__main__":
    unittest.main()
