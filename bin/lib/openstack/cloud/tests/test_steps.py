"""The order of steps, and what is left undone when one fails."""

import threading
import unittest
from typing import Callable, List

from cloud.steps import Step, StepFailed, check, run


def nothing() -> None:
    pass


class Steps(unittest.TestCase):
    def test_a_step_begins_when_all_before_it_are_done(self) -> None:
        order: List[str] = []

        def note(name: str) -> Callable[[], None]:
            return lambda: order.append(name)

        run(
            [
                Step("last", note("last"), ("left", "right")),
                Step("left", note("left"), ("first",)),
                Step("right", note("right"), ("first",)),
                Step("first", note("first")),
            ],
            nothing,
        )
        self.assertEqual((order[0], order[-1]), ("first", "last"))
        self.assertEqual(sorted(order), ["first", "last", "left", "right"])

    def test_steps_that_do_not_need_each_other_run_side_by_side(self) -> None:
        both = threading.Barrier(2, timeout=20)

        def meet() -> None:
            both.wait()

        run([Step("a", meet), Step("b", meet)], nothing)

    def test_after_a_failure_no_step_begins_and_those_that_run_are_made_to_end(self) -> None:
        begun: List[str] = []
        ended = threading.Event()
        gave_up: List[bool] = []

        def fail() -> None:
            raise OSError("no room")

        def give_up() -> None:
            gave_up.append(True)
            ended.set()

        with self.assertRaises(StepFailed) as raised:
            run(
                [
                    Step("slow", lambda: self.assertTrue(ended.wait(20))),
                    Step("broken", fail),
                    Step("later", lambda: begun.append("later"), ("broken",)),
                    Step("much later", lambda: begun.append("much later"), ("slow",)),
                ],
                give_up,
            )
        self.assertEqual(str(raised.exception), "broken: no room")
        self.assertEqual((begun, gave_up), ([], [True]))

    def test_steps_that_cannot_be_ordered_are_refused(self) -> None:
        for steps, reason in (
            ([Step("a", nothing, ("b",)), Step("b", nothing, ("a",))], "circle: a, b"),
            ([Step("a", nothing, ("b",))], "b, which does not exist"),
            ([Step("a", nothing), Step("a", nothing)], "twice: a"),
        ):
            with self.subTest(reason), self.assertRaisesRegex(ValueError, reason):
                check(steps)


if __name__ == "__main__":
    unittest.main()
