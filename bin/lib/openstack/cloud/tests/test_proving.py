import io
import unittest
from contextlib import redirect_stderr
from typing import List

from cloud import proving

_ran: List[str] = []


class Proofs(unittest.TestCase):
    def test_short(self) -> None:
        _ran.append("short")

    @proving.long
    def test_thorough(self) -> None:
        _ran.append("thorough")


def load_tests(
    loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: object
) -> unittest.TestSuite:
    """Proofs are for the tests below."""
    return loader.loadTestsFromTestCase(ProvingTest)


class ProvingTest(unittest.TestCase):
    def setUp(self) -> None:
        _ran.clear()

    def prove(self, *patterns: str, quick: bool = False) -> str:
        with redirect_stderr(io.StringIO()) as said:
            self.assertTrue(proving.run([Proofs], patterns, quick))
        return said.getvalue()

    def test_all_are_proved_and_timed(self) -> None:
        self.assertRegex(self.prove(), r"[0-9.]+ s (short|thorough)\n")
        self.assertEqual(_ran, ["short", "thorough"])

    def test_a_quick_run_leaves_out_the_long_ones(self) -> None:
        self.prove(quick=True)
        self.assertEqual(_ran, ["short"])

    def test_names_choose(self) -> None:
        self.prove("thor")
        self.assertEqual(_ran, ["thorough"])
