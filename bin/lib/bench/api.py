"""A host's API, asked from inside that host: nothing of it is on a cable between hosts."""

import http.client
import json
import re
import ssl
from pathlib import Path
from typing import Any, Dict, Optional

from bench.world import Host, Network


class Refused(Exception):
    """The API answered with another status than it should."""

    def __init__(self, request: str, status: int, body: str) -> None:
        super().__init__(f"{request}: {status} {body[:500]}")
        self.status = status


class _Connection(http.client.HTTPSConnection):
    def __init__(self, network: Network, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._network = network

    def connect(self) -> None:
        with self._network.entered():
            super().connect()


class Api:
    """As one user of project demo. One connection, kept; for one thread at a time."""

    def __init__(self, host: Host, user: str = "demo") -> None:
        self._user = user
        self.host = host
        self.certificate = host.state / "tls/certificate.pem"
        context = ssl.create_default_context(cafile=str(self.certificate))
        self._connection = _Connection(
            host.network, host.address, 8774, timeout=120, context=context
        )
        self._token: Optional[str] = None

    def url(self, path: str) -> str:
        """The address of a route, for other programs."""
        return f"https://{self.host.address}:8774{path}"

    def token(self) -> str:
        """The token of the last login; it lives for an hour."""
        return self._token or self.get_fresh_token()

    def get_fresh_token(self) -> str:
        """Logs in anew."""
        user = {
            "name": self._user,
            "domain": {"id": "default"},
            "password": f"{self._user}-password",
        }
        wanted = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": "demo", "domain": {"id": "default"}}},
            }
        }
        body = json.dumps(wanted).encode()
        headers = {"Content-Type": "application/json"}
        answer = self._send("POST", "/identity/v3/auth/tokens", body, headers)
        if answer.status != 201:
            raise Refused("login", answer.status, answer.read().decode())
        answer.read()
        token = str(answer.headers["X-Subject-Token"])
        self._token = token
        return token

    def ask(self, method: str, path: str, body: Optional[object] = None) -> Any:
        """One request; the JSON of the answer, None when it has no body.

        Raises Refused when the status is not of the 200s.
        """
        headers = {"X-Auth-Token": self.token(), "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        answer = self._send(method, path, data, headers)
        text = answer.read().decode()
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {path} at {self.host.name}", answer.status, text)
        return json.loads(text) if text else None

    def make_image(self, name: str, formats: str, properties: Dict[str, str]) -> str:
        """An empty image; FORMATS is "DISK CONTAINER". Its id."""
        disk, container = formats.split()
        wanted = {"name": name, "disk_format": disk, "container_format": container, **properties}
        return str(self.ask("POST", "/image/v2/images", wanted)["id"])

    def upload(self, image: str, file: Path) -> None:
        """Gives an image its content."""
        headers = {
            "X-Auth-Token": self.token(),
            "Content-Type": "application/octet-stream",
            "Content-Length": str(file.stat().st_size),
        }
        with file.open("rb") as content:
            answer = self._send("PUT", f"/image/v2/images/{image}/file", content, headers)
        text = answer.read().decode()
        if answer.status != 204:
            raise Refused(f"upload of {file.name}", answer.status, text)

    def heap(self) -> Dict[str, int]:
        """Bytes of the daemon's heap: "used" and "committed". Only for an administrator."""
        answer = self._send("GET", "/metrics", None, {"X-Auth-Token": self.token()})
        text = answer.read().decode()
        if answer.status != 200:
            raise Refused("GET /metrics", answer.status, text)
        sums = {}
        for kind in ("used", "committed"):
            found = re.findall(rf'^jvm_memory_{kind}_bytes{{area="heap".*}} (\S+)$', text, re.M)
            if not found:
                raise ValueError(f"/metrics has no jvm_memory_{kind}_bytes of the heap")
            sums[kind] = int(sum(map(float, found)))
        return sums

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _send(
        self, method: str, path: str, body: Any, headers: Dict[str, str]
    ) -> http.client.HTTPResponse:
        # The server closes a connection that was idle; only then is a request sent again.
        for final in (False, True):
            try:
                self._connection.request(method, path, body=body, headers=headers)
                return self._connection.getresponse()
            except (ConnectionError, ssl.SSLEOFError):
                self._connection.close()
                if final:
                    raise
                if hasattr(body, "seek"):
                    body.seek(0)
        raise AssertionError("not reached")
