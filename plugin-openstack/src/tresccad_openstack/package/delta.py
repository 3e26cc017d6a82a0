"""Parts that are given relative to content the reader has: the instructions, carried out."""

from typing import Mapping, Protocol, Sequence

from tresccad_openstack.package.errors import PackageInvalid, ReferenceFailed
from tresccad_openstack.package.manifest import (
    AheadReference,
    ContentReference,
    MemberReference,
    Reference,
)

_PAGE = 4096
_RECORD_HEADER = 8
_MAX_STRIDE = 1 << 16
_U64 = 1 << 64


class ReferenceSource(Protocol):
    """Content that parts refer to; read from several threads."""

    size_bytes: int

    def read(self, offset: int, length: int) -> bytes:
        """Exactly that many bytes. Raises OSError."""


class BytesReference:
    """Content in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def read(self, offset: int, length: int) -> bytes:
        end = offset + length
        return self._content[offset:end]


def open_references(
    wanted: Sequence[Reference], given: Mapping[Reference, ReferenceSource]
) -> Sequence[ReferenceSource]:
    """The sources of what is referred to, in its order. Raises ReferenceFailed for one that is
    not given, or has another size."""
    for reference in wanted:
        source = given.get(reference)
        if source is None:
            raise ReferenceFailed(f"{_name(reference)} is not on this host")
        if not isinstance(reference, AheadReference) and source.size_bytes != reference.size_bytes:
            raise ReferenceFailed(
                f"{_name(reference)} should have {reference.size_bytes} bytes, "
                f"but has {source.size_bytes}"
            )
    return [given[reference] for reference in wanted]


def _name(reference: Reference) -> str:
    if isinstance(reference, ContentReference):
        return f"the file {reference.sha512}"
    if isinstance(reference, MemberReference):
        return f"{reference.member.value} of {reference.lineage}, epoch {reference.epoch}"
    return "what was sent ahead"


def expand(
    entry: str,
    instructions: bytes,
    size: int,
    part_size: int,
    references: Sequence[ReferenceSource],
) -> bytes:
    """The plain content of one part, of exactly that size.

    Raises PackageInvalid when an instruction is wrong, ReferenceFailed when a reference cannot be
    read.
    """
    return _Expansion(entry, instructions, size, part_size, references).run()


class _Expansion:
    def __init__(
        self,
        entry: str,
        instructions: bytes,
        size: int,
        part_size: int,
        references: Sequence[ReferenceSource],
    ) -> None:
        self._entry = entry
        self._instructions = instructions
        self._size = size
        self._most = part_size // 64 + 64
        self._references = references
        self._cursors = [0] * len(references)
        self._at = 0
        self._next_header = 0
        self._plain = bytearray()

    def run(self) -> bytes:
        number = 0
        while self._at < len(self._instructions):
            number += 1
            self._check(number <= self._most, f"more than {self._most} instructions")
            opcode = self._byte()
            if opcode == 1:
                self._plain += self._take(self._count(1))
            elif opcode == 2:
                count = self._count(1)
                self._plain += bytes([self._byte()]) * count
            elif opcode == 3:
                self._copy()
            elif opcode == 4:
                self._pages()
            elif opcode == 5:
                self._filled_pages()
            else:
                self._check(False, f"there is no instruction {opcode}")
        done = len(self._plain)
        self._check(done == self._size, f"its instructions end after {done} of {self._size} bytes")
        return bytes(self._plain)

    def _copy(self) -> None:
        reference, offset = self._place()
        length = self._count(1)
        self._plain += self._read(reference, offset, length)
        self._cursors[reference] = offset + length

    def _pages(self) -> None:
        count = self._count(_RECORD_HEADER + _PAGE)
        header = self._header(count)
        reference, offset = self._place()
        stride = self._number()
        self._check(_PAGE <= stride <= _MAX_STRIDE, "it strides too short or too long")
        self._check_within(reference, offset, (count - 1) * stride + _PAGE)
        for i in range(count):
            page = self._read(reference, offset + i * stride, _PAGE)
            self._plain += self._header_bytes(header, i) + page
        self._cursors[reference] = offset + count * stride

    def _filled_pages(self) -> None:
        count = self._count(_RECORD_HEADER + 1)
        header = self._header(count)
        filling = bytes([self._byte()])
        for i in range(count):
            self._plain += self._header_bytes(header, i) + filling

    @staticmethod
    def _header_bytes(first: int, number: int) -> bytes:
        return ((first + number * _PAGE) % _U64).to_bytes(_RECORD_HEADER, "big")

    def _read(self, reference: int, offset: int, length: int) -> bytes:
        self._check_within(reference, offset, length)
        try:
            found = self._references[reference].read(offset, length)
        except OSError as error:
            raise ReferenceFailed(f"reference {reference} cannot be read: {error}") from error
        if len(found) != length:
            raise ReferenceFailed(f"reference {reference} cannot be read to its end")
        return found

    def _count(self, unit: int) -> int:
        count = self._number()
        room = self._size - len(self._plain)
        self._check(1 <= count <= room // unit, "an instruction makes nothing, or too much")
        return count

    def _place(self) -> tuple[int, int]:
        reference = self._number()
        self._check(reference < len(self._cursors), "the package has no such reference")
        return reference, self._cursors[reference] + self._signed()

    def _header(self, count: int) -> int:
        header = (self._next_header + self._signed()) % _U64
        self._next_header = (header + count * _PAGE) % _U64
        return header

    def _check_within(self, reference: int, offset: int, length: int) -> None:
        size = self._references[reference].size_bytes
        self._check(offset >= 0 and offset + length <= size, "it reaches out of a reference")

    def _take(self, length: int) -> bytes:
        end = self._at + length
        self._check(end <= len(self._instructions), "its instructions end in one of them")
        start, self._at = self._at, end
        return self._instructions[start:end]

    def _byte(self) -> int:
        return self._take(1)[0]

    def _signed(self) -> int:
        number = self._number()
        return number >> 1 if number & 1 == 0 else -(number >> 1) - 1

    def _number(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            self._check(shift < 63 or byte == 1, "a number has more than 64 bits")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self._check(byte != 0 or shift == 0, "a number is not in its shortest form")
                break
        return value

    def _check(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise PackageInvalid(self._entry, f"its delta is wrong: {otherwise}")
