"""How a save begins on its compute node, with Nova as far as it is asked."""

import logging
import unittest
from typing import Any
from unittest import mock

from tests.test_handover import LINEAGE
from tests.test_takeback import PACKAGE, Server
from tresccad_openstack.driver import save
from tresccad_openstack.driver.save import SaveServer


class Event:
    """An event of an instance action; Nova's database does not answer at once."""

    def __init__(self) -> None:
        self.failures = 2
        self.begun = self.ended = 0

    def __enter__(self) -> None:
        if self.failures:
            self.failures -= 1
            raise TimeoutError("no conductor")
        self.begun += 1

    def __exit__(self, *raised: Any) -> None:
        self.ended += 1


class Begins(unittest.TestCase):
    def test_while_nova_s_database_does_not_answer_it_is_asked_again(self) -> None:
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        event = Event()
        with (
            mock.patch.object(save, "_is_asked", side_effect=[TimeoutError("no conductor"), True]),
            mock.patch("nova.compute.utils.EventReporter", return_value=event),
            mock.patch("tresccad_openstack.compute.patience.time.sleep"),
            mock.patch.object(save, "refuse_undecided"),
            mock.patch.object(save, "TakeBack") as take_back,
            mock.patch.object(SaveServer, "_write") as write,
        ):
            take_back.return_value.end.return_value = False
            SaveServer(mock.Mock(), mock.Mock()).save(None, Server(LINEAGE), PACKAGE)
        write.assert_called_once()
        self.assertEqual((event.begun, event.ended), (1, 1))


if __name__ == "__main__":
    unittest.main()
