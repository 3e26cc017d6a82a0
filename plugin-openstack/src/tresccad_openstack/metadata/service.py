"""The rights the plugin acts with for a guest: a guest's request carries no token of a user's."""

from typing import Any

import nova.conf
from keystoneauth1 import exceptions as keystone_exceptions
from keystoneauth1 import loading
from nova import context as nova_context

from tresccad_openstack.metadata.answers import Refused
from tresccad_openstack.metadata.catalog import as_nova_has_it

CONF = nova.conf.CONF
_GROUP = nova.conf.service_token.SERVICE_USER_GROUP


def context(project_id: str) -> Any:
    """For one request in a project: the token of [service_user], but nothing of the admin's rights
    inside of Nova. Raises Refused."""
    auth = loading.load_auth_from_conf_options(CONF, _GROUP)
    if auth is None:
        raise Refused(503, "This cloud's metadata service has no credentials to save servers with.")
    session = loading.load_session_from_conf_options(CONF, _GROUP, auth=auth)
    try:
        access = auth.get_access(session)
    except keystone_exceptions.ClientException:
        raise Refused(503, "This cloud's metadata service cannot reach Keystone.") from None
    return nova_context.RequestContext(
        user_id=access.user_id,
        project_id=project_id,
        is_admin=False,
        auth_token=access.auth_token,
        roles=list(access.role_names),
        service_catalog=as_nova_has_it(access.service_catalog.catalog),
        # The request in whose course it is made may be another's.
        overwrite=False,
    )
