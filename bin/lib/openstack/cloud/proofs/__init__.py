"""Proofs that the plugin does in a cloud that is up what its README says; bin/openstack prove."""

import os
import unittest
from typing import Sequence

from cloud import guest_proofs
from cloud.guest_proofs import GuestApi
from cloud.layout import Layout
from cloud.proofs import (
    between,
    crashes,
    installation,
    journeys,
    laptops,
    lives,
    refusals,
    register,
)
from cloud.proofs.case import Case
from cloud.proofs.laptops import Laptops

_MODULES = (
    installation,
    journeys,
    laptops,
    between,
    lives,
    refusals,
    register,
    crashes,
    guest_proofs,
)


def prove(layout: Layout, patterns: Sequence[str]) -> bool:
    """Whether all of them hold, or all whose names have one of the patterns in them."""
    Case.layout = GuestApi.layout = layout
    Laptops.origin = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in _MODULES)
    return unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
