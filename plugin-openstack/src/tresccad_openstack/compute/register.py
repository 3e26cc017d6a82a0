"""Glance as the place that decides what became of a save, asked when no user's request is there.

With the credentials of [service_user], which nova.conf has for saves that outlive their token.
"""

from typing import Any

import nova.conf
from keystoneauth1 import adapter
from keystoneauth1 import loading

CONF = nova.conf.CONF
_GROUP = nova.conf.service_token.SERVICE_USER_GROUP


class CannotAsk(Exception):
    """There are no credentials for it, or Glance gives no answer that decides."""


def is_complete(image_id: str) -> bool:
    """Whether the package is complete: then it, and not the guest, is the instance.

    Raises CannotAsk, also when the image is gone: it may have been complete before.
    """
    found = _client().get(f"/v2/images/{image_id}", raise_exc=False)
    if found.status_code != 200:
        raise CannotAsk(f"Glance answers {found.status_code} for image {image_id}")
    return bool(found.json()["status"] == "active")


def delete(image_id: str) -> None:
    """Makes sure that the image never becomes complete. Raises CannotAsk."""
    deleted = _client().delete(f"/v2/images/{image_id}", raise_exc=False)
    if deleted.status_code not in (204, 404):
        raise CannotAsk(f"Glance answers {deleted.status_code} to deleting image {image_id}")


def _client() -> Any:
    auth = loading.load_auth_from_conf_options(CONF, _GROUP)
    if auth is None:
        raise CannotAsk("nova.conf has no credentials in [service_user]")
    session = loading.load_session_from_conf_options(CONF, _GROUP, auth=auth)
    return adapter.Adapter(session, service_type="image", interface="internal")
