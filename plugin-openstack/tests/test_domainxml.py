"""A guest's XML, taken apart and put together again for another host."""

import re
import unittest
from pathlib import Path
from typing import List

from lxml import etree

from tresccad_openstack import domainxml
from tresccad_openstack.domainxml import Card, CannotCarry


def domain(
    instance: str,
    base: str,
    tap: str,
    slots: tuple[int, int],
    more: str = "",
    top: str = "",
    mac: str = "fa:16:3e:43:8b:a4",
) -> str:
    """As Nova and libvirt write it; slots are the disk's and the card's PCI slots."""
    directory = f"/var/lib/nova/instances/{instance}"
    return f"""
<domain type='qemu' id='2'>
  <name>instance-{instance[:8]}</name>
  <uuid>{instance}</uuid>
  <metadata><nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1"/></metadata>
  <memory unit='KiB'>131072</memory>
  <currentMemory unit='KiB'>131072</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <sysinfo type='smbios'><system><entry name='uuid'>{instance}</entry></system></sysinfo>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <kernel>{directory}/kernel</kernel>
    <initrd>{directory}/ramdisk</initrd>
    <cmdline>console=ttyS0 guest=tick</cmdline>
    <boot dev='hd'/>
    <smbios mode='sysinfo'/>
  </os>
  <features><acpi/><apic/></features>
  <cpu mode='custom' match='exact' check='full'>
    <model fallback='forbid'>qemu64</model>
    <feature policy='require' name='x2apic'/>
    <feature policy='disable' name='svm'/>
  </cpu>
  <clock offset='utc'/>
  {top}
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='{directory}/disk' index='1'/>
      <backingStore type='file'><source file='{base}'/></backingStore>
      <target dev='vda' bus='virtio'/>
      <alias name='virtio-disk0'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='{slots[0]:#04x}' function='0x0'/>
    </disk>
    <controller type='pci' index='0' model='pci-root'/>
    <interface type='bridge'>
      <mac address='{mac}'/>
      <source bridge='brq-{tap}'/>
      <target dev='{tap}'/>
      <model type='virtio'/>
      <mtu size='1500'/>
      <alias name='net0'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='{slots[1]:#04x}' function='0x0'/>
    </interface>
    <serial type='pty'>
      <source path='/dev/pts/{slots[0]}'/>
      <log file='{directory}/console.log' append='off'/>
      <target port='0'/>
    </serial>
    <rng model='virtio'><backend model='random'>/dev/{tap}</backend></rng>
    {more}
  </devices>
  <seclabel type='dynamic' model='dac'/>
</domain>"""


_LIVE = Path(__file__).parents[2] / "server/src/test/resources/org/tresccad/hypervisor/live.xml"
SOURCE = "11111111-aaaa-4bbb-8ccc-000000000001"
TARGET = "22222222-aaaa-4bbb-8ccc-000000000002"


def with_device(device: str) -> str:
    return domain(SOURCE, "/source/base", "tap-source", (7, 8), device)


SAVED = domain(SOURCE, "/source/base", "tap-source", (7, 8))
# Nova leaves to libvirt what libvirt fills in.
FRESH = re.sub(
    "<(currentMemory|emulator).*|<(address|alias|backingStore|seclabel) .*|<source path.*",
    "",
    domain(TARGET, "/target/base", "tap-target", (3, 4)),
)


class Platform(unittest.TestCase):
    def test_what_a_manifest_says_is_in_the_xml(self) -> None:
        found = domainxml.platform(SAVED)
        self.assertEqual(
            (found.virt_type, found.architecture, found.machine, found.vcpus, found.memory_mib),
            ("qemu", "x86_64", "pc-i440fx-7.2", 1, 128),
        )
        self.assertEqual(
            (found.cpu_model, found.cpu_required, found.cpu_disabled),
            ("qemu64", ("x2apic",), ("svm",)),
        )
        self.assertEqual(found.command_line, "console=ttyS0 guest=tick")
        self.assertEqual(found.cards, (Card("fa:16:3e:43:8b:a4", "virtio"),))

    def test_what_cannot_move_is_named(self) -> None:
        nvram = SAVED.replace("<boot dev='hd'/>", "<nvram>/x</nvram>")
        cdrom = "<disk type='file' device='cdrom'><target dev='hda'/></disk>"
        for what, xml in (
            ("hostdev", domain(SOURCE, "b", "t", (1, 2), "<hostdev mode='subsystem'/>")),
            ("tpm", domain(SOURCE, "b", "t", (1, 2), "<tpm model='tpm-crb'/>")),
            ("filesystem", domain(SOURCE, "b", "t", (1, 2), "<filesystem type='mount'/>")),
            ("UEFI", nvram),
            ("2 disks", domain(SOURCE, "b", "t", (1, 2), cdrom)),
            ("CPU", SAVED.replace("mode='custom'", "mode='host-passthrough'")),
        ):
            with self.subTest(what), self.assertRaisesRegex(CannotCarry, what):
                domainxml.platform(xml)


class Merge(unittest.TestCase):
    def setUp(self) -> None:
        self.text = domainxml.merge(SAVED, FRESH)
        self.root = etree.fromstring(self.text.encode())

    def slots(self) -> List[str]:
        found = self.root.xpath("devices/*[self::disk or self::interface]/address/@slot")
        return [str(slot) for slot in found]

    def test_nothing_of_the_source_is_left(self) -> None:
        for word in (SOURCE, "/source/", "tap-source", "/dev/pts/7", "seclabel", "alias"):
            with self.subTest(word):
                self.assertNotIn(word, self.text)
        self.assertIsNone(self.root.get("id"))
        self.assertIsNone(self.root.find("devices/disk/backingStore"))

    def test_the_guest_finds_its_hardware_where_it_was(self) -> None:
        self.assertEqual(self.slots(), ["0x07", "0x08"])
        self.assertEqual(self.root.findtext("cpu/model"), "qemu64")
        self.assertEqual(self.root.find("os/type").get("machine"), "pc-i440fx-7.2")

    def test_names_and_paths_are_this_hosts(self) -> None:
        directory = f"/var/lib/nova/instances/{TARGET}"
        self.assertEqual(self.root.findtext("uuid"), TARGET)
        self.assertEqual(self.root.findtext("os/kernel"), directory + "/kernel")
        disk = self.root.find("devices/disk/source").get("file")
        self.assertEqual(disk, directory + "/disk")
        log = self.root.find("devices/serial/log").get("file")
        self.assertEqual(log, directory + "/console.log")
        self.assertEqual(self.root.find("devices/interface/target").get("dev"), "tap-target")
        self.assertEqual(self.root.findtext("devices/rng/backend"), "/dev/tap-target")

    def test_what_happens_on_the_host_when_a_guest_crashes_is_the_hosts_to_say(self) -> None:
        dumping = domain(
            SOURCE, "b", "t", (7, 8), top="<on_crash>coredump-restart</on_crash><!-- x -->"
        )
        self.assertNotIn("coredump", domainxml.merge(dumping, FRESH))

    def test_what_names_something_of_the_host_is_novas(self) -> None:
        for wrong in (
            ("<vcpu placement='static'>", "<vcpu placement='static' cpuset='0-3' current='1'>"),
            ("<smbios mode='sysinfo'/>", "<smbios mode='host'/>"),
            ("<os>", "<os firmware='efi'>"),
            ("device='disk'>", "device='disk' rawio='yes' sgio='unfiltered'>"),
        ):
            with self.subTest(wrong[1]):
                self.assertEqual(domainxml.merge(SAVED.replace(*wrong), FRESH), self.text)

    def test_xml_that_is_not_a_guests_of_novas_is_refused(self) -> None:
        qemu = (
            "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
            "<q:arg value='-drive'/></q:commandline>"
        )
        doctype = '<!DOCTYPE domain [<!ENTITY x SYSTEM "file:///etc/shadow">]>'
        for what, saved in (
            ("commandline", domain(SOURCE, "b", "t", (1, 2), top=qemu)),
            ("document type", doctype + SAVED.strip()),
            ("hostdev", domain(SOURCE, "b", "t", (1, 2), "<hostdev mode='subsystem'/>")),
            ("damaged", SAVED[:-10]),
            ("not a domain", "<network/>"),
            ("its input|an input", with_device("<input type='passthrough'/>")),
            ("input has source", with_device("<input type='mouse'><source/></input>")),
            ("audio", with_device("<audio id='1' type='file' path='/etc/x'/>")),
            ("rng has source", SAVED.replace("</rng>", "<source path='/etc/shadow'/></rng>")),
            ("disk has auth", SAVED.replace("</disk>", "<auth/></disk>")),
            ("boot has acpi", SAVED.replace("<boot dev='hd'/>", "<acpi><table/></acpi>")),
            ("boot has dtb", SAVED.replace("<boot dev='hd'/>", "<dtb>/etc/shadow</dtb>")),
            ("not a named model", SAVED.replace("mode='custom'", "mode='host-passthrough'")),
            ("not a named model", SAVED.replace("<model fallback='forbid'>qemu64</model>", "")),
            (
                "CPU has numa",
                SAVED.replace("</cpu>", "<numa><cell memAccess='shared'/></numa></cpu>"),
            ),
            ("CPU has cache", SAVED.replace("</cpu>", "<cache mode='passthrough'/></cpu>")),
            (
                "feature tcg",
                SAVED.replace("<apic/>", "<tcg><tb-cache unit='GiB'>9</tb-cache></tcg>"),
            ),
            (
                "video's model",
                with_device("<video><model><acceleration rendernode='/dev/x'/></model></video>"),
            ),
            ("memory is 1310720", SAVED.replace(">131072<", ">1310720<")),
            ("vcpu is 8", SAVED.replace(">1</vcpu>", ">8</vcpu>")),
            ("ran under kvm", SAVED.replace("type='qemu' id", "type='kvm' id")),
            ("no disk sda", SAVED.replace("dev='vda'", "dev='sda'")),
            ("no network card", domain(SOURCE, "b", "t", (1, 2), mac="fa:16:3e:00:00:01")),
        ):
            with self.subTest(what), self.assertRaisesRegex(CannotCarry, what):
                domainxml.merge(saved, FRESH)


class OfTresccadHosts(unittest.TestCase):
    """A guest of the daemon's template, which the daemon's own tests have as libvirt shows it."""

    def setUp(self) -> None:
        self.saved = _LIVE.read_text()
        fresh = FRESH.replace("fa:16:3e:43:8b:a4", "52:54:00:00:00:01")
        self.text = domainxml.merge(self.saved, fresh)
        self.root = etree.fromstring(self.text.encode())

    def test_its_hardware_is_what_a_manifest_can_say(self) -> None:
        found = domainxml.platform(self.saved)
        self.assertEqual(found.machine, "pc-i440fx-7.2")
        self.assertEqual(found.cards, (Card("52:54:00:00:00:01", "virtio"),))

    def test_all_that_the_guest_sees_is_there(self) -> None:
        for path in (
            "genid",
            "clock/timer[@name='hpet'][@present='no']",
            "devices/controller[@type='virtio-serial']/address[@slot='0x03']",
            "devices/channel/address[@type='virtio-serial']",
            "devices/rng/address[@slot='0x06']",
            "devices/video/model[@type='none']",
        ):
            with self.subTest(path):
                self.assertIsNotNone(self.root.find(path))
        self.assertIsNone(self.root.find("features/vmcoreinfo"))

    def test_nothing_of_its_host_is_left(self) -> None:
        for word in ("/instances/1", "/images/", "tap1", "br9", "filterref", "title", "11111111-1"):
            with self.subTest(word):
                self.assertNotIn(word, self.text)
        self.assertIsNone(self.root.find("devices/channel/source"))

    def test_a_channel_to_anything_but_the_guest_agent_is_refused(self) -> None:
        for wrong in (
            self.saved.replace("name='org.qemu.guest_agent.0'", "name='com.redhat.spice.0'"),
            self.saved.replace("<target type='virtio' name=", "<target type='guestfwd' name="),
        ):
            with self.assertRaisesRegex(CannotCarry, "channel"):
                domainxml.merge(wrong, FRESH)


if __name__ == "__main__":
    unittest.main()
