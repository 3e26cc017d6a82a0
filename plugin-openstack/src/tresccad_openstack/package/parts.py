"""Parts: the pieces members are cut into, their names, and how they are compressed."""

import hashlib
import re
from dataclasses import dataclass
from typing import Callable, Optional

import zstandard

from tresccad_openstack.package.errors import PackageInvalid
from tresccad_openstack.package.member import Member

MOST_PARTS = 100_000_000
LEVEL = 3
_DELTA_SIZE = 4
_MAGIC = b"\x28\xb5\x2f\xfd"
_FORM = re.compile(
    "(" + "|".join(re.escape(member.value) for member in Member) + ")"
    r"\.([0-9]{8})\.([0-9a-f]{64})\.(zst|delta)"
)


@dataclass(frozen=True)
class PartName:
    """What a part's entry is called: its member, its number from 0, its plain content's digest."""

    member: Member
    number: int
    sha256: str
    is_delta: bool = False

    @property
    def entry(self) -> str:
        kind = "delta" if self.is_delta else "zst"
        return f"{self.member.value}.{self.number:08d}.{self.sha256}.{kind}"

    @staticmethod
    def parse(entry: str) -> Optional["PartName"]:
        found = _FORM.fullmatch(entry)
        if found is None:
            return None
        return PartName(Member(found[1]), int(found[2]), found[3], found[4] == "delta")


def most_packed(part_size: int) -> int:
    """The most bytes a part's entry may have."""
    return part_size + part_size // 128 + 512


def pack(member: Member, number: int, plain: bytes) -> "Packed":
    """Digest and frame of one part."""
    if number >= MOST_PARTS:
        raise ValueError(f"{member.value} has too many parts")
    compressor = zstandard.ZstdCompressor(
        level=LEVEL, write_content_size=True, write_checksum=False, write_dict_id=False
    )
    name = PartName(member, number, hashlib.sha256(plain).hexdigest())
    return Packed(name, len(plain), compressor.compress(plain))


@dataclass(frozen=True)
class Packed:
    """A part as it is written."""

    name: PartName
    plain_size: int
    content: bytes


def stated_size(name: PartName, packed: bytes, part_size: int) -> int:
    """How long the entry says that the plain content is, from 1 to part_size."""
    if not name.is_delta:
        return _frame_size(name.entry, packed, part_size)
    size = int.from_bytes(packed[:_DELTA_SIZE], "big") if len(packed) >= _DELTA_SIZE else 0
    if not 1 <= size <= part_size:
        raise PackageInvalid(name.entry, f"does not state a content of 1 to {part_size} bytes")
    return size


def unpack(
    name: PartName,
    packed: bytes,
    size: int,
    part_size: int,
    expand: Callable[[str, bytes, int], bytes],
) -> bytes:
    """The plain content, after its digest was found right.

    size is what stated_size said; expand(entry, instructions, size) carries out a delta. Raises
    PackageInvalid.
    """
    if name.is_delta:
        frame = packed[_DELTA_SIZE:]
        length = _frame_size(name.entry, frame, part_size)
        plain = expand(name.entry, _decompress(name.entry, frame, length), size)
    else:
        plain = _decompress(name.entry, packed, size)
    if len(plain) != size or hashlib.sha256(plain).hexdigest() != name.sha256:
        raise PackageInvalid(name.entry, "its content is not what its digest says")
    return plain


def _frame_size(entry: str, frame: bytes, most: int) -> int:
    try:
        # Skippable and legacy frames begin otherwise.
        size = zstandard.frame_content_size(frame) if frame[:4] == _MAGIC else None
    except zstandard.ZstdError:
        size = None
    if size is None:
        raise PackageInvalid(entry, "is not exactly one zstd frame")
    # -1 when the frame does not say.
    if not 1 <= size <= most:
        raise PackageInvalid(entry, f"its zstd frame does not state a content of 1 to {most} bytes")
    return size


def _decompress(entry: str, frame: bytes, size: int) -> bytes:
    """The content of the frame that states that size, and of nothing but one frame."""
    try:
        # Makes room for what is stated, and fills no more.
        plain = zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        more = "extra" in str(error) or "unused" in str(error)
        raise PackageInvalid(
            entry, "is not exactly one zstd frame" if more else "its zstd frame is damaged"
        ) from None
    if len(plain) != size:
        raise PackageInvalid(entry, "its zstd frame is damaged")
    return plain
