"""The databases: made once for a version of the packages, then copied for each cloud.

Making schemas and catalog takes most of the time that a cloud takes to come up, so what comes out
of it is kept in layout.template, beside a key that tells what it was made by.
"""

import hashlib
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import List, Tuple

from cloud import configuration, contents
from cloud import layout as layout_module
from cloud.layout import CONTROLLER, IDENTITY_URL, PASSWORD, REGION, Layout
from cloud.services import Running, database, service
from cloud.steps import Step

_PACKAGES = (
    "mariadb-server-core",
    "keystone",
    "glance-common",
    "placement-common",
    "python3-nova",
    "python3-neutron",
)
_DATA = "/var/lib/mysql"
_KEY = "tresccad-template"


def key(layout: Layout) -> str:
    """Changes when the empty databases would: with packages, configuration, or this file."""
    versions = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package} ${Version}\n", *_PACKAGES],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # Addresses and region are not in it: contents.place_catalog.
    modules = (__file__, contents.__file__, configuration.__file__, layout_module.__file__)
    made_by = "".join(Path(file).read_text() for file in modules)
    return hashlib.sha256((versions + made_by).encode()).hexdigest()


def template_fits(layout: Layout) -> bool:
    try:
        return (layout.template / _KEY).read_text() == key(layout)
    except OSError:
        return False


def steps(layout: Layout, running: Running) -> List[Step]:
    """What brings up the databases; the last is called "mariadb"."""
    data = layout.private(CONTROLLER.name, _DATA)
    if template_fits(layout):
        return [
            Step("databases", lambda: _copy(layout.template, data), ("nodes",)),
            Step("mariadb", lambda: running.start(database()), ("databases",)),
        ]
    chains = [
        Step(f"schema {name}", partial(_chain, running, name), ("empty database",))
        for name in _CHAINS
    ]
    made = tuple(step.name for step in chains)
    return [
        Step("empty database", lambda: _make(running), ("nodes",)),
        *chains,
        Step("databases", lambda: _keep(layout, running, data), made),
        Step("mariadb", lambda: running.start(database()), ("databases",)),
    ]


def _make(running: Running) -> None:
    running.command(
        CONTROLLER,
        ["mariadb-install-db", "--no-defaults", f"--datadir={_DATA}", "--skip-test-db"]
        + ["--auth-root-authentication-method=normal", "--skip-name-resolve"],
        user="mysql",
    )
    running.start(database())
    statements = [f"create database {name} character set utf8;" for name in configuration.DATABASES]
    user = f"'{configuration.DATABASE_USER}'@'localhost'"
    running.sql(
        "\n".join(statements)
        + f"create user {user} identified by '{PASSWORD}'; grant all on *.* to {user};"
    )


_Command = Tuple[str, ...]
_CHAINS: dict[str, Tuple[_Command, ...]] = {
    "keystone": (
        ("keystone-manage", "db_sync"),
        (
            *("keystone-manage", "bootstrap", "--bootstrap-password", PASSWORD),
            *("--bootstrap-region-id", REGION),
            *("--bootstrap-public-url", IDENTITY_URL, "--bootstrap-internal-url", IDENTITY_URL),
        ),
    ),
    "glance": (
        ("glance-manage", "db_sync"),
        ("glance-manage", f"--config-file={configuration.OTHER_GLANCE}", "db_sync"),
    ),
    "placement": (("placement-manage", "db", "sync"),),
    "neutron": (
        (
            *("neutron-db-manage", "--config-file", "/etc/neutron/neutron.conf"),
            *("--config-file", "/etc/neutron/plugins/ml2/ml2_conf.ini", "upgrade", "heads"),
        ),
    ),
    "nova": (
        ("nova-manage", "api_db", "sync"),
        (
            *("nova-manage", "cell_v2", "map_cell0"),
            *("--database_connection", configuration.database_url("nova_cell0")),
        ),
        (
            *("nova-manage", "cell_v2", "create_cell", "--name", "cell1"),
            # Nova fills in what its own configuration has.
            *("--transport-url", "{scheme}://{username}:{password}@{hostname}:{port}/{path}"),
        ),
        ("nova-manage", "db", "sync"),
    ),
}


def _chain(running: Running, name: str) -> None:
    for command in _CHAINS[name]:
        running.command(CONTROLLER, command, user=name)
    if name == "keystone":
        keystone = service(CONTROLLER.name, name)
        running.start(keystone)
        contents.make_catalog()
        running.stop(keystone)


def _keep(layout: Layout, running: Running, data: Path) -> None:
    """Files of a database are whole only after it was stopped."""
    running.stop(database())
    shutil.rmtree(layout.template, ignore_errors=True)
    _copy(data, layout.template)
    # Last: without it the template does not count.
    (layout.template / _KEY).write_text(key(layout))


def _copy(source: Path, target: Path) -> None:
    """With owners, and sparse as it was."""
    subprocess.run(
        ["cp", "-a", "--sparse=always", "--reflink=auto", "-T", str(source), str(target)],
        check=True,
    )
    (target / _KEY).unlink(missing_ok=True)
