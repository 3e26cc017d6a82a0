"""Security groups in the properties of a package's image."""

import json
import unittest
import uuid
from types import SimpleNamespace
from typing import Any, Dict, List
from unittest import mock

from tresccad_openstack.api import groups
from tresccad_openstack.domainxml import CannotCarry

MAC = "fa:16:3e:00:00:01"
WEB, OTHER = (str(uuid.UUID(int=number)) for number in (1, 2))


class Neutron:
    """Has the group WEB, and one port."""

    def list_ports(self, device_id: str) -> Any:
        return {"ports": [{"mac_address": MAC.upper(), "security_groups": [WEB, OTHER]}]}

    def list_security_groups(self, id: List[str], tenant_id: str) -> Any:
        return {"security_groups": [{"id": each} for each in id if each == WEB]}


class Groups(unittest.TestCase):
    def here(self, said: str) -> Dict[str, List[str]]:
        return groups.here(SimpleNamespace(project_id="project"), Neutron(), said)

    def test_a_card_has_those_that_its_project_has(self) -> None:
        with mock.patch("tresccad_openstack.api.groups.neutron.get_client", return_value=Neutron()):
            said = groups.of(SimpleNamespace(), "server")
        self.assertEqual(json.loads(said), {MAC: [WEB, OTHER]})
        self.assertEqual(self.here(said), {MAC: [WEB]})

    def test_a_package_that_says_none_has_none(self) -> None:
        self.assertEqual(groups.here(SimpleNamespace(), Neutron(), None), {})

    def test_what_makes_no_sense_is_refused(self) -> None:
        for wrong in ("", "[]", "{", '{"a": 1}', '{"a": [1]}', '{"a": ["web"]}', "[" * 60000):
            with self.subTest(wrong[:9]), self.assertRaises(CannotCarry):
                self.here(wrong)


if __name__ == "__main__":
    unittest.main()
