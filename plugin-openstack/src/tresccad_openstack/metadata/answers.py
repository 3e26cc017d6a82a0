"""What a guest asks and is answered, apart from HTTP and from Nova."""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Dict, Mapping

JSON = "application/json"
TEXT = "text/plain"
# What Neutron's metadata proxy passes on of another service's answers, and what says it best of all
# the others (neutron.agent.metadata.agent, _proxy_request of Zed; it makes 500 of what it does not
# know).
_PASSED = (200, 400, 403, 404, 409, 500)
_SAID_AS = {202: 200, 401: 403, 405: 400, 413: 400, 429: 409}


@dataclass(frozen=True)
class Question:
    """One request; the names of headers in lower case, the query's last value of a name.

    places: how many requests may wait for events at the same time.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    places: int = 0


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Why a guest does not get what it asks for, in a sentence for the guest."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = dict(headers or {})


def document(status: int, content: Dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(content).encode())


def fault(refused: Refused, path: str, request_id: str) -> Answer:
    """As a tresccad host's: JSON below /tresccad/, a line of text elsewhere."""
    if not path.startswith("/tresccad"):
        return Answer(refused.status, f"{refused}\n".encode(), TEXT, refused.headers)
    error = {"code": refused.status, "message": str(refused), "request_id": request_id}
    return replace(document(refused.status, {"error": error}), headers=refused.headers)


def through_neutron(answer: Answer) -> Answer:
    """As its proxy passes it on: with one of the few status codes that it knows."""
    if answer.status in _PASSED:
        return answer
    return replace(answer, status=_SAID_AS.get(answer.status, 500))
