"""Runs proofs in a cloud that is up, and says how long each took."""

import time
import unittest
from typing import Any, Callable, Iterator, List, Sequence, Tuple, Type, TypeVar

_LONGEST = 10
_LONG = "is_for_long_runs"
_Proof = TypeVar("_Proof", bound=Callable[..., None])


def long(proof: _Proof) -> _Proof:
    """Marks a proof that a quick run leaves out."""
    setattr(proof, _LONG, True)
    return proof


def run(
    cases: Sequence[Type[unittest.TestCase]],
    patterns: Sequence[str] = (),
    quick: bool = False,
) -> bool:
    """Whether all of them hold, or all whose names have one of the patterns in them."""
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    found = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    suite = unittest.TestSuite(test for test in _each(found) if not (quick and _is_long(test)))
    result = unittest.TextTestRunner(verbosity=2, resultclass=_Timed).run(suite)
    return result.wasSuccessful()


def _each(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _each(test)
        else:
            yield test


def _is_long(test: unittest.TestCase) -> bool:
    return hasattr(getattr(test, test.id().rpartition(".")[2]), _LONG)


class _Timed(unittest.TextTestResult):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._begun = 0.0
        self._took: List[Tuple[float, str]] = []

    def startTest(self, test: unittest.TestCase) -> None:
        self._begun = time.monotonic()
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        name = test.id().rpartition(".")[2].removeprefix("test_")
        self._took.append((time.monotonic() - self._begun, name))

    def printErrors(self) -> None:
        super().printErrors()
        for seconds, name in sorted(self._took, reverse=True)[:_LONGEST]:
            self.stream.write(f"{seconds:6.1f} s {name}\n")
