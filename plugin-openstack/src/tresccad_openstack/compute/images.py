"""Images of one Glance, by Glance's own client; whatever that raises is one of two failures."""

import html
from typing import Any, Callable, Iterator, List, Mapping

from glanceclient import exc


class Refused(Exception):
    """Glance said no. status: of HTTP."""

    def __init__(self, status: int, reason: str) -> None:
        # Its client keeps Glance's HTML.
        super().__init__(html.unescape(reason))
        self.status = status


class Unanswered(Exception):
    """Glance said nothing, or nothing that makes sense; asking again may help."""


class Images:
    """images: of glanceclient; the rights are its session's. All methods raise Refused and
    Unanswered."""

    def __init__(self, images: Any) -> None:
        self._images = images

    def list(self, filters: Mapping[str, str]) -> List[Mapping[str, Any]]:
        """All pages, with Glance's own filters."""
        pages = self._images.list
        found: List[Mapping[str, Any]] = _asked(lambda: list(pages(filters=dict(filters))))
        return found

    def with_content(self, sha512: str) -> Iterator[Mapping[str, Any]]:
        """Those that are active."""
        for image in self.list({"os_hash_value": sha512, "status": "active"}):
            if image["status"] == "active" and image.get("os_hash_value") == sha512:
                yield image

    def get(self, image: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = _asked(lambda: self._images.get(image))
        return found

    def create(self, image: Mapping[str, Any]) -> Mapping[str, Any]:
        """Not by the client's own method, which refuses what the schema does not have before Glance
        can say so."""
        post = self._images.http_client.post
        made: Mapping[str, Any] = _asked(lambda: post("/v2/images", data=dict(image))[1])
        return made

    def delete(self, image: str) -> None:
        """Gone is as good."""
        try:
            _asked(lambda: self._images.delete(image))
        except Refused as refused:
            if refused.status != exc.HTTPNotFound.code:
                raise

    def fetch(self, image: str, region: str, interface: str, original: str) -> None:
        """Has Glance begin to fetch the data of one that has none from another region's Glance,
        which it reaches by that interface of the catalog."""
        _asked(
            lambda: self._images.image_import(
                image,
                "glance-download",
                remote_region=region,
                remote_image_id=original,
                remote_service_interface=interface,
            )
        )

    def tasks(self, image: str) -> List[Mapping[str, Any]]:
        """Not by the client's own method, which refuses a Glance with one store: its versions lack
        2.12."""
        get = self._images.http_client.get
        found: List[Mapping[str, Any]] = _asked(
            lambda: get(f"/v2/images/{image}/tasks")[1]["tasks"]
        )
        return found


def _asked(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except exc.HTTPException as error:
        if isinstance(error.code, int) and error.code < exc.HTTPInternalServerError.code:
            raise Refused(error.code, str(error)) from error
        raise Unanswered(str(error)) from error
    # The client lets out whatever a broken connection or answer does to it.
    except Exception as error:
        raise Unanswered(f"{type(error).__name__}: {error}") from error
