"""Tokens, rules, records and the proxy's words of the guest API inside an OpenStack."""

import unittest
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, Dict, List, Tuple

from tresccad_openstack.metadata import record
from tresccad_openstack.metadata.answers import Answer, Refused, fault, through_neutron
from tresccad_openstack.metadata.catalog import as_nova_has_it
from tresccad_openstack.metadata.policy import ALWAYS, NEVER, OWNER, Rate, Rules
from tresccad_openstack.metadata.tokens import LONGEST_SECONDS, Tokens

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=timezone.utc)
HOUR = Rate(2, timedelta(hours=1))


class TokensTest(unittest.TestCase):
    def setUp(self) -> None:
        self.now = 1000.0
        self.tokens = Tokens(b"secret", lambda: self.now)

    def test_it_is_valid_for_its_server_until_it_ends(self) -> None:
        token = self.tokens.issue("a", 60)
        self.assertTrue(self.tokens.is_valid("a", token))
        self.assertFalse(self.tokens.is_valid("b", token))
        self.now += 60
        self.assertFalse(self.tokens.is_valid("a", token))

    def test_every_worker_of_the_same_secret_knows_it_and_no_other(self) -> None:
        token = self.tokens.issue("a", 60)
        self.assertTrue(Tokens(b"secret", lambda: self.now).is_valid("a", token))
        self.assertFalse(Tokens(b"another", lambda: self.now).is_valid("a", token))

    def test_nothing_else_is_valid(self) -> None:
        token = self.tokens.issue("a", 60)
        changed = ("B" if token[0] == "A" else "A") + token[1:]
        for other in ("", "x", "\u00e9", token[:-4], token + "AAAA", changed, "A" * 1000):
            self.assertFalse(self.tokens.is_valid("a", other), other)

    def test_its_life_is_limited(self) -> None:
        for seconds in (0, LONGEST_SECONDS + 1):
            with self.assertRaises(ValueError):
                self.tokens.issue("a", seconds)


class RulesTest(unittest.TestCase):
    def status(self, may_ask: str, metadata: Dict[str, str], destination: str = "b") -> int:
        try:
            Rules(may_ask, ("b", "c"), HOUR).check(metadata, destination)
        except Refused as refused:
            return refused.status
        return 200

    def test_who_may_ask(self) -> None:
        key = "tresccad:migration"
        cases: List[Tuple[str, Dict[str, str], int]] = [
            (ALWAYS, {}, 200),
            (ALWAYS, {key: "allowed"}, 200),
            (ALWAYS, {key: "never"}, 403),
            (ALWAYS, {key: "Allowed"}, 403),
            (OWNER, {}, 403),
            (OWNER, {key: "allowed"}, 200),
            (OWNER, {key: "never"}, 403),
            (NEVER, {}, 403),
            (NEVER, {key: "allowed"}, 403),
        ]
        for may_ask, metadata, status in cases:
            self.assertEqual(self.status(may_ask, metadata), status, (may_ask, metadata))

    def test_where_to(self) -> None:
        key = "tresccad:destinations"
        cases: List[Tuple[Dict[str, str], str, int]] = [
            ({}, "b", 200),
            ({}, "d", 400),
            ({key: "d, b"}, "b", 200),
            ({key: "d, b"}, "d", 200),
            ({key: "d, b"}, "c", 403),
            ({key: ""}, "b", 403),
        ]
        for metadata, destination, status in cases:
            found = self.status(ALWAYS, metadata, destination)
            self.assertEqual(found, status, (metadata, destination))

    def test_names_are_listed_once(self) -> None:
        rules = Rules(ALWAYS, ("b", "c"), HOUR)
        self.assertEqual(rules.names({"tresccad:destinations": " d,b,,d"}), ["b", "c", "d"])

    def test_rates_are_read(self) -> None:
        self.assertEqual(Rate.parse("10/h"), Rate(10, timedelta(hours=1)))
        self.assertEqual(Rate.parse("100/d"), Rate(100, timedelta(days=1)))
        for text in ("", "0/h", "101/h", "10", "10/w", "-1/h", "10/h "):
            with self.assertRaises(ValueError, msg=text):
                Rate.parse(text)


class RecordTest(unittest.TestCase):
    def test_what_was_asked_is_read_back_newest_first(self) -> None:
        found: Dict[str, str] = {"other": "1"}
        first = record.Asked("a", NOW, "my laptop")
        second = record.Asked("b", NOW + timedelta(microseconds=1), "c")
        for each in (first, second):
            record.note_asked(found, each, most=10)
        self.assertEqual(record.asked(found), [second, first])

    def test_the_oldest_go_first_and_nothing_else_does(self) -> None:
        found: Dict[str, str] = {"other": "1"}
        for n in range(5):
            record.note_asked(found, record.Asked(str(n), NOW + timedelta(seconds=n), "c"), most=2)
        self.assertEqual([each.id for each in record.asked(found)], ["4", "3"])
        self.assertEqual(found["other"], "1")

    def test_a_value_is_no_longer_than_nova_keeps(self) -> None:
        found: Dict[str, str] = {}
        record.note_asked(found, record.Asked("a", NOW, "x" * 255), most=1)
        self.assertTrue(all(len(value) <= 255 for value in found.values()))

    def test_how_it_came_is_read_back(self) -> None:
        for source in ("laptop", None):
            came: Any = SimpleNamespace(
                image_id="image",
                epoch=SimpleNamespace(number=7),
                frozen_at="2026-11-20T11:59:59.250Z",
                source=source,
            )
            found = record.arrival(record.arrived(came, NOW))
            assert found is not None
            self.assertEqual((found.image_id, found.epoch, found.source), ("image", 7, source))
            self.assertEqual((found.thawed, found.gap_seconds), (NOW, 0.75))

    def test_a_server_that_was_booted_here_did_not_come(self) -> None:
        self.assertIsNone(record.arrival({"tresccad_epoch": "1"}))


class AnswersTest(unittest.TestCase):
    def test_a_refusal_is_the_json_of_a_tresccad_host(self) -> None:
        refused = Refused(429, "Too often.", {"Retry-After": "5"})
        answer = fault(refused, "/tresccad/v1/migrations", "req-1")
        self.assertEqual(
            answer.body,
            b'{"error": {"code": 429, "message": "Too often.", "request_id": "req-1"}}',
        )
        self.assertEqual((answer.status, answer.headers), (429, {"Retry-After": "5"}))

    def test_a_refusal_elsewhere_is_a_line_of_text(self) -> None:
        answer = fault(Refused(400, "No life."), "/latest/api/token", "req-1")
        self.assertEqual((answer.body, answer.content_type), (b"No life.\n", "text/plain"))

    def test_neutrons_proxy_gets_statuses_that_it_passes_on(self) -> None:
        for status, passed in (
            *((200, 200), (202, 200), (400, 400), (401, 403), (403, 403), (404, 404)),
            *((405, 400), (409, 409), (413, 400), (429, 409), (500, 500), (503, 500)),
        ):
            answer = through_neutron(Answer(status, b"said"))
            self.assertEqual((answer.status, answer.body), (passed, b"said"))


class CatalogTest(unittest.TestCase):
    def test_urls_of_a_region_are_together_and_regions_apart(self) -> None:
        endpoints = [
            {"interface": "public", "region_id": "one", "url": "http://1"},
            {"interface": "internal", "region_id": "one", "url": "http://2"},
            {"interface": "public", "region": "two", "url": "http://3"},
        ]
        found = as_nova_has_it([{"type": "image", "name": "glance", "endpoints": endpoints}])
        self.assertEqual(
            found,
            [
                {
                    "type": "image",
                    "name": "glance",
                    "endpoints": [
                        {"region": "one", "publicURL": "http://1", "internalURL": "http://2"},
                        {"region": "two", "publicURL": "http://3"},
                    ],
                }
            ],
        )


if __name__ == "__main__":
    unittest.main()
