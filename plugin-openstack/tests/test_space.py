"""A guest's memory needs room on the compute node's disk."""

import shutil
import tempfile
import unittest
from pathlib import Path

from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.driver import space


class Space(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def test_memory_that_fits_is_let_through(self) -> None:
        space.require(self.directory, 1)

    def test_memory_that_fits_without_a_margin_is_refused_with_both_sizes(self) -> None:
        free = shutil.disk_usage(self.directory).free >> 20
        with self.assertRaisesRegex(CannotCarry, r"\d+ MiB are needed, \d+ are free"):
            space.require(self.directory, free)


if __name__ == "__main__":
    unittest.main()
