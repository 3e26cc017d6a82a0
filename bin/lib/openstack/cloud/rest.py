"""A small client of the cloud's APIs, for what brings it up and tests it."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional

from cloud.layout import IDENTITY_URL, PASSWORD

# As long as the services wait for each other.
_SECONDS = 330


class Refused(Exception):
    """An API answered with an error, or not at all; status is 0 then."""

    def __init__(self, what: str, status: int, said: str) -> None:
        super().__init__(f"{what}: {status} {said[:1000]}")
        self.status = status


@dataclass(frozen=True)
class Identity:
    """Where sessions begin. AUTHORITY: a PEM file with the certificate to trust, for TLS."""

    url: str
    password: str
    authority: Optional[Path] = None


CLOUD_IDENTITY = Identity(IDENTITY_URL, PASSWORD)


class Session:
    """Calls with the rights of one user in one project."""

    def __init__(self, user: str, project: str, identity: Identity = CLOUD_IDENTITY) -> None:
        # No proxy of the caller's: these addresses are in namespaces.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if identity.authority is not None:
            trust = ssl.create_default_context(cafile=identity.authority)
            handlers.append(urllib.request.HTTPSHandler(context=trust))
        self._opener = urllib.request.build_opener(*handlers)
        domain = {"name": "Default"}
        answer = self._call(
            "POST",
            identity.url + "/auth/tokens",
            {"Content-Type": "application/json"},
            json.dumps(
                {
                    "auth": {
                        "identity": {
                            "methods": ["password"],
                            "password": {
                                "user": {
                                    "name": user,
                                    "domain": domain,
                                    "password": identity.password,
                                }
                            },
                        },
                        "scope": {"project": {"name": project, "domain": domain}},
                    }
                }
            ).encode(),
        )
        token = json.loads(answer.body)["token"]
        self.project = str(token["project"]["id"])
        self._catalog = token.get("catalog", [])
        self.headers = {
            "X-Auth-Token": answer.headers["X-Subject-Token"],
            # What requested_destination by "host" needs.
            "OpenStack-API-Version": "compute 2.79",
        }

    def endpoint(self, kind: str) -> str:
        """The public URL of a service of that type. Raises StopIteration when there is none."""
        offered = next(each["endpoints"] for each in self._catalog if each["type"] == kind)
        return str(next(each["url"] for each in offered if each["interface"] == "public"))

    def get(self, url: str) -> Any:
        return self._json("GET", url, None)

    def post(self, url: str, body: Any) -> Any:
        return self._json("POST", url, body)

    def put(self, url: str, body: Any = None) -> Any:
        return self._json("PUT", url, body)

    def patch(self, url: str, operations: Any) -> Any:
        """Glance's form of JSON patch."""
        return self._json("PATCH", url, operations, "application/openstack-images-v2.1-json-patch")

    def delete(self, url: str) -> None:
        self._json("DELETE", url, None)

    def upload(self, url: str, file: Path) -> None:
        """PUTs a file's content."""
        headers = {
            **self.headers,
            "Content-Type": "application/octet-stream",
            "Content-Length": str(file.stat().st_size),
        }
        with open(file, "rb") as content:
            self._call("PUT", url, headers, content)

    def _json(self, method: str, url: str, body: Any, form: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers: Dict[str, str] = dict(self.headers)
        if data is not None:
            headers["Content-Type"] = form
        answer = self._call(method, url, headers, data)
        return json.loads(answer.body) if answer.body else None

    def _call(
        self, method: str, url: str, headers: Mapping[str, str], data: Optional[Any]
    ) -> "_Answer":
        request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                return _Answer(response.headers, response.read())
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise Refused(f"{method} {url}", error.code, said) from None
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"{method} {url}", 0, str(error)) from None


class _Answer:
    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self.headers = headers
        self.body = body
