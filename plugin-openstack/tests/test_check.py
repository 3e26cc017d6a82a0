"""What an operator is told to do."""

import unittest
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from tresccad_openstack import check

_OURS = "tresccad_openstack.api.routes:APIRouter.factory"


class Check(unittest.TestCase):
    def paste(self, factory: str) -> check.Finding:
        with TemporaryDirectory() as directory:
            file = Path(directory) / "api-paste.ini"
            file.write_text(f"[app:osapi_compute_app_v21]\npaste.app_factory = {factory}\n")
            return check.paste_line(file)

    def test_a_paste_file_with_our_router_is_as_it_has_to_be(self) -> None:
        self.assertIsNone(self.paste(_OURS).problem)

    def test_one_with_novas_router_is_not_and_the_line_is_named(self) -> None:
        found = self.paste("nova.api.openstack.compute:APIRouterV21.factory")
        self.assertIn(f"paste.app_factory = {_OURS}", found.problem or "")

    def test_a_paste_file_that_is_not_there_is_said(self) -> None:
        self.assertIn("api_paste_config", check.paste_line(None).problem or "")

    def test_a_module_that_is_missing_is_named_with_its_package(self) -> None:
        self.assertIsNone(check.module("json", "python3").problem)
        self.assertIn("python3-nowhere", check.module("no.where", "python3-nowhere").problem or "")

    def test_a_wrong_command_line_is_not_taken_for_success(self) -> None:
        with redirect_stderr(StringIO()):
            self.assertEqual(check.main(["--config-file"]), 2)
            self.assertEqual(check.main(["scheduler"]), 2)


if __name__ == "__main__":
    unittest.main()
