"""What an operator asks after installing."""

from cloud.layout import CONTROLLER, NODES
from cloud.proofs.case import Case


class Installation(Case):
    def test_check_finds_nothing_missing_on_any_node(self) -> None:
        for node in NODES:
            roles = ["api", "metadata", "compute"] if node is CONTROLLER else ["compute"]
            said = self.running.command(
                node,
                ["env", f"PYTHONPATH={self.layout.plugin}", "/usr/bin/python3"]
                + [
                    "-m",
                    "tresccad_openstack.check",
                    "--config-file",
                    "/etc/nova/nova.conf",
                    *roles,
                ],
                user="nova",
            )
            self.assertNotIn("MISSING", said)
            self.assertIn("this node in Placement", said)
