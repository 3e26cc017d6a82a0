"""The guests' network: a bridge and DHCP, inside this process's network namespace."""

import subprocess
from pathlib import Path
from typing import Dict, Optional

GATEWAY = "10.77.0.1"
METADATA = "169.254.169.254"


def ip(*arguments: str) -> None:
    """Runs the ip command; raises when it fails."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Network:
    """A bridge with the gateway's and the metadata address, and dnsmasq with fixed leases."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._dnsmasq: Optional[subprocess.Popen[bytes]] = None
        self._taps = 0
        ip("link", "set", "lo", "up")
        ip("link", "add", "br0", "type", "bridge")
        ip("address", "add", f"{GATEWAY}/24", "dev", "br0")
        ip("address", "add", f"{METADATA}/32", "dev", "br0")
        ip("link", "set", "br0", "up")

    def add_tap(self) -> str:
        """Adds a cable to the bridge and returns its name."""
        name = f"tap{self._taps}"
        self._taps += 1
        ip("tuntap", "add", "dev", name, "mode", "tap")
        ip("link", "set", name, "master", "br0")
        ip("link", "set", name, "up")
        return name

    def serve_addresses(self, leases: Dict[str, str]) -> None:
        """Starts DHCP anew with these leases (MAC to address) and no memory of earlier ones."""
        self.stop_serving()
        leases_file = self._directory / "leases"
        leases_file.unlink(missing_ok=True)
        command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0"]
        command += ["--user=root", f"--dhcp-leasefile={leases_file}", "--interface=br0"]
        command += ["--bind-interfaces", "--dhcp-authoritative", "--log-facility=/dev/null"]
        command += [f"--pid-file={self._directory / 'dnsmasq.pid'}"]
        command += [f"--dhcp-range={GATEWAY},static,255.255.255.0,1h"]
        command += [f"--dhcp-host={mac},{address}" for mac, address in leases.items()]
        self._dnsmasq = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def stop_serving(self) -> None:
        """Stops DHCP."""
        if self._dnsmasq is not None:
            self._dnsmasq.kill()
            self._dnsmasq.wait()
            self._dnsmasq = None

    def close(self) -> None:
        """Stops DHCP and removes bridge and cables; the guests must be off."""
        self.stop_serving()
        ip("link", "delete", "br0")
        for number in range(self._taps):
            ip("link", "delete", f"tap{number}")
