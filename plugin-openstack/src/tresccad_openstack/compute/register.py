"""Glance as the register, and as the place that knows what became of a package.

Asked with the rights of a request, and with the service's where those do not suffice or there is
none.
"""

from typing import Any, Callable, Dict, List, Mapping, Optional

from keystoneauth1 import exceptions as keystone_exceptions

from tresccad_openstack.compute import access
from tresccad_openstack.compute.handover import CannotAsk, Unreadable

_PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
_RECORD = {
    "disk_format": "raw",
    "container_format": "bare",
    "visibility": "private",
    "min_disk": 0,
    "min_ram": 0,
}
# Answers that say nothing about the image, only that the asker may not ask.
_NOT_ALLOWED = (401, 403)


class Glance:
    """Records and packages of one project. Implements handover.Records."""

    def __init__(self, owner: str, context: Any = None) -> None:
        """owner: the project's id; without a context, with the service's rights alone."""
        self._owner = owner
        self._context = context

    def create(self, record: Mapping[str, str]) -> bool:
        body: Dict[str, Any] = {**_RECORD, **record}
        answer = self._ask("POST", "/v2/images", body, owner=True)
        if answer.status_code not in (201, 409):
            raise _unclear("creating image", record["id"], answer)
        return bool(answer.status_code == 201)

    def get(self, record_id: str) -> Optional[Mapping[str, Any]]:
        answer = self._ask("GET", f"/v2/images/{record_id}")
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise _unclear("reading image", record_id, answer)
        found: Mapping[str, Any] = answer.json()
        return found

    def add(self, record_id: str, name: str, value: str) -> None:
        operation = {"op": "add", "path": f"/{name}", "value": value}
        answer = self._ask("PATCH", f"/v2/images/{record_id}", [operation])
        if answer.status_code == 404:
            raise Unreadable(f"record {record_id} was deleted")
        if answer.status_code != 200:
            raise _unclear("changing image", record_id, answer)

    def is_complete(self, image_id: str) -> bool:
        """Whether the image is there and has its data. Raises CannotAsk."""
        found = self.get(image_id)
        return found is not None and found["status"] == "active"

    def delete(self, image_id: str) -> None:
        """Gone is as good. Raises CannotAsk."""
        answer = self._ask("DELETE", f"/v2/images/{image_id}")
        if answer.status_code not in (204, 404):
            raise _unclear("deleting image", image_id, answer)

    def _ask(self, method: str, path: str, body: Any = None, owner: bool = False) -> Any:
        """The first answer that is not about the asker's rights. Raises CannotAsk."""
        askers: List[Callable[[], Any]] = [access.as_service]
        if self._context is not None:
            askers.insert(0, lambda: access.as_user(self._context))
        reason = ""
        for asker in askers:
            headers = _PATCH if method == "PATCH" else None
            given = {**body, "owner": self._owner} if owner else body
            try:
                answer = asker().request(path, method, json=given, headers=headers, raise_exc=False)
            except (keystone_exceptions.ClientException, CannotAsk) as error:
                reason = str(error)
                continue
            if answer.status_code not in _NOT_ALLOWED:
                return answer
            reason = f"Glance answers {answer.status_code} to {method} {path}"
        raise CannotAsk(reason)


def _unclear(what: str, image_id: str, answer: Any) -> CannotAsk:
    return CannotAsk(f"Glance answers {answer.status_code} to {what} {image_id}")
