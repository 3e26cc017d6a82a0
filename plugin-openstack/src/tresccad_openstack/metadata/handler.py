"""The guest API beside Nova's own metadata. In api-paste.ini:

[app:metaapp]
paste.app_factory = tresccad_openstack.metadata.handler:MetadataRequestHandler.factory

Whose guest asks is decided by Nova's handler alone: by the signature of Neutron's proxy, or by the
address where there is none.
"""

import time
from typing import Any

import nova.conf
import webob
import webob.dec
import webob.exc
from nova.api import wsgi
from nova.api.metadata import handler
from oslo_context.context import generate_request_id
from oslo_log import log as logging

from tresccad_openstack.metadata import options
from tresccad_openstack.metadata.answers import Answer, Question, Refused, fault, through_neutron
from tresccad_openstack.metadata.guest_api import LARGEST_BODY, GuestApi, is_ours
from tresccad_openstack.metadata.servers import NovaServers
from tresccad_openstack.metadata.tokens import Tokens

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)
# Requests that may wait for events where each has a green thread; a WSGI server has a few threads,
# or one, which other guests need.
_PLACES = 64
_GREEN = "eventlet.posthooks"


class MetadataRequestHandler(handler.MetadataRequestHandler):
    def __init__(self) -> None:
        super().__init__()
        options.register(CONF)
        self._behind_proxy = bool(CONF.neutron.service_metadata_proxy)
        self._guest_api = GuestApi(
            NovaServers(),
            options.rules(CONF),
            options.place(CONF),
            Tokens(options.secret(CONF), time.time),
            behind_neutron=self._behind_proxy,
            # Not every release of Nova has this option.
            forwarded=self._behind_proxy or getattr(CONF.api, "use_forwarded_for", False),
        )

    @webob.dec.wsgify(RequestClass=wsgi.Request)
    def __call__(self, req: Any) -> Any:
        if not is_ours(req.method, req.path_info):
            return super().__call__(req)
        answer = self._answer(req)
        return _response(through_neutron(answer) if self._behind_proxy else answer)

    def _answer(self, req: Any) -> Answer:
        request_id = generate_request_id()
        try:
            return self._guest_api.answer(self._caller(req), _question(req))
        except Refused as error:
            refused = error
        except webob.exc.HTTPException as error:
            refused = Refused(error.code, error.explanation)
        except Exception:
            LOG.exception("A guest's request %s failed", request_id)
            refused = Refused(500, "Something went wrong here.")
        return fault(refused, req.path_info, request_id)

    def _caller(self, req: Any) -> str:
        """The id of the server whose guest asks. Raises HTTPException, Refused."""
        if not self._behind_proxy:
            found = self._handle_remote_ip_request(req)
        elif req.headers.get("X-Metadata-Provider"):
            found = self._handle_instance_id_request_from_lb(req)
        else:
            found = self._handle_instance_id_request(req)
        if found is None:
            raise Refused(404, "No server has this address.")
        return str(found.instance.uuid)


def _question(req: Any) -> Question:
    return Question(
        req.method,
        req.path_info,
        dict(req.GET),
        {name.lower(): value for name, value in req.headers.items()},
        # One more shows that it is larger.
        req.body_file.read(LARGEST_BODY + 1),
        _PLACES if _GREEN in req.environ else 0,
    )


def _response(answer: Answer) -> Any:
    response = webob.Response(status=answer.status, content_type=answer.content_type)
    response.body = answer.body
    response.headers.update(answer.headers)
    return response
