"""The base image of a package: in Glance here, or on its way here from another region.

Glance itself fetches it, with the rights of the request (import method glance-download). What is on
its way is told by a property of its image alone, so that any nova-api can be asked next.
"""

import uuid
from typing import Any, Dict, Iterator, List, Mapping, NoReturn, Optional

from tresccad_openstack import names
from tresccad_openstack.compute import access, describe
from tresccad_openstack.compute.images import Images, Refused, Unanswered
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
_EMPTY = ("queued", "uploading", "saving", "importing")
_CONFLICT = 409


class NotYet(Exception):
    """It may be here soon: it is on its way, or Glance is silent for the moment."""


def find(context: Any, manifest: Manifest) -> str:
    """The id of the base image here. Raises NotYet, CannotCarry when it cannot be had, and
    CannotAsk."""
    if manifest.base_image is None:
        raise CannotCarry("its disk stands alone, which cannot be restored here yet")
    wanted = _Wanted(context, manifest.base_image, Member.KERNEL in manifest.members)
    try:
        return wanted.here() or wanted.fetch(manifest.identity.home)
    except Refused as error:
        raise CannotCarry(f"{wanted}: Glance here says {error}") from error
    except Unanswered as error:
        raise NotYet(f"{wanted}: Glance here does not answer ({error}); ask again") from error


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

    def _in(self, images: Images) -> Optional[Mapping[str, Any]]:
        for image in self._usable(images, self._base.sha512):
            if bool(image.get(_KERNEL)) == self._with_kernel:
                return image
        return None

    def _usable(self, images: Images, sha512: str) -> Iterator[Mapping[str, Any]]:
        """Administrators see images of others, who may delete them and choose their kernels."""
        for image in images.with_content(sha512):
            is_ours = image["owner"] == self._context.project_id
            if is_ours or image["visibility"] == "public" or not self._context.is_admin:
                yield image

    def fetch(self, home: Home) -> NoReturn:
        """From the package's home, if it is there, or else any other region. Raises NotYet, and
        CannotCarry."""
        nowhere = ["is not in Glance here"]
        is_silent = False

        def is_another(region: access.Region) -> bool:
            return describe.home_at(region.public_url).host_id != home.host_id

        for region in sorted(access.other_regions(self._context), key=is_another):
            try:
                original = self._in(region.images)
                parts = {} if original is None else _parts(region.images, original)
            except (Refused, Unanswered, CannotCarry) as error:
                is_silent |= isinstance(error, Unanswered)
                nowhere.append(f"not to be had from region {region.name} ({error})")
                continue
            if original is not None:
                coming = ", ".join(self._fetch(region, original, parts))
                raise NotYet(f"{self} comes from region {region.name}: {coming}; ask again")
            nowhere.append(f"not in region {region.name}")
        reason = f"{self} {', '.join(nowhere)}"
        if is_silent and any(image["status"] in _EMPTY for image in self._brought()):
            raise NotYet(f"{reason}; ask again")
        raise CannotCarry(reason)

    def _fetch(
        self,
        region: access.Region,
        original: Mapping[str, Any],
        parts: Mapping[str, Mapping[str, Any]],
    ) -> List[str]:
        """What is on its way, in words; the disk when kernel and ramdisk are there, for it names
        them."""
        properties = {key: value for key, value in original.items() if _is_hardware(key)}
        coming: List[str] = []
        for key, part in parts.items():
            found = next(self._usable(self._images, part["os_hash_value"]), None)
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
        elif coming["status"] == "active" and coming["os_hash_value"] != original["os_hash_value"]:
            self._give_up(image, region, "what came has another digest")
        return f"image {image} ({coming['status']})"

    def _make(
        self, original: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """An image without data; that of another request, if it was first."""
        image = str(uuid.uuid4())
        made = self._images.create(
            {
                **properties,
                "id": image,
                "name": original["name"],
                "disk_format": original["disk_format"],
                "container_format": original["container_format"],
                "visibility": "private",
                names.BASE: "1",
                names.FETCHED: _fetched(image, original),
            }
        )
        first = self._coming(original, properties) or made
        if first["id"] != image:
            self._images.delete(image)
        return first

    def _coming(
        self, original: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Optional[Mapping[str, Any]]:
        """One that was begun, or else the first, should there be several: so that requests at the
        same time choose the same."""
        found = [
            image
            for image in self._brought()
            if image[names.FETCHED] == _fetched(image["id"], original)
            and all(image.get(key) == properties.get(key) for key in _PARTS)
        ]
        found.sort(key=lambda i: (i["status"] == "queued", i["created_at"], i["id"]))
        return next(iter(found), None)

    def _brought(self) -> Iterator[Mapping[str, Any]]:
        """The project's images that come by this way, or came."""
        for image in self._images.list({names.BASE: "1", "owner": self._context.project_id}):
            is_itself = image.get(names.FETCHED, "").startswith(f"{image['id']} ")
            if is_itself and image["status"] in (*_EMPTY, "active"):
                yield image

    def _go_on(self, region: access.Region, original: Mapping[str, Any], image: str) -> None:
        """With one that has no data: not begun, begun, or failed."""
        tasks = self._images.tasks(image)
        if not tasks:
            self._begin(region, original, image)
            return
        last = max(tasks, key=lambda task: str(task["created_at"]))
        if last["status"] == "failure":
            self._give_up(image, region, f"{last['message']}; the log of Glance here says more")

    def _begin(self, region: access.Region, original: Mapping[str, Any], image: str) -> None:
        try:
            self._images.fetch(image, region.name, region.interface, original["id"])
        except Refused as error:
            # With a conflict another request has begun it.
            if error.status != _CONFLICT:
                self._give_up(image, region, str(error))

    def _give_up(self, image: str, region: access.Region, reason: str) -> NoReturn:
        self._images.delete(image)
        raise CannotCarry(f"{self} could not be fetched from region {region.name}: {reason}")


def _parts(images: Images, original: Mapping[str, Any]) -> Dict[str, Mapping[str, Any]]:
    """Kernel and ramdisk of an image, by the properties that name them. Raises CannotCarry."""
    parts = {key: images.get(original[key]) for key in _PARTS if original.get(key)}
    for key, part in parts.items():
        if not part.get("os_hash_value"):
            raise CannotCarry(f"its {key} has no digest there")
    return parts


def _fetched(image: str, original: Mapping[str, Any]) -> str:
    return f"{image} {original['os_hash_value']}"


def _is_hardware(key: str) -> bool:
    return key.startswith(_HARDWARE) and not key.startswith(_NOT_HARDWARE)
