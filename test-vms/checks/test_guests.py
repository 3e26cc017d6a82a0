"""What every other test takes for granted about the guests."""

import random
import re
import socket
import socketserver
import statistics
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import ClassVar, List

from checks.awaiting import PATIENCE_SECONDS, await_value
from checks.guest import Guest
from checks.guest_api import LINEAGE, TOKEN, TestingGuestApi
from checks.network import GATEWAY, METADATA, Network, ip

BEACON = f"beacon={GATEWAY}:9999"


class GuestTest(unittest.TestCase):
    """Gives each class one guest on one network; the guest is on when a test begins."""

    network: Network
    guest: Guest
    beacons: socket.socket
    program = "tick"
    switches = ""
    mac = "52:54:00:00:00:01"
    address = "10.77.0.11"

    @classmethod
    def setUpClass(cls) -> None:
        directory = tempfile.TemporaryDirectory(prefix="test-vms-")
        cls.addClassCleanup(directory.cleanup)
        path = Path(directory.name)
        cls.network = Network(path)
        cls.addClassCleanup(cls.network.close)
        cls.network.serve_addresses({cls.mac: cls.address})
        cls.beacons = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.beacons.close)
        cls.beacons.bind((GATEWAY, 9999))
        cls.beacons.settimeout(PATIENCE_SECONDS)
        command_line = f"guest={cls.program} {BEACON} {cls.switches}"
        cls.guest = Guest(path, cls.network.add_tap(), cls.mac, command_line)
        cls.addClassCleanup(cls.guest.cut_power)
        cls.guest.switch_on()
        cls.guest.await_line(f"tick ready {cls.address}")
        cls.guest.await_ticks(1)

    def next_beacon(self) -> List[str]:
        """The words of the first beacon that is sent from now on."""
        self.beacons.setblocking(False)
        try:
            while True:
                self.beacons.recv(2000)
        except BlockingIOError:
            self.beacons.settimeout(PATIENCE_SECONDS)
        return self.beacons.recv(2000).decode().split()

    def next_beacons(self, number: int) -> List[List[str]]:
        """The words of so many beacons in a row, sent from now on."""
        beacons = [self.next_beacon()]
        while len(beacons) < number:
            beacons.append(self.beacons.recv(2000).decode().split())
        return beacons

    def assert_consecutive(self, ticks: List[int]) -> None:
        self.assertEqual(ticks, list(range(ticks[0], ticks[0] + len(ticks))))


class TickTest(GuestTest):
    def test_counts_once_a_second_and_leaves_out_none(self) -> None:
        ticks = self.guest.await_ticks(3)
        self.assertEqual(ticks[0], 1)
        self.assert_consecutive(ticks)

        def next_seconds() -> float:
            first, second = self.next_beacons(2)
            self.assertEqual(int(second[2]) - int(first[2]), 1)
            return float(second[3]) - float(first[3])

        # A guest that does not get its turn may be late, and never is too early.
        await_value("a second between two ticks", lambda: 0.1 < next_seconds() < 1.9)

    def test_sends_a_beacon_without_lineage(self) -> None:
        lineage, epoch, number, uptime, nonce = self.next_beacon()
        self.assertEqual((lineage, epoch), ("-", "-"))
        self.assertIn(int(number), self.guest.ticks())
        self.assertGreater(float(uptime), 0)
        self.assertRegex(nonce, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

    def test_echoes_on_port_7(self) -> None:
        # Twice: the service must outlive its first connection.
        for word in (b"first\n", b"second\n"):
            with socket.create_connection(
                (self.address, 7), timeout=PATIENCE_SECONDS
            ) as connection:
                connection.sendall(word)
                self.assertEqual(connection.makefile("rb").readline(), word)

    def test_takes_another_address_when_the_cable_was_pulled(self) -> None:
        self.addCleanup(self.network.serve_addresses, {self.mac: self.address})
        before = len(self.guest.lines())
        for address in ("10.77.0.99", self.address):
            self.guest.connect_cable(False)
            self.network.serve_addresses({self.mac: address})
            # Long enough for a guest that does not get its turn at once to see it.
            time.sleep(1)
            self.guest.connect_cable(True)
            self.guest.await_line(f"address {address}", before)
        self.assert_consecutive(self.guest.ticks())


class PowerTest(GuestTest):
    def test_count_goes_on_after_power_off_and_after_a_power_cut(self) -> None:
        first_nonce = self.next_beacon()[4]
        self.guest.press_power_button()
        self.guest.await_power_off(seconds=PATIENCE_SECONDS)
        counted = self.guest.ticks()
        self.assertEqual(self.guest.ticks_on_disk()[: len(counted)], counted)

        # The last number may have reached the disk and not the console.
        second_boot = len(self.guest.lines())
        on_disk = self.guest.ticks_on_disk()
        self.guest.switch_on()
        self.guest.await_ticks(2, second_boot)
        self.assertEqual(self.guest.ticks(second_boot)[0], on_disk[-1] + 1)
        self.assertNotEqual(self.next_beacon()[4], first_nonce)

        self.guest.cut_power()
        printed = self.guest.ticks()[-1]
        on_disk = self.guest.ticks_on_disk()
        self.assertIn(on_disk[-1], (printed, printed + 1))
        self.assert_consecutive(on_disk)
        third_boot = len(self.guest.lines())
        self.guest.switch_on()
        self.assertEqual(self.guest.await_ticks(1, third_boot)[0], on_disk[-1] + 1)


class AgentTest(GuestTest):
    program = "agent"

    def setUp(self) -> None:
        self.api = TestingGuestApi()
        self.addCleanup(self.api.close)
        self.begin = len(self.guest.lines())

    def test_moves_itself_and_learns_where_it_came_to(self) -> None:
        self.api.host = "start"
        self.guest.await_line("agent at start epoch 1", self.begin)
        self.assertEqual(self.next_beacon()[:2], [LINEAGE, "1"])
        self.api.meta = {"other": 'a "}" in it', "move_to": "B", "move_serial": "1"}
        identity = self.api.migration_id
        self.guest.await_line("agent asks to move to B", self.begin)
        self.guest.await_line(f"agent migration {identity} accepted", self.begin)
        self.assertTrue(self.api.connection_was_closed.wait(PATIENCE_SECONDS))

        self.guest.await_line(f"agent migration {identity} is running", self.begin)
        self.api.host, self.api.epoch = "B", 2
        self.api.migration_status = "completed"
        self.guest.await_line(f"agent migration {identity} completed", self.begin)
        self.guest.await_line("agent at B epoch 2", self.begin)
        await_value("beacon of epoch 2", lambda: self.next_beacon()[1] == "2")

        # The same destination again, by another serial; not again by the same.
        self.api.meta = {**self.api.meta, "move_serial": "2"}
        await_value("a second request", lambda: len(self.api.asked) == 2)
        reads = self.api.metadata_reads
        await_value("two more looks", lambda: self.api.metadata_reads >= reads + 2)
        wish = {"destination": "B", "mode": "package", "token": TOKEN}
        self.assertEqual(self.api.asked, 2 * [wish])

    def test_says_why_it_was_refused(self) -> None:
        self.api.refusal = (403, "Destination C is not for this project.")
        self.api.meta = {"move_to": "C", "move_serial": "3"}
        self.guest.await_line(
            "agent migration refused: 403 Forbidden Destination C is not for this project.",
            self.begin,
        )

    def test_counts_on_while_nobody_answers(self) -> None:
        # No address at all: requests vanish, and only their timeouts end them.
        ip("address", "delete", f"{METADATA}/32", "dev", "br0")
        self.addCleanup(ip, "address", "add", f"{METADATA}/32", "dev", "br0")
        begin = len(self.guest.lines())

        def next_seconds() -> float:
            uptimes = [float(beacon[3]) for beacon in self.next_beacons(5)]
            return uptimes[-1] - uptimes[0]

        # Were the counter held up by a request, no five of its seconds were so short.
        await_value("five seconds in a row", lambda: next_seconds() < 6)
        self.assert_consecutive(self.guest.ticks(begin))


class TestingFeeder(socketserver.BaseRequestHandler):
    """Answers "PLACE KIND MIB" with so many random bytes and remembers what was asked."""

    asked: List[str] = []

    def handle(self) -> None:
        line = self.request.makefile("rb").readline().decode().strip()
        self.asked.append(line)
        self.request.sendall(random.Random(line).randbytes(int(line.split()[2]) << 20))


class LoadTest(GuestTest):
    """A guest with a stated content, as measurements need it."""

    feeder: ClassVar[socketserver.BaseServer]
    pulses: ClassVar[socket.socket]
    switches = (
        f"pulse={GATEWAY}:9997 feed={GATEWAY}:9996 fill=zero:4,text:6,random:8 "
        "overlay=random:12 dirty=1024 rewrite=8 recall=4"
    )

    @classmethod
    def setUpClass(cls) -> None:
        # Before the guest, which asks as soon as it has an address; the address comes later.
        cls.feeder = socketserver.ThreadingTCPServer(("0.0.0.0", 9996), TestingFeeder)
        cls.addClassCleanup(cls.feeder.server_close)
        threading.Thread(target=cls.feeder.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.feeder.shutdown)
        cls.pulses = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.pulses.close)
        cls.pulses.bind(("0.0.0.0", 9997))
        cls.pulses.settimeout(PATIENCE_SECONDS)
        super().setUpClass()
        cls.guest.await_line("fill ready")

    def test_fills_memory_and_disk_with_what_it_was_told(self) -> None:
        self.assertEqual(
            sorted(TestingFeeder.asked), ["disk random 12", "memory random 8", "memory text 6"]
        )

    def test_pulse_counts_fifty_times_a_second(self) -> None:
        self.guest.await_line("pulse ready")

        def next_gap() -> float:
            self.pulses.setblocking(False)
            try:
                while True:
                    self.pulses.recv(2000)
            except BlockingIOError:
                self.pulses.settimeout(PATIENCE_SECONDS)
            heard = [
                (self.pulses.recv(2000).decode().split(), time.monotonic()) for _ in range(100)
            ]
            counts = [int(words[1]) for words, _ in heard]
            self.assertEqual(counts, list(range(counts[0], counts[0] + 100)))
            self.assertEqual(len({words[0] for words, _ in heard}), 1)
            return statistics.median(
                later[1] - earlier[1] for earlier, later in zip(heard, heard[1:])
            )

        # A busy machine may be too slow for a while.
        await_value("a pulse every 20 ms", lambda: next_gap() < 0.04)

    def test_dirty_rewrites_memory_at_the_rate_it_was_told(self) -> None:
        self.guest.await_line("dirty ready")
        pattern = r"dirtied (\d+) KiB in (\d+) hundredths"

        def rates() -> List[float]:
            found = [re.fullmatch(pattern, line) for line in self.guest.lines()]
            totals = [(0, 0)] + [(int(each[1]), int(each[2])) for each in found if each]
            return [
                (later[0] - earlier[0]) * 100 / (later[1] - earlier[1])
                for earlier, later in zip(totals, totals[1:])
            ]

        # A busy machine may be too slow for a while; it never is too fast.
        await_value("ten seconds at the rate", lambda: any(rate > 800 for rate in rates()))
        self.assertLess(max(rates()), 1200)

    def test_rewrite_finds_on_the_disk_what_it_wrote_the_round_before(self) -> None:
        # Four rounds; in all but the first it looks.
        self.guest.await_line("rewrote 32 MiB")
        self.assertFalse([line for line in self.guest.lines() if line.startswith("rewrite:")])

    def test_recall_finds_in_memory_what_it_put_there(self) -> None:
        self.guest.await_line("recalled 4 times")
        self.assertFalse([line for line in self.guest.lines() if line.startswith("recall:")])


class PlainTest(GuestTest):
    """A guest that was not told to do more than count."""

    def test_has_none_of_the_programs_for_measurements(self) -> None:
        self.guest.await_ticks(3)
        said = [line for line in self.guest.lines() if line.split()[0:1] != ["tick"]]
        for program in ("pulse", "fill", "dirty", "dirtied", "rewr", "recall"):
            self.assertFalse([line for line in said if program in line])
