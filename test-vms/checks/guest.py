"""One emulated machine that runs a test guest."""

import json
import re
import socket
import subprocess
from pathlib import Path
from typing import List, Optional

from checks.awaiting import await_value

BUILT = Path(__file__).parent.parent / "target"


class Guest:
    """A machine with a disk, a serial console and a cable; it may be switched on repeatedly."""

    def __init__(self, directory: Path, tap: str, mac: str, command_line: str) -> None:
        self.mac = mac
        self._tap = tap
        self._command_line = command_line
        self._directory = directory
        self._console = directory / "console"
        self._console.touch()
        self._disk = directory / "disk.qcow2"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2"]
            + ["-b", str(BUILT / "base.qcow2"), str(self._disk)],
            check=True,
        )
        self._process: Optional[subprocess.Popen[bytes]] = None

    def switch_on(self) -> None:
        """Starts the machine; what it prints is added to the console of earlier boots."""
        monitor = self._directory / "monitor"
        monitor.unlink(missing_ok=True)
        command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "pc-i440fx-7.2"]
        command += ["-cpu", "qemu64", "-m", "128", "-nodefaults", "-display", "none"]
        command += ["-kernel", str(BUILT / "vmlinuz"), "-initrd", str(BUILT / "initrd")]
        command += ["-append", f"console=ttyS0 quiet {self._command_line}"]
        command += ["-drive", f"file={self._disk},format=qcow2,if=virtio"]
        command += ["-netdev", f"tap,id=lan,ifname={self._tap},script=no,downscript=no"]
        command += ["-device", f"virtio-net-pci,id=nic,netdev=lan,mac={self.mac}"]
        command += ["-chardev", f"file,id=console,path={self._console},append=on"]
        command += ["-serial", "chardev:console"]
        command += ["-qmp", f"unix:{monitor},server=on,wait=off"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def lines(self) -> List[str]:
        """All whole lines of the console since the first boot."""
        text = self._console.read_text(errors="replace").replace("\r", "")
        return text.split("\n")[:-1]

    def ticks(self, since: int = 0) -> List[int]:
        """The numbers counted on the console, from that line on."""
        found = (re.fullmatch(r"tick (\d+)", line) for line in self.lines()[since:])
        return [int(match.group(1)) for match in found if match]

    def await_line(self, pattern: str, since: int = 0) -> "re.Match[str]":
        """Waits for a line of the console, from line number "since" on, that is all pattern."""

        def look() -> Optional["re.Match[str]"]:
            matches = (re.fullmatch(pattern, line) for line in self.lines()[since:])
            return next((match for match in matches if match), None)

        try:
            return await_value(f"console line {pattern}", look)
        except AssertionError as error:
            last = "\n".join(self.lines()[-30:])
            raise AssertionError(f"{error}; the console ends:\n{last}") from None

    def await_ticks(self, number: int, since: int = 0) -> List[int]:
        """Waits for so many ticks, from line number "since" on, and returns them all."""

        def look() -> Optional[List[int]]:
            ticks = self.ticks(since)
            return ticks if len(ticks) >= number else None

        return await_value(f"{number} ticks on the console", look)

    def press_power_button(self) -> None:
        """Asks the guest to shut down, as libvirt's shutdown does."""
        self._tell("system_powerdown")

    def connect_cable(self, connected: bool) -> None:
        """Pulls the network cable or puts it back."""
        self._tell("set_link", name="nic", up=connected)

    def await_power_off(self, seconds: float) -> None:
        """Waits for the machine to switch itself off; raises when it does not."""
        assert self._process is not None
        status = self._process.wait(timeout=seconds)
        self._process = None
        assert status == 0, f"QEMU ended with {status}"

    def cut_power(self) -> None:
        """Ends the machine at once, as a power cut would. Being off is no error."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ticks_on_disk(self) -> List[int]:
        """What the guest has written to its disk; the machine must be off."""
        raw = self._directory / "disk.raw"
        subprocess.run(
            ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(self._disk), str(raw)],
            check=True,
        )
        # Replays the journal, as mounting would. 1: "errors corrected".
        checked = subprocess.run(["e2fsck", "-p", str(raw)], capture_output=True)
        assert checked.returncode in (0, 1), checked.stdout
        content = subprocess.run(
            ["debugfs", "-R", "cat /ticks", str(raw)],
            check=True,
            capture_output=True,
        )
        return [int(line) for line in content.stdout.decode().splitlines()]

    def _tell(self, command: str, **arguments: object) -> None:
        """Sends one command to QEMU's monitor and waits for its answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self._directory / "monitor"))
            answers = connection.makefile("r")
            answers.readline()
            for request in (
                {"execute": "qmp_capabilities"},
                {"execute": command, "arguments": arguments},
            ):
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(answers.readline())
                while "event" in answer:
                    answer = json.loads(answers.readline())
                assert "return" in answer, answer
