"""Lets one data source of cloud-init read 169.254.169.254 and prints what it made of it as JSON.

Usage: driver.py OpenStack|Ec2|Ec2-aws MAC. Only what tells cloud-init which machine it is on is
replaced: this is no guest, so its DMI tables would be those of the host.
"""

import base64
import json
import sys
import tempfile
import time
from typing import Dict
from unittest import mock

from cloudinit import helpers, sources, util
from cloudinit.distros import debian
from cloudinit.sources import DataSourceEc2, DataSourceOpenStack
from cloudinit.sources.helpers import openstack


def main(kind: str, mac: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(read(kind, mac, scratch), default=repr))


def read(kind: str, mac: str, scratch: str) -> Dict[str, object]:
    """What the data source found, and how often it had to ask again."""
    paths = helpers.Paths({"cloud_dir": scratch + "/cloud", "run_dir": scratch + "/run"})
    distro = debian.Distro("debian", {}, paths)
    config = {
        "datasource_list": ["OpenStack", "Ec2"],
        "datasource": {"Ec2": {"strict_id": False, "timeout": 30, "max_wait": 60}},
    }
    if kind == "OpenStack":
        source: sources.DataSource = DataSourceOpenStack.DataSourceOpenStack(config, distro, paths)
        detection = mock.patch.object(DataSourceOpenStack, "detect_openstack", return_value=True)
    else:
        cloud = {"Ec2": DataSourceEc2.CloudNames.UNKNOWN, "Ec2-aws": DataSourceEc2.CloudNames.AWS}
        source = DataSourceEc2.DataSourceEc2(config, distro, paths)
        detection = mock.patch.object(DataSourceEc2, "identify_platform", return_value=cloud[kind])
    # It sleeps before it asks again for what it has missed, and never else.
    sleeping = mock.patch.object(time, "sleep", wraps=time.sleep)
    with detection, sleeping as sleep:
        found = source.get_data()
    result: Dict[str, object] = {
        "found": found,
        "retries": sleep.call_count,
        "instance_id": source.get_instance_id(),
        "hostname": str(getattr(source.get_hostname(), "hostname", source.get_hostname())),
        "public_keys": source.get_public_ssh_keys(),
        "user_data": base64.b64encode(util.encode_text(source.get_userdata_raw() or b"")).decode(),
        "availability_zone": source.availability_zone,
        "region": source.region,
        "metadata": source.metadata,
        "ec2_metadata": getattr(source, "ec2_metadata", None),
    }
    if kind == "OpenStack":
        cards = {mac: "eth0"}
        result["network"] = openstack.convert_net_json(source.network_json, known_macs=cards)
    return result


if __name__ == "__main__":
    main(*sys.argv[1:])
