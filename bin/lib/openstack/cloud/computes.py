"""nova-compute, killed and started again."""

from cloud.layout import COMPUTE_URL
from cloud.rest import Session
from cloud.services import Running, service

_SECONDS = 180.0


def kill_and_start(running: Running, admin: Session, host: str) -> None:
    """Returns when it serves again: it reports after it has begun to.

    Before that, Nova takes a server that is scheduled there for one whose build was interrupted.
    """
    compute = service(host, "nova-compute")
    running.stop(compute, "KILL")
    last = _reported(admin, host)
    running.start(compute)
    running.wait_for(
        "nova-compute serves", lambda: _reported(admin, host) != last, seconds=_SECONDS
    )


def _reported(admin: Session, host: str) -> str:
    """When its nova-compute last said that it is there."""
    url = f"{COMPUTE_URL}/os-services?binary=nova-compute&host={host}"
    (found,) = admin.get(url)["services"]
    return str(found["updated_at"])
