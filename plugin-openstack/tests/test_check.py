"""What an operator is told to do."""

import unittest
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from tresccad_openstack import check

# Role, section, our factory and Nova's.
_PASTED = (
    (
        "api",
        "osapi_compute_app_v21",
        "tresccad_openstack.api.routes:APIRouter.factory",
        "nova.api.openstack.compute:APIRouterV21.factory",
    ),
    (
        "metadata",
        "metaapp",
        "tresccad_openstack.metadata.handler:MetadataRequestHandler.factory",
        "nova.api.metadata.handler:MetadataRequestHandler.factory",
    ),
)


class Check(unittest.TestCase):
    def paste(self, role: str, app: str, factory: str) -> check.Finding:
        with TemporaryDirectory() as directory:
            file = Path(directory) / "api-paste.ini"
            file.write_text(f"[app:{app}]\npaste.app_factory = {factory}\n")
            return check.paste_line(file, role)

    def test_a_paste_file_with_what_is_ours_is_as_it_has_to_be(self) -> None:
        for role, app, ours, _ in _PASTED:
            self.assertIsNone(self.paste(role, app, ours).problem)

    def test_one_with_what_is_novas_is_not_and_the_line_is_named(self) -> None:
        for role, app, ours, novas in _PASTED:
            found = self.paste(role, app, novas)
            self.assertIn(f"[app:{app}]", found.what)
            self.assertIn(f"paste.app_factory = {ours}", found.problem or "")

    def test_a_paste_file_that_is_not_there_is_said(self) -> None:
        self.assertIn("api_paste_config", check.paste_line(None, "api").problem or "")

    def test_a_module_that_is_missing_is_named_with_its_package(self) -> None:
        self.assertIsNone(check.module("json", "python3").problem)
        self.assertIn("python3-nowhere", check.module("no.where", "python3-nowhere").problem or "")

    def test_a_wrong_command_line_is_not_taken_for_success(self) -> None:
        with redirect_stderr(StringIO()):
            self.assertEqual(check.main(["--config-file"]), 2)
            self.assertEqual(check.main(["scheduler"]), 2)


if __name__ == "__main__":
    unittest.main()
