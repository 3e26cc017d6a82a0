"""The configuration files, as the programs that get them read them."""

import configparser
import json
import unittest

from cloud import configuration, contents
from cloud.layout import IMAGE_PORT, NODES, OTHER_IMAGE_PORT, SITE, Site


def read(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.read_string(text)
    return parser


class Configuration(unittest.TestCase):
    def test_every_file_is_ini_without_an_option_given_twice(self) -> None:
        for text in (
            configuration.keystone(),
            *(configuration.glance(port) for port in (IMAGE_PORT, OTHER_IMAGE_PORT)),
            configuration.placement(),
            configuration.ml2(),
            configuration.dhcp_agent(),
            configuration.metadata_agent(),
            *(configuration.nova(node) for node in NODES),
            *(configuration.neutron(node) for node in NODES),
            *(configuration.linuxbridge_agent(node) for node in NODES),
        ):
            parsed = read(text)
            self.assertTrue(parsed.sections() or parsed.defaults())

    def test_truth_values_are_written_as_oslo_config_reads_them(self) -> None:
        self.assertEqual(configuration.ini({"a": {"b": True, "c": 1}}), "[a]\nb = true\nc = 1\n")

    def test_only_the_controller_knows_the_databases(self) -> None:
        for node in NODES:
            for text in (configuration.nova(node), configuration.neutron(node)):
                self.assertEqual("mysql" in text, node.controller)

    def test_the_glances_of_two_regions_share_nothing(self) -> None:
        here, other = (read(configuration.glance(port)) for port in (IMAGE_PORT, OTHER_IMAGE_PORT))
        for section, option in (
            ("database", "connection"),
            ("glance_store", "filesystem_store_datadir"),
            ("DEFAULT", "node_staging_uri"),
            ("DEFAULT", "public_endpoint"),
        ):
            self.assertNotEqual(here[section][option], other[section][option])

    def test_no_two_nodes_have_the_same_libvirt_id(self) -> None:
        ids = {configuration.libvirtd(node) for node in NODES}
        self.assertEqual(len(ids), len(NODES))

    def test_each_account_is_a_cloud(self) -> None:
        accounts = contents.ACCOUNTS.items()
        entries = {name: configuration.cloud(account, SITE) for name, account in accounts}
        clouds = json.loads(configuration.clouds(entries))["clouds"]
        for name, (user, project) in contents.ACCOUNTS.items():
            auth = clouds[name]["auth"]
            self.assertEqual((auth["username"], auth["project_name"]), (user, project))

    def test_only_the_second_cloud_is_behind_tls(self) -> None:
        near, far = Site(1), Site(2)
        self.assertEqual(near.public(near.url(5000, "/v3")), "http://198.18.1.11:5000/v3")
        self.assertEqual(far.url(IMAGE_PORT), "http://198.18.11.11:9292")
        self.assertEqual(far.public(far.url(IMAGE_PORT)), "https://198.18.11.11:19292")
        self.assertEqual(far.public(far.url(8774, "/v2.1")), "https://198.18.11.11:18774/v2.1")


if __name__ == "__main__":
    unittest.main()
