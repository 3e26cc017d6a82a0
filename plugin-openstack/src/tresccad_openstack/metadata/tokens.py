"""Tokens for calls that change something: nobody keeps them, any worker knows them.

A token is the time it ends, some random bytes, and a MAC over both and the server's id.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from typing import Callable

LONGEST_SECONDS = 21600
_RANDOM_BYTES = 16
_END = struct.Struct(">Q")
_HEAD_BYTES = _END.size + _RANDOM_BYTES
# A key of its own: what is signed here must never serve as one of Neutron's signatures.
_PURPOSE = b"tresccad guest API token 1"


class Tokens:
    """clock: seconds since 1970."""

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        self._key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
        self._clock = clock

    def issue(self, server_id: str, seconds: int) -> str:
        """seconds: 1 to LONGEST_SECONDS."""
        if not 1 <= seconds <= LONGEST_SECONDS:
            raise ValueError(f"a token lives 1 to {LONGEST_SECONDS} s: {seconds}")
        head = _END.pack(int(self._clock()) + seconds) + os.urandom(_RANDOM_BYTES)
        return base64.urlsafe_b64encode(head + self._mac(server_id, head)).decode().rstrip("=")

    def is_valid(self, server_id: str, token: str) -> bool:
        """Whether it was issued to that server and has not ended."""
        try:
            content = base64.b64decode(
                token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
            )
        except (UnicodeEncodeError, binascii.Error):
            return False
        head, mac = content[:_HEAD_BYTES], content[_HEAD_BYTES:]
        if not hmac.compare_digest(mac, self._mac(server_id, head)):
            return False
        (end,) = _END.unpack_from(head)
        return bool(end > self._clock())

    def _mac(self, server_id: str, head: bytes) -> bytes:
        return hmac.digest(self._key, server_id.encode() + b"\0" + head, hashlib.sha256)
