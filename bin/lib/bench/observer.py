"""Hears guests' pulses on the hosts' bridges, and so knows when a guest stood still.

The sockets see frames as they come from a guest's card: no cable between hosts, which may be full,
no firewall and no address is involved. Times are the kernel's own stamps, turned into this
machine's monotonic clock; both hosts are on one machine, so there is only one clock.
"""

import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from bench.world import BRIDGE, Host

PORT = 9997
_ETH_P_IP = 0x0800
# From linux/if_packet.h and asm-generic/socket.h; Python does not name them.
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC = 263, 1, 1
_SO_TIMESTAMPNS = 35
# A guest sends each 20 ms; one that is silent for this long is not running where it should.
PATIENCE_SECONDS = 60.0
# More than this between two looks means that somebody set the machine's clock.
_CLOCK_STEP_SECONDS = 0.005


@dataclass(frozen=True)
class Pulse:
    """One datagram. SECONDS is on the monotonic clock, NUMBER counts since the guest's boot."""

    host: str
    boot: str
    number: int
    seconds: float


@dataclass(frozen=True)
class Gap:
    """What a move did to a guest, as its pulses show it.

    interruption_seconds: from the last pulse at the source to the first at the target.
    resumed_at: the first pulse at the target, monotonic.
    longest_pause_seconds: the longest silence at the source before that.
    period_seconds: the median between two pulses at the source: the resolution of all this.
    lost: pulses that were counted and not heard across the interruption.
    """

    interruption_seconds: float
    resumed_at: float
    longest_pause_seconds: float
    period_seconds: float
    lost: int


class Observer:
    """A context manager; hears from the moment it is entered."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self._pulses: List[Pulse] = []
        self._heard = threading.Condition()
        self._sockets = [(host.name, _listen(host)) for host in hosts]
        self._offset = _monotonic_minus_real()
        self._is_closing = False
        self._threads = [
            threading.Thread(target=self._hear, args=(name, listener), daemon=True)
            for name, listener in self._sockets
        ]

    def __enter__(self) -> "Observer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing = True
        for thread in self._threads:
            thread.join()
        for pair in self._sockets:
            pair[1].close()

    def await_pulses(self, host: Host, number: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until so many were heard at that host in all. Raises TimeoutError."""

        def enough() -> bool:
            return sum(pulse.host == host.name for pulse in self._pulses) >= number

        with self._heard:
            if not self._heard.wait_for(enough, seconds):
                raise TimeoutError(f"fewer than {number} pulses at {host.name} in {seconds:g} s")

    def gap(self, source: Host, target: Host, since: float) -> Gap:
        """What happened to the guest that was asked to move at SINCE, monotonic.

        Raises ValueError when the pulses tell no such story, or the clock was set meanwhile.
        """
        if abs(_monotonic_minus_real() - self._offset) > _CLOCK_STEP_SECONDS:
            raise ValueError("the machine's clock was set during the measurement")
        with self._heard:
            pulses = sorted(self._pulses, key=lambda pulse: pulse.seconds)
        here = [pulse for pulse in pulses if pulse.host == source.name]
        there = [pulse for pulse in pulses if pulse.host == target.name and pulse.seconds > since]
        if len(here) < 3 or not there:
            raise ValueError(f"{len(here)} pulses at {source.name}, {len(there)} at {target.name}")
        last, first = here[-1], there[0]
        if last.boot != first.boot or last.number >= first.number or last.seconds > first.seconds:
            raise ValueError(f"{first} does not follow {last}: not the same guest, or two of it")
        steps = [later.seconds - earlier.seconds for earlier, later in zip(here, here[1:])]
        return Gap(
            interruption_seconds=first.seconds - last.seconds,
            resumed_at=first.seconds,
            longest_pause_seconds=max(steps),
            period_seconds=sorted(steps)[len(steps) // 2],
            lost=first.number - last.number - 1,
        )

    def _hear(self, host: str, listener: socket.socket) -> None:
        while not self._is_closing:
            try:
                frame, stamps, _, _ = listener.recvmsg(2048, 128)
            except TimeoutError:
                continue
            words = _payload(frame)
            if words is None:
                continue
            real = _stamp(stamps)
            pulse = Pulse(host, words[0], int(words[1]), real + self._offset)
            with self._heard:
                self._pulses.append(pulse)
                self._heard.notify_all()


def _listen(host: Host) -> socket.socket:
    with host.network.entered():
        listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP))
        listener.bind((BRIDGE, _ETH_P_IP))
        # A guest that has just come still sends to the other host's hardware address.
        index = socket.if_nametoindex(BRIDGE)
        membership = struct.pack("iHH8s", index, _PACKET_MR_PROMISC, 0, b"")
        listener.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    listener.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    listener.settimeout(0.2)
    return listener


def _payload(frame: bytes) -> Optional[List[str]]:
    """The words of a pulse; None for any other frame."""
    if len(frame) < 42 or frame[23] != socket.IPPROTO_UDP:
        return None
    transport = 14 + (frame[14] & 0x0F) * 4
    if len(frame) < transport + 8 or struct.unpack_from("!H", frame, transport + 2)[0] != PORT:
        return None
    content = transport + 8
    words = frame[content:].decode("ascii", "replace").split()
    return words if len(words) == 2 and words[1].isdigit() else None


def _stamp(ancillary: Sequence[Tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack_from("qq", data)
            return float(seconds + nanoseconds / 1e9)
    raise ValueError("a frame without the kernel's time stamp")


def _monotonic_minus_real() -> float:
    """The best of a few tries, for this thread may be stopped between the two readings."""
    best = (1.0, 0.0)
    for _ in range(20):
        before = time.monotonic()
        real = time.clock_gettime(time.CLOCK_REALTIME)
        after = time.monotonic()
        best = min(best, (after - before, (before + after) / 2 - real))
    return best[1]
