"""[tresccad] of nova.conf, as the metadata service reads it."""

import os
from typing import Any

from oslo_config import cfg

from tresccad_openstack.metadata import policy
from tresccad_openstack.metadata.policy import Rate, Rules
from tresccad_openstack.metadata.views import Place

_GROUP = "tresccad"
# Keystone's own name for the region of a cloud that has one.
_REGION = "RegionOne"
_SECRET_BYTES = 32
_OPTIONS = [
    cfg.StrOpt(
        "cloud_name",
        default="openstack",
        help="What guests are told of where they are. Compute nodes are not named to them.",
    ),
    cfg.StrOpt(
        "region",
        help="The region guests are told. Default: that of [neutron], or RegionOne.",
    ),
    cfg.StrOpt(
        "allow_migration",
        default=policy.OWNER,
        choices=[policy.ALWAYS, policy.OWNER, policy.NEVER],
        help="Whether a guest may ask to be moved. always: unless its owner forbids it. owner: if "
        f"its owner allows it, by {policy.KEY}=allowed in the server's metadata. never.",
    ),
    cfg.ListOpt(
        "destinations",
        default=[],
        help="Names of tresccad hosts that guests may choose, where the owner names none in "
        f"{policy.DESTINATIONS_KEY} of the server's metadata.",
    ),
    cfg.StrOpt(
        "migration_rate",
        default="10/h",
        help="How often one guest may ask: so many, 100 at most, in a second (s), minute (m), "
        "hour (h) or day (d).",
    ),
]


def register(conf: Any) -> None:
    conf.register_opts(_OPTIONS, group=_GROUP)


def rules(conf: Any) -> Rules:
    """Raises ValueError, which stops the service's start."""
    group = conf[_GROUP]
    destinations = tuple(name for name in group.destinations if name)
    return Rules(group.allow_migration, destinations, Rate.parse(group.migration_rate))


def place(conf: Any) -> Place:
    group = conf[_GROUP]
    return Place(group.cloud_name, group.region or conf.neutron.region_name or _REGION)


def secret(conf: Any) -> bytes:
    """What tokens are signed by: what all metadata services of the cloud share with Neutron's
    proxy, or, without it, something that this start's workers share."""
    shared = conf.neutron.metadata_proxy_shared_secret
    return shared.encode() if shared else os.urandom(_SECRET_BYTES)
