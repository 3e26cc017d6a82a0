"""The one step of the 2014 pipeline that is not a program of somebody else."""

import struct
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from bench import legacy

DESCRIPTION = b"""<domain type="qemu"><name>guest</name>
<metadata><t:domain xmlns:t="https://tresccad.org/domain/1.0"/></metadata>
<os><type>hvm</type><kernel>/there/k</kernel><initrd>/there/r</initrd></os>
<devices><disk type="file"><source file="/there/disk"/>
<backingStore type="file"><source file="/there/base"/></backingStore></disk>
<interface type="bridge"><mac address="52:54:00:00:00:01"/><target dev="tap"/></interface>
<serial type="pty"><log file="/there/console.log" append="on"/></serial></devices></domain>"""
COOKIE = b"<qemu><slirp/></qemu>"
STREAM = b"QEVM" + bytes(range(256)) * 8
STREAM_SIZE = len(STREAM)


class RewriteTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.image = Path(directory.name) / "snapshot"

    def save(self, magic: bytes = b"LibvirtQemudSave", length: int = 4096) -> None:
        data = DESCRIPTION + b"\0"
        fields = [2, length, 1, 0, len(data), *[0] * 14]
        head = struct.pack("<16s19I", magic, *fields)
        self.image.write_bytes(head + (data + COOKIE + b"\0").ljust(length, b"\0") + STREAM)

    def test_new_xml_and_its_cookie_are_found_where_the_header_says(self) -> None:
        for changed in (b"<short/>", DESCRIPTION + b"<!-- longer -->"):
            self.save()
            legacy.rewrite_header(self.image, lambda _: changed)
            content = self.image.read_bytes()
            fields = struct.unpack_from("<16s19I", content)
            data, stream = content[92:-STREAM_SIZE], content[-STREAM_SIZE:]
            self.assertEqual(len(data), fields[2])
            self.assertEqual(data.split(b"\0")[0], changed)
            cookie = fields[5]
            self.assertEqual(data[cookie:].split(b"\0")[0], COOKIE)
            self.assertEqual(stream, STREAM)
            self.assertEqual(fields[1:5], (2, 4096, 1, 0))

    def test_xml_that_does_not_fit_changes_nothing(self) -> None:
        self.save()
        before = self.image.read_bytes()
        with self.assertRaisesRegex(ValueError, "there is room for 4096"):
            legacy.rewrite_header(self.image, lambda _: b"x" * 4096)
        self.assertEqual(self.image.read_bytes(), before)

    def test_an_unfinished_image_is_refused(self) -> None:
        self.save(magic=b"LibvirtQemudPart")
        with self.assertRaisesRegex(ValueError, "no save image"):
            legacy.rewrite_header(self.image, lambda each: each)

    def test_a_domain_comes_home_without_what_only_its_source_had(self) -> None:
        changed = ElementTree.fromstring(legacy.at_home(DESCRIPTION, Path("/here")))
        text = ElementTree.tostring(changed).decode()
        self.assertNotIn("/there/", text)
        for gone in ("backingStore", "target", "metadata"):
            self.assertNotIn(gone, text)
        self.assertEqual(changed.findtext("os/kernel"), "/here/kernel")
        for kept in ("52:54:00:00:00:01", 'append="on"', "<name>guest</name>"):
            self.assertIn(kept, text)
