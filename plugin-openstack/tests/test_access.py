"""Which Glances a request may ask, by its catalog."""

import unittest
from types import SimpleNamespace
from typing import Any, Dict, List, Tuple
from unittest import mock

import nova.conf

from tresccad_openstack.compute import access

ENDPOINTS: List[Dict[str, str]] = [
    {"region": "Here", "publicURL": "http://here"},
    {"region": "Both", "publicURL": "https://both/v2", "internalURL": "http://both-internal/v2/"},
    {"region": "Public", "publicURL": "https://public/image"},
    {"region": "Admin", "adminURL": "http://admin"},
]
CONTEXT = SimpleNamespace(
    global_id="req-1",
    service_catalog=[
        {"type": "network", "endpoints": [{"region": "Other", "publicURL": "http://network"}]},
        {"type": "image", "endpoints": ENDPOINTS},
    ],
)


class OtherRegions(unittest.TestCase):
    def regions(self, here: Any, *interfaces: str) -> List[Tuple[str, ...]]:
        conf = nova.conf.CONF
        conf.set_override("region_name", here, "glance")
        self.addCleanup(conf.clear_override, "region_name", "glance")
        conf.set_override("valid_interfaces", list(interfaces), "glance")
        self.addCleanup(conf.clear_override, "valid_interfaces", "glance")
        with mock.patch("nova.service_auth.get_auth_plugin"):
            return [
                (
                    region.name,
                    region.public_url,
                    region.interface,
                    region.images._images.http_client.endpoint_override,
                )
                for region in access.other_regions(CONTEXT)
            ]

    def test_each_is_reached_by_the_first_interface_it_has(self) -> None:
        both = ("Both", "https://both/v2", "internal", "http://both-internal")
        public = ("Public", "https://public/image", "public", "https://public/image")
        self.assertEqual(self.regions("Here", "internal", "public"), [both, public])
        both = ("Both", "https://both/v2", "public", "https://both")
        self.assertEqual(self.regions("Here", "public"), [both, public])

    def test_there_are_none_where_it_is_not_known_which_is_here(self) -> None:
        self.assertEqual(self.regions(None, "public"), [])


if __name__ == "__main__":
    unittest.main()
