"""A small guest API at 169.254.169.254 that says what a test wants and remembers the requests."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Dict, List, Optional, Tuple

from checks.network import METADATA

TOKEN = "dG9rZW4gb2YgdGhlIHRlc3Q="
LINEAGE = "0b0a7a31-3b5c-4f34-a3ae-7d1d8b1c4a10"


class TestingGuestApi:
    """Serves until closed. Attributes may be changed at any time."""

    __test__ = False

    def __init__(self) -> None:
        self.host = "A"
        self.epoch = 1
        self.meta: Dict[str, str] = {}
        self.refusal: Optional[Tuple[int, str]] = None
        self.migration_status = "running"
        self.migration_id = "5f3a3c52-4f60-4f6c-9a41-3d7c1b7f1f00"
        self.metadata_reads = 0
        self.asked: List[Dict[str, str]] = []
        self.connection_was_closed = threading.Event()
        api = self

        class Handler(_Handler):
            state = api

        self._server = ThreadingHTTPServer((METADATA, 80), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    state: TestingGuestApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        state = self.state
        if self.path == "/openstack/latest/meta_data.json":
            state.metadata_reads += 1
            # Another object follows: only the keys of "meta" are the owner's.
            metadata = {"uuid": LINEAGE, "meta": state.meta, "keys": {"move_to": "X"}}
            self._answer(200, metadata, chunked=True)
        elif self.path == "/tresccad/v1/instance":
            instance: Dict[str, object] = {"id": "1", "name": "guest", "lineage": LINEAGE}
            instance.update(epoch=state.epoch, location={"host": state.host})
            self._answer(200, instance)
        elif self.path == f"/tresccad/v1/migrations/{state.migration_id}":
            migration = {"id": state.migration_id, "status": state.migration_status}
            self._answer(200, {"migration": migration})
        else:
            self._answer(404, {"message": "no such page"})

    def do_PUT(self) -> None:
        seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        if self.path != "/latest/api/token" or seconds != "300":
            self._answer(400, {"message": "no token for this"})
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(TOKEN)))
        self.end_headers()
        self.wfile.write(TOKEN.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/tresccad/v1/migrations":
            self._answer(404, {"message": "no such page"})
        elif self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            self._answer(401, {"message": "no token"})
        elif self.state.refusal is not None:
            status, message = self.state.refusal
            self._answer(status, {"forbidden": {"code": status, "message": message}})
        else:
            migration = {"id": self.state.migration_id, "status": "accepted"}
            self._answer(202, {"migration": migration})
            # The freeze waits for the guest to close: so does this, and the server does not.
            if self.rfile.read(1) == b"":
                self.state.connection_was_closed.set()
        self.state.asked.append(json.loads(body))

    def _answer(self, status: int, document: object, chunked: bool = False) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:10], body[10:]):
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The requests are not the test's output."""
