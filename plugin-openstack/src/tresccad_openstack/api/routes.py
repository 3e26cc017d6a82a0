"""The two routes beside Nova's own. In api-paste.ini:

[app:osapi_compute_app_v21]
paste.app_factory = tresccad_openstack.api.routes:APIRouter.factory
"""

import functools
from typing import Any, Dict

from nova.api import validation
from nova.api.openstack import common, wsgi
from nova.api.openstack.compute import routes, servers
from nova import exception
from webob import exc

from tresccad_openstack.api import bases, policies, restore, save
from tresccad_openstack.compute.handover import CannotAsk
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.errors import PackageInvalid

_RESTORE = {
    "type": "object",
    "properties": {
        "image_id": {"type": "string", "format": "uuid"},
    },
    "required": ["image_id"],
    "additionalProperties": False,
}


# A tresccad host's name, as its configuration allows it (host.name).
_SAVE = {
    "type": "object",
    "properties": {
        "destination": {"type": "string", "pattern": r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z"},
    },
    "additionalProperties": False,
}


_BUSY = "Something else that the server is to do began at the same time."

# What Nova says of a flavor, an image or metadata that a server cannot have.
_UNFIT = (
    *servers.INVALID_FLAVOR_IMAGE_EXCEPTIONS,
    exception.ImageNotActive,
    exception.InstanceUserDataMalformed,
    exception.InvalidMetadata,
    exception.InvalidMetadataSize,
)


class SaveController(wsgi.Controller):
    def __init__(self) -> None:
        super().__init__()
        self._api = save.API()

    @wsgi.response(202)
    @wsgi.expected_errors((400, 403, 404, 409))
    def save(self, req: Any, server_id: str, body: Any = None) -> Dict[str, Any]:
        return self._save(req, server_id, body={} if body is None else body)

    @validation.schema(_SAVE)
    def _save(self, req: Any, server_id: str, body: Dict[str, Any]) -> Dict[str, Any]:
        context = req.environ["nova.context"]
        instance = common.get_instance(
            self._api, context, server_id, expected_attrs=["flavor", "pci_requests"]
        )
        target = {"user_id": instance.user_id, "project_id": instance.project_id}
        context.can(policies.SAVE, target=target)
        try:
            return {"image_id": self._api.save(context, instance, body.get("destination"))}
        except exception.InstanceInvalidState as error:
            common.raise_http_conflict_for_instance_invalid_state(error, "save", server_id)
            raise
        except exception.UnexpectedTaskStateError:
            raise exc.HTTPConflict(explanation=_BUSY) from None
        except (exception.InstanceIsLocked, CannotCarry) as error:
            raise exc.HTTPConflict(explanation=str(error)) from None


class RestoreController(wsgi.Controller):
    def __init__(self) -> None:
        super().__init__()
        self._api = restore.API()

    @wsgi.response(202)
    @wsgi.expected_errors((400, 403, 404, 409))
    @validation.schema(_RESTORE)
    def restore(self, req: Any, body: Dict[str, Any]) -> Dict[str, Any]:
        context = req.environ["nova.context"]
        context.can(policies.RESTORE, target={"project_id": context.project_id})
        try:
            instance = self._api.restore(context, body["image_id"])
        except exception.ImageNotFound as error:
            raise exc.HTTPNotFound(explanation=error.format_message()) from None
        except PackageInvalid as error:
            raise exc.HTTPBadRequest(explanation=str(error)) from None
        except (CannotCarry, CannotAsk) as error:
            raise exc.HTTPConflict(explanation=str(error)) from None
        except bases.NotYet as error:
            again = {"Retry-After": bases.RETRY_SECONDS}
            raise exc.HTTPConflict(explanation=str(error), headers=again) from None
        except exception.OverQuota as error:
            raise exc.HTTPForbidden(explanation=error.format_message()) from None
        except _UNFIT as error:
            raise exc.HTTPBadRequest(explanation=error.format_message()) from None
        return {"server": {"id": instance.uuid}}


def _resource(controller: Any) -> Any:
    return wsgi.Resource(controller())


_ROUTES = (
    ("/servers/restore", {"POST": [functools.partial(_resource, RestoreController), "restore"]}),
    (
        "/servers/{server_id}/save",
        {"POST": [functools.partial(_resource, SaveController), "save"]},
    ),
)


class APIRouter(routes.APIRouterV21):
    """Nova's routes, and then ours."""

    def __init__(self, custom_routes: Any = None) -> None:
        policies.register()
        super().__init__(custom_routes=(custom_routes or ()) + _ROUTES)
