"""What becomes of the ports of a server that is made of a package."""

import unittest
from typing import Any, Dict
from unittest import mock

from neutronclient.common import exceptions

from tresccad_openstack.api import placing
from tresccad_openstack.compute.handover import CannotAsk


class Neutron:
    def __init__(self, ports: Dict[str, str]) -> None:
        """Who has each port; nobody's are empty."""
        self.ports = ports

    def show_port(self, port: str) -> Any:
        if port not in self.ports:
            raise exceptions.PortNotFoundClient()
        return {"port": {"device_id": self.ports[port]}}

    def delete_port(self, port: str) -> None:
        del self.ports[port]


class Settle(unittest.TestCase):
    def settled(self, has: Any) -> Dict[str, str]:
        client = Neutron({"free": "", "bound": "a server"})
        with mock.patch("tresccad_openstack.api.placing.neutron.get_client", return_value=client):
            placing.settle(None, ["gone", "free", "bound"], has)
        return client.ports

    def test_a_server_that_is_there_keeps_its_ports(self) -> None:
        self.assertEqual(self.settled(lambda: True), {"free": "", "bound": "a server"})

    def test_of_one_that_could_not_be_made_those_go_that_no_compute_node_took(self) -> None:
        self.assertEqual(self.settled(lambda: False), {"bound": "a server"})

    def test_while_it_is_being_made_nothing_is_done(self) -> None:
        with self.assertRaises(CannotAsk):
            self.settled(mock.Mock(side_effect=CannotAsk))


if __name__ == "__main__":
    unittest.main()
