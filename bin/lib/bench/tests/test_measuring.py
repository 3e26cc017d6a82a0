"""What turns observations into figures."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any, List, Tuple

from bench import meter, observer
from bench.feed import Feeder, _phrases
from bench.observer import Observer, Pulse

SOURCE: Any = SimpleNamespace(name="hostA")
TARGET: Any = SimpleNamespace(name="hostB")


class GapTest(unittest.TestCase):
    def heard(self, *pulses: Tuple[str, str, int, float]) -> Observer:
        heard = Observer([])
        heard._pulses = [Pulse(*each) for each in pulses]
        return heard

    def test_interruption_is_from_the_last_pulse_there_to_the_first_here(self) -> None:
        before = [("hostA", "boot", number, number * 0.02) for number in range(1, 6)]
        after = [("hostB", "boot", number, 3 + number * 0.02) for number in range(6, 9)]
        # Sockets of two hosts need not be read in the order of time.
        gap = self.heard(*after, *before).gap(SOURCE, TARGET, 0.05)
        self.assertAlmostEqual(gap.interruption_seconds, 3.02)
        self.assertAlmostEqual(gap.resumed_at, 3.12)
        self.assertAlmostEqual(gap.period_seconds, 0.02)
        self.assertEqual(gap.lost, 0)

    def test_a_pause_before_the_freeze_is_told_apart(self) -> None:
        times = [0.0, 0.02, 0.04, 0.54, 0.56]
        before = [("hostA", "boot", number, each) for number, each in enumerate(times)]
        gap = self.heard(*before, ("hostB", "boot", 6, 0.9)).gap(SOURCE, TARGET, 0.05)
        self.assertAlmostEqual(gap.longest_pause_seconds, 0.5)
        self.assertAlmostEqual(gap.interruption_seconds, 0.34)
        self.assertEqual(gap.lost, 1)

    def test_a_guest_that_runs_twice_or_booted_anew_is_no_move(self) -> None:
        before = [("hostA", "boot", number, number * 0.02) for number in range(1, 6)]
        for strange in (
            ("hostB", "boot", 4, 0.2),
            ("hostB", "another", 6, 0.2),
            ("hostB", "boot", 6, 0.07),
        ):
            with self.assertRaisesRegex(ValueError, "does not follow"):
                self.heard(*before, strange).gap(SOURCE, TARGET, 0.05)

    def test_a_guest_that_was_not_heard_has_no_interruption(self) -> None:
        before = [("hostA", "boot", number, number * 0.02) for number in range(1, 6)]
        with self.assertRaisesRegex(ValueError, "0 at hostB"):
            self.heard(*before).gap(SOURCE, TARGET, 0.05)

    def test_only_pulses_are_read_from_frames(self) -> None:
        pulse = b"\0" * 12 + b"\x08\0" + b"\x45" + b"\0" * 8 + b"\x11" + b"\0" * 10
        ports = (40000).to_bytes(2, "big") + observer.PORT.to_bytes(2, "big") + b"\0" * 4
        self.assertEqual(observer._payload(pulse + ports + b"boot 17\n"), ["boot", "17"])
        other = ports[:2] + (53).to_bytes(2, "big") + ports[4:]
        for frame in (pulse + other + b"boot 17\n", pulse + ports + b"junk", pulse, b""):
            self.assertIsNone(observer._payload(frame))


class MeterTest(unittest.TestCase):
    def test_time_on_the_wire_leaves_out_waiting_before_and_after(self) -> None:
        sent = [(0.0, 0), (5.0, 0), (5.5, 0)]
        sent += [(5.5 + step / 10, step * 1_000) for step in range(1, 101)]
        sent += [(60.0, 100_000)]
        self.assertAlmostEqual(meter._duration(sent), 10.0, delta=0.2)

    def test_nothing_sent_takes_no_time(self) -> None:
        self.assertEqual(meter._duration([(0.0, 0), (1.0, 0)]), 0.0)

    def test_a_file_with_two_names_takes_its_room_once(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            state, work = Path(directory, "state"), Path(directory, "work")
            (state / "content" / "ab").mkdir(parents=True)
            work.mkdir()
            file = state / "content" / "ab" / "file"
            file.write_bytes(os.urandom(1 << 20))
            os.link(file, state / "content" / "again")
            with (work / "sparse").open("wb") as sparse:
                sparse.truncate(1 << 30)
            host: Any = SimpleNamespace(state=state, work=work)
            sizes = meter._disk_bytes(host)
        self.assertAlmostEqual(sizes["content"], 1 << 20, delta=1 << 16)
        self.assertLess(sizes["bench"], 1 << 16)

    def test_what_hosts_keep_of_visits_is_told_apart(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            state, work = Path(directory, "state"), Path(directory, "work")
            for each in (state / meter.KEPT, state / "instances", work):
                each.mkdir(parents=True)
            network: Any = SimpleNamespace(inode=lambda: 0)
            host: Any = SimpleNamespace(
                name="hostA", state=state, work=work, network=network, cpu_of_commands=0.0
            )
            host.bytes_sent = lambda: 0
            (state / meter.KEPT / "old").write_bytes(os.urandom(1 << 20))
            with meter.Meter([host], {}) as measuring:
                measuring.begin()
                (state / meter.KEPT / "new").write_bytes(os.urandom(2 << 20))
                (state / "instances" / "disk").write_bytes(os.urandom(3 << 20))
                cost = measuring.end()
        for name, size in ((meter.KEPT, 2 << 20), ("hostA", 3 << 20), ("all", 3 << 20)):
            self.assertAlmostEqual(cost.disk_bytes[name], size, delta=1 << 16)
        self.assertEqual(set(cost.disk_parts_bytes), {f"hostA/{meter.KEPT}", "hostA/instances"})

    def test_cpu_of_processes_that_ended_counts_once(self) -> None:
        # The one that burns ends; its parent waits for it, and ends later; that one's parent is
        # this program's child, which is not counted.
        burning = "end=$((SECONDS + 2))\nwhile ((SECONDS < end)); do :; done\nexit 0\n"
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "burn").write_text(burning)
            Path(directory, "wait").write_text("bash burn\nsleep 1\nexit 0\n")
            Path(directory, "begin").write_text("bash wait\nexit 0\n")
            command = ["unshare", "--net", "bash", "begin"]
            with subprocess.Popen(command, cwd=directory) as child:
                inode = self.other_namespace(child.pid)
                processes = meter._Processes({inode})
                readings: List[float] = []
                while child.poll() is None:
                    readings.append(processes.look())
                    time.sleep(0.05)
                readings.append(processes.look())
        self.assertEqual(readings, sorted(readings))
        self.assertGreater(readings[-1], 0.2)
        self.assertLess(readings[-1], 3.2)

    def other_namespace(self, pid: int) -> int:
        own = os.stat("/proc/self/ns/net").st_ino
        while (inode := os.stat(f"/proc/{pid}/ns/net").st_ino) == own:
            time.sleep(0.01)
        return inode


class FeedTest(unittest.TestCase):
    def feeder(self, seed: str) -> Feeder:
        feeder = Feeder.__new__(Feeder)
        feeder._phrases = _phrases()
        feeder.next_guest(seed)
        return feeder

    def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(self) -> None:
        for line in ("memory text 1", "disk random 1"):
            first = b"".join(self.feeder("one").content(line))
            self.assertEqual(len(first), 1 << 20)
            self.assertEqual(first, b"".join(self.feeder("one").content(line)))
            self.assertNotEqual(first, b"".join(self.feeder("two").content(line)))

    def test_text_does_not_repeat_by_pages(self) -> None:
        text = b"".join(self.feeder("one").content("memory text 4"))
        pages = {bytes(page) for page in zip(*[iter(text)] * 4096)}
        self.assertEqual(len(pages), 1024)
