"""trailer.json: sizes and digests, which could not be known at the start."""

import hashlib
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping

from tresccad_openstack.package import strictjson
from tresccad_openstack.package.checks import Fields
from tresccad_openstack.package.errors import PackageInvalid
from tresccad_openstack.package.manifest import VERSION
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.parts import PartName

ENTRY = "trailer.json"
MAX_BYTES = 1 << 16


@dataclass(frozen=True)
class Content:
    """What a member turned out to have: plain bytes, parts, the digest over their digests."""

    size_bytes: int
    parts: int
    tree_sha256: str


class Tally:
    """Counts parts as they go by."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._sizes = {member: 0 for member in members}
        self._parts = dict.fromkeys(self._sizes, 0)
        self._trees = {member: hashlib.sha256() for member in self._sizes}

    def add(self, name: PartName, size: int) -> None:
        self._sizes[name.member] += size
        self._parts[name.member] += 1
        self._trees[name.member].update(bytes.fromhex(name.sha256))

    def size(self, member: Member) -> int:
        """Plain bytes of the member so far."""
        return self._sizes[member]

    def contents(self) -> Mapping[Member, Content]:
        """In the members' order."""
        return {
            member: Content(size, self._parts[member], self._trees[member].hexdigest())
            for member, size in self._sizes.items()
        }


def render(manifest_sha256: str, contents: Mapping[Member, Content]) -> bytes:
    members: List[Dict[str, Any]] = [
        {
            "name": member.value,
            "size_bytes": content.size_bytes,
            "parts": content.parts,
            "tree_sha256": content.tree_sha256,
        }
        for member, content in contents.items()
    ]
    return strictjson.render(
        {"tresccad_trailer": VERSION, "manifest_sha256": manifest_sha256, "members": members}
    )


def verify(said: bytes, manifest_sha256: str, arrived: Mapping[Member, Content]) -> None:
    """Compares the trailer with what arrived. Raises PackageInvalid that names the difference."""
    values = strictjson.parse(ENTRY, said)
    try:
        _verify(Fields(values), manifest_sha256, arrived)
    except ValueError as error:
        raise PackageInvalid(ENTRY, str(error)) from None


def _verify(fields: Fields, manifest_sha256: str, arrived: Mapping[Member, Content]) -> None:
    version = fields.integer("tresccad_trailer")
    if version != VERSION:
        raise ValueError(f"is of version {version}")
    if fields.string("manifest_sha256") != manifest_sha256:
        raise ValueError("has another digest of the manifest than what arrived")
    members = fields.objects("members")
    if [each.string("name") for each in members] != [member.value for member in arrived]:
        raise ValueError("names other members than the manifest")
    for each, (member, content) in zip(members, arrived.items()):
        size, parts = each.integer("size_bytes"), each.integer("parts")
        if (size, parts) != (content.size_bytes, content.parts):
            raise ValueError(
                f"{member.value} should have {size} bytes in {parts} parts, "
                f"but {content.size_bytes} in {content.parts} arrived"
            )
        if each.string("tree_sha256") != content.tree_sha256:
            raise ValueError(f"{member.value} arrived with another digest")
