"""What the services are told: the contents of their configuration files. Text in, text out."""

import json
import uuid
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Tuple, Union

from cloud.layout import (
    CLOUD,
    COMPUTE_URL,
    CONTROLLER,
    IDENTITY_URL,
    IMAGE_PORT,
    IMAGE_URL,
    INTERNET,
    INTERNET_ADDRESS,
    NODES,
    OTHER_IMAGE_PORT,
    PASSWORD,
    REGION,
    SITE,
    TLS_PORTS,
    Node,
    Site,
)

Value = Union[str, int, bool]
Sections = Mapping[str, Mapping[str, Value]]

DATABASE_SOCKET = "/run/mysqld/mysqld.sock"
DATABASE_USER = "tresccad"
# By their ports; the second is the other region's.
_GLANCES = {IMAGE_PORT: "glance", OTHER_IMAGE_PORT: "glance_other"}
OTHER_GLANCE = "/etc/glance/other.conf"
DATABASES = (
    "keystone",
    *_GLANCES.values(),
    "placement",
    "neutron",
    "nova_api",
    "nova",
    "nova_cell0",
)
_MESSAGES = f"rabbit://guest:guest@{CONTROLLER.address}:5672/"
# Machines of tests are busy with others: an answer may take long, and a service that gets no
# processor for a while has not gone.
_PATIENT: Mapping[str, Value] = {"rpc_response_timeout": 300}
_WITHOUT_HEARTBEAT: Dict[str, Value] = {"heartbeat_timeout_threshold": 0}


def ini(sections: Sections) -> str:
    """An INI file as oslo.config reads it."""
    lines: List[str] = []
    for section, options in sections.items():
        lines.append(f"[{section}]")
        for name, value in options.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            lines.append(f"{name} = {text}")
        lines.append("")
    return "\n".join(lines)


def database_url(database: str) -> str:
    return (
        f"mysql+pymysql://{DATABASE_USER}:{PASSWORD}@localhost/{database}"
        f"?unix_socket={DATABASE_SOCKET}&charset=utf8"
    )


def _credentials(**more: Value) -> Dict[str, Value]:
    """How one service proves to another who it is."""
    return {
        "auth_type": "password",
        "auth_url": IDENTITY_URL,
        "username": "admin",
        "password": PASSWORD,
        "project_name": "admin",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        "region_name": REGION,
        **more,
    }


def _token_check() -> Dict[str, Value]:
    return _credentials(
        www_authenticate_uri=IDENTITY_URL,
        service_token_roles_required=True,
        service_token_roles="admin",
    )


def keystone() -> str:
    return ini(
        {
            "DEFAULT": {
                "use_stderr": True,
                # What it says of itself, to whoever asks.
                "public_endpoint": SITE.public(IDENTITY_URL.removesuffix("/v3")),
            },
            "database": {"connection": database_url("keystone")},
            "identity": {"password_hash_rounds": 4},
            "cache": {"enabled": True, "backend": "dogpile.cache.memory"},
            "fernet_tokens": {"key_repository": "/etc/keystone/fernet-keys"},
            "credential": {"key_repository": "/etc/keystone/credential-keys"},
        }
    )


def glance_files(port: int) -> str:
    """The directory of one of the two, with images and staging in it."""
    return f"/var/lib/glance/{_GLANCES[port]}"


def glance(port: int = IMAGE_PORT) -> str:
    return ini(
        {
            "DEFAULT": {
                "use_stderr": True,
                "bind_host": CONTROLLER.address,
                "bind_port": port,
                "workers": 0,
                "public_endpoint": SITE.public(SITE.url(port)),
                "node_staging_uri": f"file://{glance_files(port)}/staging",
                # This and the ports below let base images come from other regions.
                "enabled_import_methods": "[glance-direct,web-download,copy-image,glance-download]",
            },
            "database": {"connection": database_url(_GLANCES[port])},
            "glance_store": {
                "stores": "file",
                "default_store": "file",
                "filesystem_store_datadir": f"{glance_files(port)}/images",
            },
            "import_filtering_opts": {"allowed_ports": f"[80,443,{OTHER_IMAGE_PORT}]"},
            "keystone_authtoken": _token_check(),
            "paste_deploy": {
                "flavor": "keystone",
                "config_file": "/etc/glance/glance-api-paste.ini",
            },
        }
    )


def placement() -> str:
    return ini(
        {
            "DEFAULT": {"use_stderr": True},
            "placement_database": {"connection": database_url("placement")},
            "keystone_authtoken": _token_check(),
        }
    )


def nova(node: Node) -> str:
    sections: Dict[str, Dict[str, Value]] = {
        "DEFAULT": {
            "use_stderr": True,
            "host": node.name,
            "my_ip": node.address,
            "state_path": "/var/lib/nova",
            "transport_url": _MESSAGES,
            "compute_driver": "tresccad_ext.driver.TresccadLibvirtDriver",
            "reserved_host_memory_mb": 0,
            "osapi_compute_listen": node.address,
            "osapi_compute_workers": 1,
            "metadata_listen": node.address,
            "metadata_workers": 1,
            # Guests without ACPI never stop by themselves.
            "shutdown_timeout": 5,
            "vif_plugging_timeout": 300,
            **_PATIENT,
        },
        "oslo_messaging_rabbit": _WITHOUT_HEARTBEAT,
        "conductor": {"workers": 1},
        "scheduler": {"workers": 1},
        "keystone_authtoken": _token_check(),
        # A save may take longer than its caller's token lives.
        "service_user": _credentials(send_service_user_token=True),
        "placement": _credentials(),
        "neutron": _credentials(service_metadata_proxy=True, metadata_proxy_shared_secret=PASSWORD),
        "tresccad": {"cloud_name": CLOUD, "destinations": "laptop"},
        "glance": {
            "api_servers": IMAGE_URL,
            # Where there are several, the plugin must be told.
            **({"region_name": REGION} if SITE.is_far else {}),
        },
        "libvirt": {"virt_type": "qemu", "cpu_mode": "none", "inject_partition": -2},
        "api": {"compute_link_prefix": SITE.public(COMPUTE_URL.removesuffix("/v2.1"))},
        "vnc": {"enabled": False},
        "spice": {"enabled": False},
        "oslo_concurrency": {"lock_path": "/var/lib/nova/lock"},
        "oslo_messaging_notifications": {"driver": "noop"},
    }
    if node.controller:
        # A compute node has no way to the databases.
        sections["api_database"] = {"connection": database_url("nova_api")}
        sections["database"] = {"connection": database_url("nova")}
    return ini(sections)


def neutron(node: Node) -> str:
    sections: Dict[str, Dict[str, Value]] = {
        "DEFAULT": {
            "use_stderr": True,
            "host": node.name,
            "bind_host": node.address,
            "core_plugin": "ml2",
            "service_plugins": "",
            "state_path": "/var/lib/neutron",
            "transport_url": _MESSAGES,
            "api_workers": 1,
            "rpc_workers": 1,
            "rpc_state_report_workers": 0,
            "dhcp_agents_per_network": 1,
            **_PATIENT,
        },
        "oslo_messaging_rabbit": _WITHOUT_HEARTBEAT,
        "agent": {"root_helper": "sudo", "report_interval": 10},
        "keystone_authtoken": _token_check(),
        "nova": _credentials(endpoint_type="internal"),
        "placement": _credentials(endpoint_type="internal"),
        "oslo_concurrency": {"lock_path": "/var/lib/neutron/lock"},
        "oslo_messaging_notifications": {"driver": "noop"},
        "experimental": {"linuxbridge": True},
    }
    if node.controller:
        sections["database"] = {"connection": database_url("neutron")}
    return ini(sections)


def ml2() -> str:
    """Security groups are there and rule nothing: the agents have no firewall.

    A tenant network of type vlan would stop the agent from wiring any port of its node, where
    the kernel has no VLANs."""
    return ini(
        {
            "ml2": {
                "type_drivers": "flat,vxlan",
                "tenant_network_types": "vxlan",
                "mechanism_drivers": "linuxbridge",
                "extension_drivers": "port_security",
            },
            "ml2_type_flat": {"flat_networks": "provider"},
            "ml2_type_vxlan": {"vni_ranges": "1:1000"},
            "securitygroup": {"enable_security_group": True},
        }
    )


def linuxbridge_agent(node: Node) -> str:
    return ini(
        {
            "linux_bridge": {"physical_interface_mappings": "provider:eth1"},
            "vxlan": {"enable_vxlan": True, "local_ip": node.address, "l2_population": False},
            "securitygroup": {"enable_security_group": True, "firewall_driver": "noop"},
        }
    )


def dhcp_agent() -> str:
    """Guests' way to 169.254.169.254 is a route that DHCP tells them of: Neutron has no router."""
    return ini({"DEFAULT": {"interface_driver": "linuxbridge", "force_metadata": True}})


def metadata_agent() -> str:
    return ini(
        {
            "DEFAULT": {
                "nova_metadata_host": CONTROLLER.address,
                "metadata_proxy_shared_secret": PASSWORD,
                "metadata_workers": 1,
            }
        }
    )


def rabbitmq() -> str:
    return f"listeners.tcp.1 = {CONTROLLER.address}:5672\nloopback_users = none\n"


def libvirtd(node: Node) -> str:
    # Each libvirtd needs an id of its own, or it takes the other's for the same host.
    host_id = uuid.uuid5(uuid.NAMESPACE_DNS, f"{node.name}.{node.address}")
    return (
        'unix_sock_group = "libvirt"\n'
        'unix_sock_rw_perms = "0770"\n'
        'auth_unix_rw = "none"\n'
        f'host_uuid = "{host_id}"\n'
    )


def sshd(node: Node, keys: str) -> str:
    """By which Nova copies disks from node to node; nova's account has no password, and no PAM is
    asked about that. keys: the directory with the host's key and who may come in."""
    return (
        f"ListenAddress {node.address}:22\n"
        f"HostKey {keys}/host\n"
        f"AuthorizedKeysFile {keys}/nova.pub\n"
        "PasswordAuthentication no\n"
        "UsePAM yes\n"
        "StrictModes no\n"
        "PidFile none\n"
        "Subsystem sftp internal-sftp\n"
    )


def ssh(keys: str) -> str:
    """Nova's own, as a client."""
    return (
        "Host *\n"
        f"  IdentityFile {keys}/nova\n"
        "  BatchMode yes\n"
        "  StrictHostKeyChecking no\n"
        "  UserKnownHostsFile /dev/null\n"
        "  LogLevel ERROR\n"
    )


def qemu() -> str:
    """Guests run as libvirt-qemu and own their files, as Debian has it; without AppArmor, cgroups
    and virtlogd, which namespaces of a test do not have."""
    return (
        'user = "libvirt-qemu"\n'
        'group = "libvirt-qemu"\n'
        'security_driver = "none"\n'
        "namespaces = []\n"
        "cgroup_controllers = []\n"
        'stdio_handler = "file"\n'
    )


def hosts() -> str:
    lines = ["127.0.0.1 localhost", f"{INTERNET_ADDRESS} {INTERNET}"]
    lines += [f"{node.address} {node.name}" for node in NODES]
    return "\n".join(lines) + "\n"


def cloud(
    account: Tuple[str, str], site: Site, certificate: Optional[Path] = None
) -> Dict[str, object]:
    """An entry of clouds.yaml; account is user and project."""
    user, project = account
    return {
        "region_name": site.region,
        "identity_api_version": 3,
        "auth": {
            "auth_url": site.public(site.url(5000, "/v3")),
            "username": user,
            "password": PASSWORD,
            "project_name": project,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        **({"cacert": str(certificate)} if certificate else {}),
    }


def clouds(entries: Mapping[str, object]) -> str:
    """clouds.yaml, as JSON, which is YAML."""
    return json.dumps({"clouds": entries}, indent=2) + "\n"


def tls(certificate: Path) -> str:
    """What stunnel takes TLS off; its key is in the certificate's file."""
    sections = [
        f"[{port}]\n"
        f"accept = {CONTROLLER.address}:{TLS_PORTS + port}\n"
        f"connect = {CONTROLLER.address}:{port}\n"
        for port in (5000, 8774, 8778, IMAGE_PORT, OTHER_IMAGE_PORT, 9696)
    ]
    return f"foreground = yes\npid =\nsyslog = no\ncert = {certificate}\n" + "".join(sections)
