"""Writes packages to a stream, front to back."""

import hashlib
from functools import partial
from typing import BinaryIO, Callable, Mapping, TypeVar

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import trailer as trailers
from tresccad_openstack.package.errors import MemberFailed
from tresccad_openstack.package.manifest import Manifest
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.parts import Packed, pack
from tresccad_openstack.package.pipeline import Pipeline
from tresccad_openstack.package.tar import Source, write_end, write_entry
from tresccad_openstack.package.trailer import Content, Tally

PART_SIZE = 1 << 20

_T = TypeVar("_T")
# Opens a member's content; the writer closes nothing.
Opener = Callable[[], Source]


def write(
    manifest: Manifest,
    sources: Mapping[Member, Opener],
    out: BinaryIO,
    part_size: int = PART_SIZE,
) -> Mapping[Member, Content]:
    """Writes the package of these members, each opened only when the one before has ended.

    A read of a source may wait for more (a file that still grows) and give less than it was asked
    for; nothing ends it. Parts that are complete are written meanwhile. Raises MemberFailed for a
    source, OSError for the stream; the caller then ends the stream as a failed one.
    """
    if set(sources) != set(manifest.members):
        raise ValueError("there must be a source for each member of the manifest")
    head = manifests.render(manifest, part_size)
    write_entry(out, manifests.ENTRY, head)
    tally = Tally(manifest.members)

    def emit(part: Packed) -> None:
        tally.add(part.name, part.plain_size)
        write_entry(out, part.name.entry, part.content)

    with Pipeline(emit) as pipeline:
        for member in manifest.members:
            number = 0
            source = _of_member(member, sources[member])
            while plain := _of_member(member, partial(_part, source, part_size)):
                pipeline.put(partial(pack, member, number, plain))
                number += 1
    contents = tally.contents()
    digest = hashlib.sha256(head).hexdigest()
    write_entry(out, trailers.ENTRY, trailers.render(digest, contents))
    write_end(out)
    out.flush()
    return contents


def _of_member(member: Member, act: Callable[[], _T]) -> _T:
    try:
        return act()
    except OSError as error:
        raise MemberFailed(member.value, error) from error


def _part(source: Source, part_size: int) -> bytes:
    """The next part_size bytes, fewer only at the end."""
    pieces = []
    lacking = part_size
    while lacking and (piece := source.read(lacking)):
        pieces.append(piece)
        lacking -= len(piece)
    return b"".join(pieces)
