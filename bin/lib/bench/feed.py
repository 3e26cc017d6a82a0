"""What guests are filled with.

Kind "text" is prose of words with natural frequencies: what page caches, logs and heaps are made
of, as far as compressors are concerned. It does not repeat itself by pages. Kind "random" cannot be
compressed. The same seed gives the same bytes; each guest gets a seed of its own, so no pipeline
gains from bytes that an earlier guest left on a host.
"""

import itertools
import random
import socket
import threading
from typing import Iterator, List

from bench.world import INTERNET, Network

PORT = 9996
_MIB = 1 << 20
_CONSONANTS = "bcdfghklmnprstvw"
_VOWELS = "aeiou"
_WORDS = 20_000
_PHRASES = 60_000


def _phrases() -> List[str]:
    """Two or three words each; frequent words are frequent in them (Zipf's law)."""
    source = random.Random("vocabulary")

    def word() -> str:
        syllables = source.choices((1, 2, 3, 4), (2, 5, 3, 1))[0]
        return "".join(
            source.choice(_CONSONANTS) + source.choice(_VOWELS) + source.choice(("", "", "n", "s"))
            for _ in range(syllables)
        )

    # Frequent words are short ones, more often than not.
    words = sorted((word() for _ in range(_WORDS)), key=lambda each: len(each) * source.random())
    weights = list(itertools.accumulate(1 / rank for rank in range(1, _WORDS + 1)))
    ends = (" ", " ", " ", " ", ", ", ".\n")
    return [
        " ".join(source.choices(words, cum_weights=weights, k=source.choice((2, 3))))
        + source.choice(ends)
        for _ in range(_PHRASES)
    ]


class Feeder:
    """Answers guests' requests "PLACE KIND MIB". A context manager."""

    def __init__(self, internet: Network) -> None:
        self._phrases = _phrases()
        self._seed = ""
        with internet.entered():
            self._listener = socket.create_server((INTERNET, PORT))
        self._thread = threading.Thread(target=self._serve, name="feeder", daemon=True)

    def __enter__(self) -> "Feeder":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes accept(), which close() alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        # A guest that is still being filled ends with its host; nobody waits for it.
        self._thread.join(1)

    def next_guest(self, seed: str) -> None:
        """All that is asked for from now on comes from this seed."""
        self._seed = seed

    def content(self, line: str) -> Iterator[bytes]:
        """The bytes that answer a request, in pieces of one MiB."""
        place, kind, size = line.split()
        source = random.Random(f"{self._seed} {place} {kind}")
        for _ in range(int(size)):
            if kind == "random":
                yield source.randbytes(_MIB)
            elif kind == "text":
                yield self._text(source)
            else:
                raise ValueError(f"no such kind: {kind}")

    def _text(self, source: random.Random) -> bytes:
        text = bytearray()
        while len(text) < _MIB:
            text += "".join(source.choices(self._phrases, k=20_000)).encode("ascii")
        return bytes(text[:_MIB])

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # A guest asks for one thing after the other.
            with connection:
                connection.settimeout(120)
                try:
                    with connection.makefile("rb") as lines:
                        line = lines.readline(200).decode("ascii")
                    for piece in self.content(line):
                        connection.sendall(piece)
                except (OSError, ValueError) as error:
                    # The guest sees that bytes are missing, and asks again.
                    print(f"bench: the feeder could not answer a guest: {error}", flush=True)
