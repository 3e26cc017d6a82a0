"""Proofs that the plugin does in a cloud that is up what its README says; bin/openstack prove."""

import os
from typing import Sequence

from cloud import proving
from cloud.guest_proofs import GuestApi
from cloud.layout import Layout
from cloud.proofs.between import Between
from cloud.proofs.case import Case
from cloud.proofs.crashes import Crashes
from cloud.proofs.installation import Installation
from cloud.proofs.journeys import Journeys
from cloud.proofs.laptops import Laptops
from cloud.proofs.lives import Lives
from cloud.proofs.refusals import Refusals
from cloud.proofs.register import Register

_CASES = (
    Installation,
    Journeys,
    Laptops,
    Between,
    Lives,
    Refusals,
    Register,
    Crashes,
    GuestApi,
)


def prove(layout: Layout, patterns: Sequence[str], quick: bool) -> bool:
    """Whether all of them hold, or all whose names have one of the patterns in them."""
    Case.layout = GuestApi.layout = layout
    Laptops.origin = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    return proving.run(_CASES, patterns, quick)
