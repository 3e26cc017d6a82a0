"""Reads packages from a stream, believing nothing."""

import hashlib
import os
import tempfile
from functools import partial
from types import TracebackType
from typing import Dict, Mapping, Optional, Protocol, Sequence, Type

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import trailer as trailers
from tresccad_openstack.package.delta import ReferenceSource, expand, open_references
from tresccad_openstack.package.errors import MemberFailed, PackageInvalid
from tresccad_openstack.package.limits import STANDARD, Limits
from tresccad_openstack.package.manifest import AheadReference, Manifest, Reference
from tresccad_openstack.package.member import GONE_AHEAD, Member
from tresccad_openstack.package.parts import PartName, most_packed, stated_size, unpack
from tresccad_openstack.package.pipeline import Pipeline
from tresccad_openstack.package.tar import Header, Source, TarInput, refuse_foreign
from tresccad_openstack.package.trailer import Content, Tally


class Sink(Protocol):
    """Where a member's plain content goes, front to back."""

    def write(self, content: bytes, /) -> object:
        ...


class PackageReader:
    """One package: its manifest as soon as this is made, its members by extract().

    The stream stays the caller's to close. Raises PackageInvalid when it does not begin as a
    package of this version does, OSError when it breaks.
    """

    def __init__(self, source: Source, limits: Limits = STANDARD) -> None:
        self._tar = TarInput(source, manifests.ENTRY)
        self._limits = limits
        content = self._tar.content(self._first(), manifests.MAX_BYTES)
        head = manifests.read(content)
        self.manifest: Manifest = head.manifest
        # As it arrived.
        self.manifest_content = content
        self._part_size = head.part_size
        self._manifest_sha256 = hashlib.sha256(content).hexdigest()
        self._used = False

    def _first(self) -> Header:
        try:
            header = self._tar.next()
        except PackageInvalid as invalid:
            refuse_foreign(self._tar.last_block)
            raise PackageInvalid(
                "the file", f"does not begin as a package does: {invalid.reason}"
            ) from None
        if header is None:
            raise PackageInvalid(manifests.ENTRY, "the archive is empty")
        if header.name != manifests.ENTRY:
            raise PackageInvalid(header.name, f"the first entry must be {manifests.ENTRY}")
        return header

    def most_bytes(self, member: Member) -> int:
        """The most that a member can turn out to have."""
        return self._limits.of(member, self.manifest)

    def extract(
        self,
        sinks: Mapping[Member, Sink],
        references: Optional[Mapping[Reference, ReferenceSource]] = None,
    ) -> Mapping[Member, Content]:
        """Reads the rest to the end of the stream; may be called once.

        There must be a sink for each member but those that go ahead. They get plain content whose
        digest was checked; that it is all there, and belongs to this manifest, is certain only
        when this returns. Raises PackageInvalid, MemberFailed when a sink fails, ReferenceFailed,
        OSError when the stream breaks; the caller then throws away what the sinks have.
        """
        if set(sinks) != set(self.manifest.members) - GONE_AHEAD:
            raise ValueError("there must be a sink for each member but those that go ahead")
        if self._used:
            raise ValueError("a package can be extracted once from a stream")
        self._used = True
        all_sinks: Dict[Member, Sink] = dict(sinks)
        given: Dict[Reference, ReferenceSource] = dict(references or {})
        if Member.SNAPSHOT_AHEAD in self.manifest.members:
            all_sinks[Member.SNAPSHOT_AHEAD] = _Nothing()
        if Member.AHEAD not in self.manifest.members:
            return self._members(all_sinks, open_references(self.manifest.references, given))
        with _Ahead() as ahead:
            all_sinks[Member.AHEAD] = ahead
            given[AheadReference()] = ahead
            return self._members(all_sinks, open_references(self.manifest.references, given))

    def _members(
        self, sinks: Mapping[Member, Sink], references: Sequence[ReferenceSource]
    ) -> Mapping[Member, Content]:
        tally = Tally(self.manifest.members)
        header = self._next()
        before: Optional[Member] = None
        while header.name != trailers.ENTRY:
            member = self._part_name(header).member
            if before is not None and member.place <= before.place:
                raise PackageInvalid(header.name, "this member comes too late")
            header = self._member(member, sinks[member], references, header, tally)
            before = member
        contents = tally.contents()
        said = self._tar.content(header, trailers.MAX_BYTES)
        trailers.verify(said, self._manifest_sha256, contents)
        after = self._tar.next()
        if after is not None:
            raise PackageInvalid(after.name, "comes after the trailer")
        return contents

    def _next(self) -> Header:
        header = self._tar.next()
        if header is None:
            raise PackageInvalid(trailers.ENTRY, "the archive ends without it")
        return header

    def _part_name(self, header: Header) -> PartName:
        """Of an entry that may be in this package, if not here. Raises PackageInvalid."""
        name = PartName.parse(header.name)
        if name is None:
            raise PackageInvalid(header.name, "no entry of a package has such a name")
        if name.member not in self.manifest.members:
            raise PackageInvalid(header.name, "the manifest does not announce this member")
        may_be_delta = bool(self.manifest.references) and name.member is not Member.AHEAD
        if name.is_delta and not may_be_delta:
            raise PackageInvalid(header.name, "must be given whole")
        return name

    def _member(
        self,
        member: Member,
        sink: Sink,
        references: Sequence[ReferenceSource],
        header: Header,
        tally: Tally,
    ) -> Header:
        """Reads the parts of one member from its first header on; returns the header after them,
        when the sink has all of them."""
        most = self.most_bytes(member)

        def write(plain: bytes) -> None:
            try:
                sink.write(plain)
            except OSError as error:
                raise MemberFailed(member.value, error) from error

        def instructions(entry: str, content: bytes, size: int) -> bytes:
            return expand(entry, content, size, self._part_size, references)

        number = 0
        is_over = False
        with Pipeline(write) as pipeline:
            while True:
                name = self._part_name(header)
                if name.member is not member:
                    return header
                if name.number != number:
                    first = "the first part must have the number 0"
                    due = f"the part with the number {number} is due"
                    raise PackageInvalid(header.name, due if number else first)
                if is_over:
                    raise PackageInvalid(header.name, "comes after the member's last part")
                packed = self._tar.content(header, most_packed(self._part_size))
                size = stated_size(name, packed, self._part_size)
                tally.add(name, size)
                if tally.size(member) > most:
                    raise PackageInvalid(
                        header.name, f"this member is larger than the {most} bytes it may have"
                    )
                number += 1
                is_over = size < self._part_size
                pipeline.put(partial(unpack, name, packed, size, self._part_size, instructions))
                header = self._next()
                if header.name == trailers.ENTRY:
                    return header


class _Nothing:
    """For what is of no use once all is there."""

    def write(self, content: bytes) -> None:
        pass


class _Ahead:
    """What was sent ahead: a file without a name, written, then read by several threads."""

    def __init__(self) -> None:
        self.size_bytes = 0

    def __enter__(self) -> "_Ahead":
        self._file = tempfile.TemporaryFile(prefix="tresccad-ahead-", buffering=0)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        view = memoryview(content)
        while view:
            written = os.write(self._file.fileno(), view)
            view = view[written:]
        self.size_bytes += len(content)

    def read(self, offset: int, length: int) -> bytes:
        pieces = []
        while length:
            piece = os.pread(self._file.fileno(), length, offset)
            if not piece:
                raise OSError("what was sent ahead ends early")
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(pieces)
