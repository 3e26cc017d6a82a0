"""A package's data on its way to or from a server, by HTTP, as it is written or read."""

import os
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Union

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from tresccad_openstack.package.tar import Source

_PIECE = 1 << 18


class TransferFailed(Exception):
    """The server did not answer, or has not done what it was asked for."""


@dataclass(frozen=True)
class Place:
    """Where the data is or goes, and with whose rights.

    urls: of the same data, by each server that may be asked, in this order.
    headers: of every request.
    seconds: how long a connection may stand still.
    verify: a file of CA certificates, or whether servers' certificates are verified at all, by
    those of the system.
    certificate: the client's own, if any: a file, or one with it and one with its key.
    """

    urls: Tuple[str, ...]
    headers: Mapping[str, str]
    seconds: float
    verify: Union[bool, str] = True
    certificate: Union[None, str, Tuple[str, str]] = None

    def as_json(self) -> Dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(found: Dict[str, Any]) -> "Place":
        certificate = found["certificate"]
        if isinstance(certificate, list):
            certificate = tuple(certificate)
        return Place(**{**found, "urls": tuple(found["urls"]), "certificate": certificate})


class _Data:
    """An answer's data, read like a file."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def read(self, size: int, /) -> bytes:
        try:
            content: bytes = self._answer.read(size)
        except HTTPError as error:
            raise TransferFailed(str(error)) from error
        return content


def upload(place: Place, write: Callable[[BinaryIO], object]) -> None:
    """Puts there what write() writes; it is complete there only when all of it was written.

    Raises what write() raises, and TransferFailed.
    """
    pieces = _Pieces(write)
    headers = {"Content-Type": "application/octet-stream"}
    try:
        with _answer(place, "PUT", headers, body=pieces, chunked=True) as answer:
            _require(answer, 204)
    except TransferFailed:
        if pieces.failure is not None:
            raise pieces.failure from None
        raise
    finally:
        pieces.close()


@contextmanager
def download(place: Place) -> Iterator[Source]:
    """The data, front to back. Raises TransferFailed, also while it is read."""
    with _answer(place, "GET", {"Accept-Encoding": "identity"}) as answer:
        _require(answer, 200)
        yield _Data(answer)


@contextmanager
def _answer(place: Place, method: str, headers: Mapping[str, str], **more: Any) -> Iterator[Any]:
    with _pool(place) as pool:
        try:
            answer = _first_answer(pool, place, method, headers, more)
        except HTTPError as error:
            raise TransferFailed(str(error)) from error
        try:
            yield answer
        finally:
            answer.close()


def _first_answer(
    pool: Any, place: Place, method: str, headers: Mapping[str, str], more: Mapping[str, Any]
) -> Any:
    def ask(url: str) -> Any:
        return pool.request(
            method,
            url,
            headers={**place.headers, **headers},
            # The headers are for these servers and no others.
            redirect=False,
            retries=False,
            preload_content=False,
            enforce_content_length=True,
            timeout=place.seconds,
            **more,
        )

    for url in place.urls[:-1]:
        try:
            return ask(url)
        except (NewConnectionError, ConnectTimeoutError):
            continue
    return ask(place.urls[-1])


def _pool(place: Place) -> Any:
    certificate, key = place.certificate, None
    if isinstance(certificate, tuple):
        certificate, key = certificate
    return urllib3.PoolManager(
        cert_reqs="CERT_REQUIRED" if place.verify else "CERT_NONE",
        ca_certs=place.verify if isinstance(place.verify, str) else None,
        cert_file=certificate,
        key_file=key,
    )


def _require(answer: Any, status: int) -> None:
    if answer.status != status:
        raise TransferFailed(f"the server answers {answer.status} {answer.reason}")


class _Pieces:
    """What write() writes, in pieces, as it comes; once."""

    def __init__(self, write: Callable[[BinaryIO], object]) -> None:
        self._write = write
        source, self._sink = os.pipe()
        self._source = open(source, "rb", buffering=0)
        self._thread = threading.Thread(target=self._fill, daemon=True)
        self._failures: List[BaseException] = []
        # What ended them before their end.
        self.failure: Optional[BaseException] = None

    def __iter__(self) -> Iterator[bytes]:
        self._thread.start()
        while piece := self._source.read(_PIECE):
            yield piece
        self._thread.join()
        if self._failures:
            self.failure = self._failures[0]
            raise self.failure

    def _fill(self) -> None:
        try:
            with open(self._sink, "wb") as out:
                self._write(out)
        except BaseException as failure:  # raised again by who takes the pieces
            self._failures.append(failure)

    def close(self) -> None:
        """Whoever still writes fails."""
        self._source.close()
        if self._thread.ident is None:
            os.close(self._sink)
