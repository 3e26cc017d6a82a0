"""Says what is missing on a node of Nova's for save and restore.

  python3 -m tresccad_openstack.check [--config-file FILE]... [api] [metadata] [compute]

Run on the node as a user who may read nova.conf, with the node's configuration files (Nova's usual
ones if none is named). Without api, metadata or compute, what is installed here is checked;
metadata is for the guest API alone. A line for each thing; exit code 0 when all is there, 1
otherwise, 2 when it was asked wrongly.
"""

import configparser
import importlib
import importlib.metadata
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Sequence

from tresccad_openstack import __version__, names

# Section of api-paste.ini and its paste.app_factory, by role.
_FACTORIES = {
    "api": ("osapi_compute_app_v21", "tresccad_openstack.api.routes:APIRouter.factory"),
    "metadata": (
        "metaapp",
        "tresccad_openstack.metadata.handler:MetadataRequestHandler.factory",
    ),
}
_DRIVER = "tresccad_ext.driver.TresccadLibvirtDriver"
_ROLES = {
    "api": ("nova-api", "nova-api-wsgi"),
    "metadata": ("nova-api", "nova-api-metadata", "nova-metadata-wsgi"),
    "compute": ("nova-compute",),
}
_TESTED_NOVA = "26."
_IMAGES_TYPES = ("default", "qcow2")
_OLDEST_LIBVIRT = 9_000_000


@dataclass(frozen=True)
class Finding:
    """problem is None when it is as it has to be, and otherwise says what to do."""

    what: str
    problem: Optional[str] = None

    def line(self) -> str:
        if self.problem is None:
            return f"ok       {self.what}"
        return f"MISSING  {self.what}: {self.problem}"


class Misused(Exception):
    """The command line is not as the description says."""


def main(arguments: Sequence[str]) -> int:
    try:
        files, roles = _parse(arguments)
    except Misused:
        print(__doc__, file=sys.stderr)
        return 2
    findings = list(_findings(files, roles))
    for finding in findings:
        print(finding.line())
    return 0 if all(finding.problem is None for finding in findings) else 1


def _parse(arguments: Sequence[str]) -> tuple[List[str], List[str]]:
    files: List[str] = []
    roles: List[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--config-file" and rest:
            files.append(rest.pop(0))
        elif word in _ROLES:
            roles.append(word)
        else:
            raise Misused()
    return files, roles or [role for role, programs in _ROLES.items() if _installed(programs)]


def _installed(programs: Sequence[str]) -> bool:
    return any(shutil.which(program) for program in programs)


def _findings(files: Sequence[str], roles: Sequence[str]) -> Iterator[Finding]:
    yield Finding(f"tresccad-openstack {__version__} in {Path(__file__).parent}")
    yield module("zstandard", "python3-zstandard")
    yield module("urllib3", "python3-urllib3")
    yield module("glanceclient", "python3-glanceclient")
    yield module("lxml.etree", "python3-lxml")
    if not roles:
        yield Finding("nova-api or nova-compute", "neither is installed here")
        return
    try:
        version = importlib.metadata.version("nova")
    except importlib.metadata.PackageNotFoundError:
        yield Finding("Nova", "it is not installed for this Python")
        return
    other = None if version.startswith(_TESTED_NOVA) else "not a release that this was tested with"
    yield Finding(f"Nova {version}", other)
    conf = _configuration(files)
    for role in _FACTORIES:
        if role in roles:
            yield paste_line(_paste_file(conf), role)
    if "metadata" in roles or "compute" in roles:
        yield _attempt("Glance, asked as [service_user]", _ask_glance)
    yield _attempt("the region of Glance", _region(conf))
    if "compute" in roles:
        yield from _compute(conf)


def module(name: str, package: str) -> Finding:
    """Whether it can be imported."""
    try:
        importlib.import_module(name)
    except ImportError as error:
        return Finding(f"Python module {name}", f"install {package} ({error})")
    return Finding(f"Python module {name}")


def paste_line(file: Optional[Path], role: str) -> Finding:
    """Whether the paste file of Nova's API names what is ours there."""
    app, factory = _FACTORIES[role]
    what = f"[app:{app}] in api-paste.ini"
    if file is None:
        return Finding(
            what, "nova.conf names no paste file that is there ([wsgi] api_paste_config)"
        )
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read(file)
    found = parser.get(f"app:{app}", "paste.app_factory", fallback="nothing").strip()
    wrong = None if found == factory else f"it has {found}, not paste.app_factory = {factory}"
    return Finding(f"{what} ({file})", wrong)


def _configuration(files: Sequence[str]) -> Any:
    """Nova's own, as its services read it."""
    import nova.conf
    from nova import config

    arguments = ["tresccad-check", *(f"--config-file={file}" for file in files)]
    config.parse_args(arguments, configure_db=False, init_rpc=False)
    return nova.conf.CONF


def _paste_file(conf: Any) -> Optional[Path]:
    found = conf.find_file(conf.wsgi.api_paste_config)
    return Path(found) if found else None


def _compute(conf: Any) -> Iterator[Finding]:
    yield module("nova.virt.tresccad_ext.driver", "nova/virt/tresccad_ext below Nova's own")
    driver = conf.compute_driver
    wrong = None if driver == _DRIVER else f"nova.conf has {driver}, not {_DRIVER}"
    yield Finding("compute_driver", wrong)
    images = conf.libvirt.images_type
    file_based = images in _IMAGES_TYPES
    yield Finding(
        f"[libvirt] images_type = {images}", None if file_based else "only qcow2 files can be saved"
    )
    yield _attempt(f"libvirt of [libvirt] virt_type = {conf.libvirt.virt_type}", _libvirt(conf))
    token = conf.service_user.send_service_user_token
    yield Finding(
        "[service_user] send_service_user_token",
        None if token else "not true: saves that outlive their token fail, crashes stay undecided",
    )
    yield _attempt(f"trait {names.TRAIT} of this node in Placement", _trait(conf))


def _attempt(what: str, act: Callable[[], Optional[str]]) -> Finding:
    """act() returns what is wrong, if anything is."""
    try:
        return Finding(what, act())
    except Exception as error:
        return Finding(what, f"{type(error).__name__}: {error}")


def _libvirt(conf: Any) -> Callable[[], Optional[str]]:
    def ask() -> Optional[str]:
        from tresccad_openstack.driver import capabilities

        with _connection(conf) as connection:
            if connection.getLibVersion() < _OLDEST_LIBVIRT:
                return "it is older than 9.0, the oldest tested"
            capabilities.node_traits(connection, conf.libvirt.virt_type)
            return None

    return ask


@contextmanager
def _connection(conf: Any) -> Iterator[Any]:
    """To libvirt, as nova-compute has it."""
    import libvirt

    connection = libvirt.open(conf.libvirt.connection_uri or "qemu:///system")
    try:
        yield connection
    finally:
        connection.close()


def _ask_glance() -> Optional[str]:
    from tresccad_openstack.compute.register import Glance

    nobody = "00000000-0000-4000-8000-000000000000"
    found = Glance(nobody).get(nobody)
    return None if found is None else "it has an image that cannot be"


def _region(conf: Any) -> Callable[[], Optional[str]]:
    """Whether the catalog and [glance] region_name say which Glance is this cloud's register."""

    def ask() -> Optional[str]:
        from keystoneauth1 import loading
        from tresccad_openstack.compute import describe
        from tresccad_openstack.metadata.catalog import as_nova_has_it

        # API nodes need no [service_user].
        for group in ("service_user", "placement"):
            auth = loading.load_auth_from_conf_options(conf, group)
            if auth is not None:
                break
        else:
            return "nova.conf has no credentials in [service_user] or [placement]"
        session = loading.load_session_from_conf_options(conf, group, auth=auth)
        catalog = auth.get_access(session).service_catalog.catalog
        describe.home_of(as_nova_has_it(catalog), conf.glance.region_name)
        return None

    return ask


def _trait(conf: Any) -> Callable[[], Optional[str]]:
    def ask() -> Optional[str]:
        from nova import context as nova_context
        from nova.scheduler.client import report

        context = nova_context.get_admin_context()
        client = report.SchedulerReportClient()
        # Nova calls it as libvirt calls the host, whatever [DEFAULT] host says.
        with _connection(conf) as connection:
            name = connection.getHostname()
        provider = client.get_provider_by_name(context, name)
        traits = client.get_provider_traits(context, provider["uuid"]).traits
        if names.TRAIT not in traits:
            return "restart nova-compute; it sets the trait within a minute"
        return None

    return ask


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
