"""The files and directories that each node has for itself, filled with what its services need."""

import base64
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Optional

from cloud import configuration
from cloud.layout import IMAGE_PORT, INTERNET, NODES, OTHER_IMAGE_PORT, SITE, Layout, Node
from cloud.namespaces import NodeFailed

# Private copies of the machine's, with our files laid over them.
_CONFIGURED = (
    "/etc/glance",
    "/etc/keystone",
    "/etc/libvirt",
    "/etc/neutron",
    "/etc/nova",
    "/etc/placement",
    "/etc/rabbitmq",
)
# A driver of Nova's has to lie inside of Nova, so the plugin is laid into a copy of this.
_DRIVERS = "/usr/lib/python3/dist-packages/nova/virt"
_PLUGIN = Path(__file__).resolve().parents[4] / "plugin-openstack" / "src"
# Private and empty at first, with their owners.
_EMPTY = {
    "/var/cache/libvirt": "root",
    "/var/lib/glance": "glance",
    "/var/lib/keystone": "keystone",
    "/var/lib/libvirt": "root",
    "/var/lib/mysql": "mysql",
    "/var/lib/neutron": "neutron",
    "/var/lib/nova": "nova",
    "/var/lib/placement": "placement",
    "/var/lib/rabbitmq": "rabbitmq",
    "/var/log/glance": "glance",
    "/var/log/keystone": "keystone",
    "/var/log/libvirt": "root",
    "/var/log/neutron": "neutron",
    "/var/log/nova": "nova",
    "/var/log/placement": "placement",
    "/var/log/rabbitmq": "rabbitmq",
}
_BELOW = {
    **{
        f"{configuration.glance_files(port)}{below}": "glance"
        for port in (IMAGE_PORT, OTHER_IMAGE_PORT)
        for below in ("", "/images", "/staging")
    },
    "/var/lib/nova/instances": "nova",
}
PRIVATE_DIRECTORIES = (*_CONFIGURED, *_EMPTY, _DRIVERS)
# What an operator changes in Nova's api-paste.ini.
_FACTORIES = {
    "nova.api.openstack.compute:APIRouterV21.factory": (
        "tresccad_openstack.api.routes:APIRouter.factory"
    ),
    "nova.api.metadata.handler:MetadataRequestHandler.factory": (
        "tresccad_openstack.metadata.handler:MetadataRequestHandler.factory"
    ),
}
PRIVATE_FILES = ("/etc/hosts",)


def missing() -> Optional[str]:
    """A directory that the packages would have brought and that is not there, if any."""
    return next((path for path in PRIVATE_DIRECTORIES if not Path(path).is_dir()), None)


def copy_plugin(layout: Layout) -> None:
    """To where Nova's user may read it, wherever the repository lies."""
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info", "nova")
    shutil.copytree(_PLUGIN, layout.plugin, ignore=leave)


def prepare_internet(layout: Layout) -> None:
    layout.of(INTERNET).mkdir()
    layout.private(INTERNET, "/etc/hosts").write_text(configuration.hosts())


def prepare(layout: Layout, node: Node) -> None:
    """Makes the node's files, before it is there."""
    layout.of(node.name).mkdir()
    for path in _CONFIGURED:
        _copy(Path(path), layout.private(node.name, path))
    _copy(Path(_DRIVERS), layout.private(node.name, _DRIVERS))
    driver = Path("nova", "virt", "tresccad_ext")
    shutil.copytree(_PLUGIN / driver, layout.private(node.name, _DRIVERS) / driver.name)
    for path, owner in _EMPTY.items():
        directory = layout.private(node.name, path)
        directory.mkdir()
        _give(directory, owner)
    for path, owner in _BELOW.items():
        directory = _inside(layout, node, path)
        directory.mkdir()
        _give(directory, owner)
    layout.private(node.name, "/etc/hosts").write_text(configuration.hosts())
    for path, (text, owner) in _files(node).items():
        file = _inside(layout, node, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.chmod(file, 0o640)
        shutil.chown(file, "root", pwd.getpwnam(owner).pw_gid)
    _prepare_ssh(layout, node)
    _name_our_factories(_inside(layout, node, "/etc/nova/api-paste.ini"))
    if node.controller:
        for kind in ("fernet", "credential"):
            _make_keys(_inside(layout, node, f"/etc/keystone/{kind}-keys"))
        if SITE.is_far:
            _prepare_tls(layout, node)


def _prepare_ssh(layout: Layout, node: Node) -> None:
    (layout.of(node.name) / "sshd_config").write_text(configuration.sshd(node, str(layout.keys)))
    directory = _inside(layout, node, "/var/lib/nova/.ssh")
    directory.mkdir(mode=0o700)
    (directory / "config").write_text(configuration.ssh(str(layout.keys)))
    for path in (directory, directory / "config"):
        _give(path, "nova")


def _prepare_tls(layout: Layout, node: Node) -> None:
    """The certificate is made for this cloud, and what is behind it is known by its address."""
    private = layout.of(node.name) / "tls.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        + ["-nodes", "-days", "2", "-subj", "/CN=cloud", "-keyout", str(private)]
        + ["-addext", f"subjectAltName=IP:{node.address}", "-out", str(layout.certificate)],
        check=True,
        capture_output=True,
    )
    private.write_text(private.read_text() + layout.certificate.read_text())
    private.chmod(0o600)
    (layout.of(node.name) / "stunnel.conf").write_text(configuration.tls(private))


def make_keys(layout: Layout) -> None:
    """One for the hosts, one for nova on each of them."""
    layout.keys.mkdir()
    for name in ("host", "nova"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(layout.keys / name)]
        subprocess.run(command, check=True)
    _give(layout.keys / "nova", "nova")


def _name_our_factories(paste: Path) -> None:
    text = paste.read_text()
    for theirs, ours in _FACTORIES.items():
        if theirs not in text:
            raise NodeFailed(f"Nova's api-paste.ini does not name {theirs}")
        text = text.replace(theirs, ours)
    paste.write_text(text)


def _files(node: Node) -> Dict[str, tuple[str, str]]:
    """Configuration files by path, with the user whose group may read them."""
    files = {
        "/etc/libvirt/libvirtd.conf": (configuration.libvirtd(node), "root"),
        "/etc/libvirt/qemu.conf": (configuration.qemu(), "root"),
        "/etc/neutron/neutron.conf": (configuration.neutron(node), "neutron"),
        "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": (
            configuration.linuxbridge_agent(node),
            "neutron",
        ),
        "/etc/nova/nova.conf": (configuration.nova(node), "nova"),
    }
    if node.controller:
        files |= {
            "/etc/glance/glance-api.conf": (configuration.glance(), "glance"),
            configuration.OTHER_GLANCE: (configuration.glance(OTHER_IMAGE_PORT), "glance"),
            "/etc/keystone/keystone.conf": (configuration.keystone(), "keystone"),
            "/etc/neutron/dhcp_agent.ini": (configuration.dhcp_agent(), "neutron"),
            "/etc/neutron/metadata_agent.ini": (configuration.metadata_agent(), "neutron"),
            "/etc/neutron/plugins/ml2/ml2_conf.ini": (configuration.ml2(), "neutron"),
            "/etc/placement/placement.conf": (configuration.placement(), "placement"),
            "/etc/rabbitmq/rabbitmq.conf": (configuration.rabbitmq(), "rabbitmq"),
            # The management plugin alone would take it seconds to start.
            "/etc/rabbitmq/enabled_plugins": ("[].\n", "rabbitmq"),
        }
    return files


def _inside(layout: Layout, node: Node, path: str) -> Path:
    """Where a file below one of the node's private directories is seen by others."""
    own = next(top for top in PRIVATE_DIRECTORIES if path.startswith(top + "/"))
    return layout.private(node.name, own) / Path(path).relative_to(own)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes, which shutil.copytree would leave out."""
    shutil.copytree(source, target, symlinks=True)
    for path in (target, *target.rglob("*")):
        original = source / path.relative_to(target)
        status = original.lstat()
        os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)


def _make_keys(directory: Path) -> None:
    """Keystone's key repository: 0 is the next key, 1 the one in use."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    for name in ("0", "1"):
        file = directory / name
        file.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
        os.chmod(file, 0o600)
        _give(file, "keystone")
    _give(directory, "keystone")


def _give(path: Path, owner: str) -> None:
    account = pwd.getpwnam(owner)
    os.chown(path, account.pw_uid, account.pw_gid)


def all_names(layout: Layout) -> None:
    """Makes the files of all nodes. The cloud's state directory must be there and empty."""
    copy_plugin(layout)
    make_keys(layout)
    prepare_internet(layout)
    for node in NODES:
        prepare(layout, node)
