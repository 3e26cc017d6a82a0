"""The base image of a package: in Glance here, or on its way here from another region.

Glance itself fetches it, with the rights of the request (import method glance-download). What is on
its way is told by a property of its image alone, so that any nova-api can be asked next.
"""

import html
import uuid
from typing import Any, List, Mapping, NoReturn, Optional

from glanceclient import exc as glance_exceptions

from tresccad_openstack import names
from tresccad_openstack.compute import access, describe
from tresccad_openstack.compute.handover import CannotAsk
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import BaseImage, Home, Manifest
from tresccad_openstack.package.member import Member

# After which asking again is worth it.
RETRY_SECONDS = 5

_KERNEL = "kernel_id"
_PARTS = (_KERNEL, "ramdisk_id")
_HARDWARE = ("hw_", "os_", "architecture", "vm_mode")
# Glance's own.
_NOT_HARDWARE = ("os_glance_", "os_hash_", "os_hidden")
_COMING = ("queued", "uploading", "saving", "importing", "active")


class NotYet(Exception):
    """It is on its way here."""


def find(context: Any, manifest: Manifest) -> str:
    """The id of the base image here. Raises NotYet, and CannotCarry when it cannot be had."""
    if manifest.base_image is None:
        raise CannotCarry("its disk stands alone, which cannot be restored here yet")
    wanted = _Wanted(context, manifest.base_image, Member.KERNEL in manifest.members)
    try:
        return wanted.here() or wanted.fetch(manifest.identity.home)
    except access.IMAGE_FAILURES + (CannotAsk,) as error:
        raise CannotCarry(f"{wanted}: Glance does not say: {error}") from error


class _Wanted:
    """A base image, as one request sees it.

    with_kernel: Nova takes a guest's kernel from its image, so one without is no base for a guest
    that has one, nor the reverse.
    """

    def __init__(self, context: Any, base: BaseImage, with_kernel: bool) -> None:
        self._context = context
        self._images = access.images(context)
        self._base = base
        self._with_kernel = with_kernel

    def __str__(self) -> str:
        kernel = "with" if self._with_kernel else "without"
        return f"its base image {self._base.name} ({self._base.sha512[:16]}...) {kernel} a kernel"

    def here(self) -> Optional[str]:
        found = self._in(self._images)
        return None if found is None else str(found["id"])

    def _in(self, images: Any) -> Optional[Mapping[str, Any]]:
        for image in _with_content(images, self._base.sha512):
            if (_KERNEL in image) == self._with_kernel:
                return image
        return None

    def fetch(self, home: Home) -> NoReturn:
        """From the package's home, if it is there, or else any other region. Raises NotYet, and
        CannotCarry."""
        nowhere = ["is not in Glance here"]

        def is_another(region: access.Region) -> bool:
            return describe.home_at(region.public_url).host_id != home.host_id

        for region in sorted(access.other_regions(self._context), key=is_another):
            try:
                original = self._in(region.images)
            except access.IMAGE_FAILURES as error:
                nowhere.append(f"region {region.name} cannot be asked ({error})")
                continue
            if original is not None:
                coming = ", ".join(self._fetch(region, original))
                raise NotYet(f"{self} comes from region {region.name}: {coming}; ask again")
            nowhere.append(f"not in region {region.name}")
        raise CannotCarry(f"{self} {', '.join(nowhere)}")

    def _fetch(self, region: access.Region, original: Mapping[str, Any]) -> List[str]:
        """What is on its way, in words; the disk when kernel and ramdisk are there, for it names
        them."""
        properties = {key: value for key, value in original.items() if _is_hardware(key)}
        coming: List[str] = []
        for key in _PARTS:
            if original.get(key):
                part = region.images.get(original[key])
                if not part.get("os_hash_value"):
                    raise CannotCarry(f"{self}: the {key} of region {region.name} has no digest")
                found = next(_with_content(self._images, part["os_hash_value"]), None)
                if found is not None:
                    properties[key] = found["id"]
                else:
                    coming.append(self._come(region, part, {}))
        return coming or [self._come(region, original, properties)]

    def _come(
        self, region: access.Region, original: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> str:
        """Sees to it that an image with these properties is on its way; says which one. Raises
        CannotCarry."""
        coming = self._coming(original, properties) or self._make(original, properties)
        image = str(coming["id"])
        if coming["status"] == "queued":
            self._go_on(region, original, image)
        elif coming["status"] == "active" and not _has(coming, original["os_hash_value"]):
            self._give_up(image, region, "what came has another digest")
        return f"image {image} ({coming['status']})"

    def _make(
        self, original: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """An image without data; that of another request, if it was first."""
        image = str(uuid.uuid4())
        made = self._images.create(
            id=image,
            name=original["name"],
            disk_format=original["disk_format"],
            container_format=original["container_format"],
            visibility="private",
            **{names.BASE: "1", names.FETCHED: _fetched(image, original), **properties},
        )
        first = self._coming(original, properties) or made
        if first["id"] != image:
            self._images.delete(image)
        return first

    def _coming(
        self, original: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Optional[Mapping[str, Any]]:
        """The first, should there be several: all requests choose the same."""
        filters = {names.BASE: "1", "owner": self._context.project_id}
        found = [
            image
            for image in self._images.list(filters=filters)
            if image.get(names.FETCHED) == _fetched(image["id"], original)
            and image["status"] in _COMING
            and all(image.get(key) == properties.get(key) for key in _PARTS)
        ]
        found.sort(key=lambda image: (image["created_at"], image["id"]))
        return next(iter(found), None)

    def _go_on(self, region: access.Region, original: Mapping[str, Any], image: str) -> None:
        """With one that has no data: not begun, begun, or failed."""
        # glanceclient's own method refuses a Glance with one store, whose versions lack 2.12.
        tasks = self._images.http_client.get(f"/v2/images/{image}/tasks")[1]["tasks"]
        if not tasks:
            self._begin(region, original, image)
            return
        last = max(tasks, key=lambda task: str(task["created_at"]))
        if last["status"] == "failure":
            self._give_up(image, region, f"{last['message']}; the log of Glance here says more")

    def _begin(self, region: access.Region, original: Mapping[str, Any], image: str) -> None:
        try:
            self._images.image_import(
                image,
                "glance-download",
                remote_region=region.name,
                remote_image_id=original["id"],
                remote_service_interface=region.interface,
            )
        except glance_exceptions.HTTPConflict:
            # Another request began it.
            return
        except access.IMAGE_FAILURES as error:
            # It is HTML.
            self._give_up(image, region, html.unescape(str(error)))

    def _give_up(self, image: str, region: access.Region, reason: str) -> NoReturn:
        self._images.delete(image)
        raise CannotCarry(f"{self} could not be fetched from region {region.name}: {reason}")


def _with_content(images: Any, sha512: str) -> Any:
    filters = {"os_hash_value": sha512, "status": "active"}
    return (image for image in images.list(filters=filters) if _has(image, sha512))


def _has(image: Mapping[str, Any], sha512: str) -> bool:
    return bool(image["status"] == "active" and image.get("os_hash_value") == sha512)


def _fetched(image: str, original: Mapping[str, Any]) -> str:
    return f"{image} {original['os_hash_value']}"


def _is_hardware(key: str) -> bool:
    return key.startswith(_HARDWARE) and not key.startswith(_NOT_HARDWARE)
