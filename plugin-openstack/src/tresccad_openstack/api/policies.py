"""Who may save and restore. Operators override these in Nova's own policy file."""

from typing import Any, List

from nova import policy
from oslo_policy import policy as oslo_policy

SAVE = "os_compute_api:tresccad:save"
RESTORE = "os_compute_api:tresccad:restore"
# Said in full: Nova's own rule of that name lets readers pass until an operator sets
# enforce_new_defaults.
_MEMBER = "role:member and project_id:%(project_id)s"


def _rules() -> List[Any]:
    return [
        oslo_policy.DocumentedRuleDefault(
            name=SAVE,
            check_str=f"({_MEMBER}) or rule:context_is_admin",
            description="Save a server with its memory as a package",
            operations=[{"method": "POST", "path": "/servers/{server_id}/save"}],
            scope_types=["project"],
        ),
        oslo_policy.DocumentedRuleDefault(
            name=RESTORE,
            check_str=_MEMBER,
            description="Make a server of a package",
            operations=[{"method": "POST", "path": "/servers/restore"}],
            scope_types=["project"],
        ),
    ]


def register() -> None:
    """Once, before the first request."""
    policy.init()
    enforcer = policy._ENFORCER
    for rule in _rules():
        if rule.name not in enforcer.registered_rules:
            enforcer.register_default(rule)
