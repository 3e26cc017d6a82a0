"""The guest API's routes and rules; what of it needs Nova is behind Servers."""

import json
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Iterator, Protocol, Set

from tresccad_openstack.metadata import record, views
from tresccad_openstack.metadata.answers import TEXT, Answer, Question, Refused, document
from tresccad_openstack.metadata.policy import Rules
from tresccad_openstack.metadata.tokens import LONGEST_SECONDS, Tokens
from tresccad_openstack.metadata.views import Place, Server

TOKEN_PATH = "/latest/api/token"
_PREFIX = "/tresccad"
LARGEST_BODY = 16 << 10
_TOKEN = "x-aws-ec2-metadata-token"
_LIFE = "x-aws-ec2-metadata-token-ttl-seconds"
# Where Neutron's proxy has dropped the header that says it.
_USUAL_LIFE = 300
_LONGEST_WAIT = 30.0
_PAUSE = 2.0
_MODES = ("auto", "package")


class Servers(Protocol):
    """Nova, for the guest of one server."""

    def get(self, server_id: str) -> Server:
        """Raises Refused with 404 when it is gone."""

    def save(self, server_id: str, destination: str, at: datetime, most: int) -> str:
        """Begins to save it for a destination and returns the id of the image that becomes the
        package. Of requests so many are remembered. The guest is frozen when the answer has had
        time to reach it. Raises Refused with 409 when its state does not allow it."""


def is_ours(method: str, path: str) -> bool:
    """Nova answers everything else."""
    if path == TOKEN_PATH:
        return method == "PUT"
    return path == _PREFIX or path.startswith(_PREFIX + "/")


class GuestApi:
    def __init__(
        self,
        servers: Servers,
        rules: Rules,
        here: Place,
        tokens: Tokens,
        behind_neutron: bool,
        forwarded: bool,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """behind_neutron: its proxy is between, which drops all headers of a guest's. forwarded:
        every request has the guest's address in X-Forwarded-For."""
        self._servers = servers
        self._rules = rules
        self._here = here
        self._tokens = tokens
        self._behind_neutron = behind_neutron
        self._forwarded = forwarded
        self._now = now
        self._sleep = sleep
        self._waiting: Set[str] = set()
        self._lock = threading.Lock()

    def answer(self, server_id: str, question: Question) -> Answer:
        """server_id: whose guest it is that asks. Raises Refused."""
        if question.method not in ("GET", "HEAD"):
            self._check_change(question)
        if question.path == TOKEN_PATH:
            return self._token(server_id, question)
        parts = question.path.strip("/").split("/")
        if parts[:2] != ["tresccad", "v1"] or not 3 <= len(parts) <= 4:
            raise Refused(404, "There is nothing at this path.")
        name, rest = parts[2], parts[3:]
        if rest and name != "migrations":
            raise Refused(404, "There is nothing at this path.")
        if question.method == "POST" and name == "migrations" and not rest:
            return self._ask(server_id, question)
        return self._read(server_id, name, rest[0] if rest else None, question)

    def _read(self, server_id: str, name: str, one: str | None, question: Question) -> Answer:
        if name not in ("instance", "destinations", "migrations", "events"):
            raise Refused(404, "There is nothing at this path.")
        if question.method not in ("GET", "HEAD"):
            raise Refused(405, "This path does not know this method.")
        if name == "events":
            return document(200, {"events": self._events(server_id, question)})
        server = self._servers.get(server_id)
        if name == "instance":
            return document(200, views.instance(server, self._here))
        if name == "destinations":
            return document(200, views.destinations(server, self._rules))
        found = views.migrations(server, self._here)
        if one is None:
            return document(200, {"migrations": found})
        for each in found:
            if each["id"] == one:
                return document(200, {"migration": each})
        raise Refused(404, "This guest has no migration of that id, as far as this cloud knows.")

    def _check_change(self, question: Question) -> None:
        """No proxy of the guest's has passed it on: one that forwards what strangers ask for must
        not get them a token. The cloud's own adds one address; two are one too many."""
        forwarded = question.headers.get("x-forwarded-for")
        if forwarded is not None and (not self._forwarded or "," in forwarded):
            raise Refused(403, "A request that a proxy passed on cannot change anything here.")
        if len(question.body) > LARGEST_BODY:
            raise Refused(413, f"The body is larger than {LARGEST_BODY} bytes.")

    def _token(self, server_id: str, question: Question) -> Answer:
        said = question.headers.get(_LIFE)
        if said is None and self._behind_neutron:
            said = str(_USUAL_LIFE)
        said = (said or "").strip()
        if not (said.isascii() and said.isdigit() and 1 <= int(said[:6]) <= LONGEST_SECONDS):
            raise Refused(
                400, f"The header {_LIFE} says how long the token lives: 1 to {LONGEST_SECONDS}."
            )
        token = self._tokens.issue(server_id, int(said))
        return Answer(200, token.encode(), TEXT, {_LIFE: said})

    def _ask(self, server_id: str, question: Question) -> Answer:
        wish = _wish(question.body)
        token = question.headers.get(_TOKEN, wish.get("token"))
        if not isinstance(token, str) or not self._tokens.is_valid(server_id, token):
            raise Refused(
                401,
                f"This needs a valid token in {_TOKEN} or as the body's token; "
                f"PUT {TOKEN_PATH} gives one.",
            )
        destination, mode = wish.get("destination"), wish.get("mode", "auto")
        if not isinstance(destination, str) or not destination.strip():
            raise Refused(400, "The request names no destination.")
        if mode not in _MODES:
            raise Refused(400, "There is no mode of that name here; use 'auto' or 'package'.")
        server, now = self._servers.get(server_id), self._now()
        self._rules.check(server.metadata, destination)
        asked = record.asked(server.system_metadata)
        self._rules.check_rate((each.at for each in asked), now)
        most = self._rules.rate.count
        image = self._servers.save(server_id, destination, now, most)
        new = record.Asked(image, now, destination)
        return document(202, {"migration": views.migration(new, self._here)})

    def _events(self, server_id: str, question: Question) -> Any:
        after = _number(question, "after", -1)
        patience = min(float(max(0, _number(question, "wait", 0))), _LONGEST_WAIT)

        def found() -> Any:
            return views.events(self._servers.get(server_id), self._here, after)

        places = question.places if patience > 0 else 0
        with self._place(server_id, places) as may_wait:
            while True:
                events = found()
                if events or not may_wait or patience <= 0:
                    return events
                self._sleep(min(_PAUSE, patience))
                patience -= _PAUSE

    @contextmanager
    def _place(self, server_id: str, places: int) -> Iterator[bool]:
        """Whether it may wait: one request of a guest does, and not too many of all."""
        with self._lock:
            given = server_id not in self._waiting and len(self._waiting) < places
            if given:
                self._waiting.add(server_id)
        try:
            yield given
        finally:
            if given:
                with self._lock:
                    self._waiting.discard(server_id)


def _wish(body: bytes) -> Dict[str, Any]:
    """Whatever the content type says: small programs in guests send none, or curl's."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "The body is not the JSON expected here.")
    return found


def _number(question: Question, name: str, usual: int) -> int:
    text = question.query.get(name)
    if text is None:
        return usual
    digits = text[1:] if text[:1] == "-" else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise Refused(400, f"{name} is not a number.")
    return int(text)
