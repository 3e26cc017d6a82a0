"""The head of libvirt's save images."""

import struct
import tempfile
import unittest
from pathlib import Path

from tresccad_openstack import saveimage
from tresccad_openstack.saveimage import NotASaveImage

XML, COOKIE, STREAM = "<domain type='qemu'/>", b"<qemusaveimage/>", b"QEVM" + bytes(1000)


def image(
    magic: bytes = b"LibvirtQemudSave",
    version: int = 2,
    length: int = 65536 - 92,
    compressed: int = 0,
    cookie: bytes = COOKIE,
) -> bytes:
    xml = XML.encode() + b"\0"
    at = len(xml) if cookie else 0
    head = struct.pack("<16s5I", magic, version, length, 1, compressed, at).ljust(92, b"\0")
    data = xml + (cookie + b"\0" if cookie else b"")
    return head + data.ljust(65536 - 92, b"\0") + STREAM


class SaveImage(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = Path(directory.name) / "snapshot"

    def test_xml_and_cookie_are_read(self) -> None:
        self.path.write_bytes(image())
        found = saveimage.read(self.path)
        self.assertEqual((found.xml, found.cookie, found.was_running), (XML, COOKIE, True))

    def test_longer_xml_moves_the_cookie_and_nothing_behind_it(self) -> None:
        for cookie in (COOKIE, b""):
            with self.subTest(cookie):
                self.path.write_bytes(image(cookie=cookie))
                longer = XML + "<!-- Zoë -->" * 100
                saveimage.replace_xml(self.path, longer)
                found = saveimage.read(self.path)
                self.assertEqual((found.xml, found.cookie), (longer, cookie))
                self.assertEqual(self.path.read_bytes()[65536:], STREAM)

    def test_xml_without_room_is_refused_and_the_file_stays_as_it_was(self) -> None:
        self.path.write_bytes(image())
        with self.assertRaisesRegex(NotASaveImage, "needs .* bytes"):
            saveimage.replace_xml(self.path, "x" * 70000)
        self.assertEqual(self.path.read_bytes(), image())

    def test_lies_and_other_files_are_refused(self) -> None:
        for what, content in (
            ("too short", b"LibvirtQemudSave"),
            ("unfinished", image(magic=b"LibvirtQemudPart")),
            ("version 3", image(version=3)),
            ("compressed", image(compressed=1)),
            ("no XML", image(length=0)),
            ("more than there is", image(length=1 << 20)),
            ("huge", image(length=(1 << 32) - 1)),
            ("cookie far away", image()[:32] + b"\xff\xff\0\0" + image()[36:]),
        ):
            with self.subTest(what), self.assertRaises(NotASaveImage):
                self.path.write_bytes(content)
                saveimage.read(self.path)


if __name__ == "__main__":
    unittest.main()
