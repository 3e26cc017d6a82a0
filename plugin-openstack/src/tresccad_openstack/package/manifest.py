"""manifest.json: what a package says about itself before anything else.

The constructors raise ValueError outside the format's limits, so a manifest in memory is one that
may be written.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from tresccad_openstack.package import checks, strictjson
from tresccad_openstack.package.checks import Fields
from tresccad_openstack.package.errors import PackageInvalid
from tresccad_openstack.package.member import GONE_AHEAD, Member, in_order

ENTRY = "manifest.json"
VERSION = 1
MAX_BYTES = 1 << 20
MIN_PART = 1 << 12
MAX_PART = 1 << 24
_DELTA = "delta"
_MOST_REFERENCES = 64
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?Z")
# Glance's words for forms of disk.
_DISK_FORMATS = frozenset(
    "ami ari aki vhd vhdx vmdk raw qcow2 vdi ploop iso".split(),
)


@dataclass(frozen=True)
class Home:
    """Where it is decided who may run this epoch; kind is tresccad or glance."""

    kind: str
    host_id: str
    name: str

    def __post_init__(self) -> None:
        known = self.kind in ("tresccad", "glance")
        checks.that(known, f"identity.home.kind: unknown kind {self.kind[:100]!r}")
        checks.form("identity.home.host_id", self.host_id.lower(), checks.UUID)
        checks.line("identity.home.name", self.name, 1, 255)


@dataclass(frozen=True)
class Identity:
    """Whose memory this is, and which of the lineage's freezes."""

    lineage: str
    epoch: int
    nonce: str
    home: Home

    def __post_init__(self) -> None:
        checks.form("identity.lineage", self.lineage.lower(), checks.UUID)
        checks.within("identity.epoch", self.epoch, 1, checks.MAX_JSON_INTEGER)
        checks.form("identity.nonce", self.nonce.lower(), checks.UUID)


@dataclass(frozen=True)
class Flavor:
    """Sizes that were asked for; disk_gib is 0 when the image decides."""

    name: str
    vcpus: int
    memory_mib: int
    disk_gib: int

    def __post_init__(self) -> None:
        checks.line("guest.flavor.name", self.name, 1, 255)
        checks.within("guest.flavor.vcpus", self.vcpus, 1, checks.MAX_VCPUS)
        checks.within("guest.flavor.memory_mib", self.memory_mib, 1, checks.MAX_MEMORY_MIB)
        checks.within("guest.flavor.disk_gib", self.disk_gib, 0, checks.MAX_DISK_BYTES >> 30)


@dataclass(frozen=True)
class Key:
    """A key pair's name and its public half, as OpenSSH writes it."""

    name: str
    public_key: str

    def __post_init__(self) -> None:
        checks.line("guest.key.name", self.name, 1, 255)
        checks.text("guest.key.public_key", self.public_key, 1, 16384)


@dataclass(frozen=True)
class Guest:
    """What the owner knows it by; user_data is base64 as it was given."""

    name: str
    flavor: Flavor
    metadata: Mapping[str, str]
    key: Optional[Key]
    user_data: Optional[str]
    was_running: bool

    def __post_init__(self) -> None:
        checks.line("guest.name", self.name, 1, 255)
        checks.within("guest.metadata: number of items", len(self.metadata), 0, 128)
        for name, value in self.metadata.items():
            checks.line("guest.metadata: a key", name, 1, 255)
            checks.text("guest.metadata: a value", value, 0, 255)
        if self.user_data is not None:
            checks.within("guest.user_data: length", len(self.user_data), 0, 65535)
            plain = re.sub(r"[\r\n]", "", self.user_data)
            try:
                # The padding may be missing.
                base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
            except (binascii.Error, ValueError):
                raise ValueError("guest.user_data: not base64") from None


@dataclass(frozen=True)
class Cpu:
    """A named model of libvirt's, with features added to it and taken from it."""

    model: str
    required: Tuple[str, ...] = ()
    disabled: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.within(
            "hardware.cpu: number of features", len(self.required) + len(self.disabled), 0, 512
        )
        for name in (self.model, *self.required, *self.disabled):
            checks.form("hardware.cpu", name, checks.NAME)


@dataclass(frozen=True)
class Nic:
    """A network card, and the IPv4 address its guest uses."""

    mac: str
    address: str
    model: str

    def __post_init__(self) -> None:
        checks.form("hardware.nics.mac", self.mac, checks.MAC)
        checks.form("hardware.nics.address", self.address, checks.IPV4)
        checks.form("hardware.nics.model", self.model, checks.WORD)


@dataclass(frozen=True)
class Hardware:
    """What the guest sees and the target must offer."""

    virt_type: str
    architecture: str
    machine: str
    cpu: Cpu
    vcpus: int
    memory_mib: int
    firmware: str
    command_line: Optional[str]
    disk_bytes: int
    nics: Tuple[Nic, ...]
    qemu_version: str
    libvirt_version: str

    def __post_init__(self) -> None:
        known = self.virt_type in ("kvm", "qemu")
        checks.that(known, f"hardware.virt_type: unknown type {self.virt_type[:100]!r}")
        checks.form("hardware.architecture", self.architecture, checks.ARCHITECTURE)
        checks.form("hardware.machine", self.machine, checks.MACHINE)
        checks.within("hardware.vcpus", self.vcpus, 1, checks.MAX_VCPUS)
        checks.within("hardware.memory_mib", self.memory_mib, 1, checks.MAX_MEMORY_MIB)
        checks.form("hardware.firmware", self.firmware, checks.WORD)
        if self.command_line is not None:
            checks.line("hardware.command_line", self.command_line, 0, 4096)
        checks.within("hardware.disk_bytes", self.disk_bytes, 0, checks.MAX_DISK_BYTES)
        checks.within("hardware.nics: number of cards", len(self.nics), 0, 8)
        distinct = len({nic.mac for nic in self.nics}) == len(self.nics)
        checks.that(distinct, "hardware.nics: a MAC twice")
        checks.line("hardware.qemu_version", self.qemu_version, 1, 64)
        checks.line("hardware.libvirt_version", self.libvirt_version, 1, 64)


@dataclass(frozen=True)
class BaseImage:
    """What the overlay stands on; sha512 is of the file, content_sha512 of what the guest sees."""

    sha512: str
    content_sha512: Optional[str]
    name: str
    disk_format: str
    size_bytes: int
    virtual_size_bytes: int

    def __post_init__(self) -> None:
        checks.form("base_image.sha512", self.sha512, checks.SHA512)
        if self.content_sha512 is not None:
            checks.form("base_image.content_sha512", self.content_sha512, checks.SHA512)
        checks.line("base_image.name", self.name, 0, 255)
        checks.that(self.disk_format in _DISK_FORMATS, "base_image.disk_format: unknown")
        checks.within("base_image.size_bytes", self.size_bytes, 0, checks.MAX_DISK_BYTES)
        checks.within(
            "base_image.virtual_size_bytes", self.virtual_size_bytes, 0, checks.MAX_DISK_BYTES
        )


@dataclass(frozen=True)
class ContentReference:
    """A file in the reader's image service, by Glance's os_hash_value."""

    sha512: str
    size_bytes: int

    def __post_init__(self) -> None:
        checks.form("delta.references.sha512", self.sha512, checks.SHA512)
        checks.within("delta.references.size_bytes", self.size_bytes, 0, checks.MAX_DISK_BYTES)


@dataclass(frozen=True)
class MemberReference:
    """A member of an earlier package that the reader kept, unpacked."""

    lineage: str
    epoch: int
    member: Member
    tree_sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        checks.form("delta.references.lineage", self.lineage.lower(), checks.UUID)
        checks.within("delta.references.epoch", self.epoch, 1, checks.MAX_JSON_INTEGER)
        checks.that(
            self.member not in GONE_AHEAD,
            f"delta.references.member: {self.member.value} is not kept",
        )
        checks.form("delta.references.tree_sha256", self.tree_sha256, checks.SHA256)
        checks.within("delta.references.size_bytes", self.size_bytes, 0, checks.MAX_DISK_BYTES)


@dataclass(frozen=True)
class AheadReference:
    """The member ahead of the package itself."""


Reference = Union[ContentReference, MemberReference, AheadReference]


@dataclass(frozen=True)
class Manifest:
    """A package's manifest, but for what only the container needs (version, part size).

    created_at is RFC 3339 in UTC with Z, as instant() makes it.
    """

    identity: Identity
    created_at: str
    generator: str
    guest: Guest
    hardware: Hardware
    base_image: Optional[BaseImage]
    members: Tuple[Member, ...]
    references: Tuple[Reference, ...] = ()

    def __post_init__(self) -> None:
        _check_instant(self.created_at)
        checks.line("generator", self.generator, 1, 255)
        members = set(self.members)
        checks.that(
            self.members == in_order(members), "members: one is there twice or out of order"
        )
        checks.that(bool(members - GONE_AHEAD), "members: there are none")
        checks.that(
            Member.SNAPSHOT_AHEAD not in members or {Member.AHEAD, Member.SNAPSHOT} <= members,
            "members: snapshot-ahead is there only with ahead and snapshot",
        )
        checks.that(
            (Member.AHEAD in members) == (AheadReference() in self.references),
            "members: ahead is there if and only if it is referred to",
        )
        checks.that(
            Member.KERNEL in members or Member.RAMDISK not in members,
            "members: a ramdisk without a kernel",
        )
        number = len(self.references)
        checks.within("delta.references: number", number, 0, _MOST_REFERENCES)
        checks.that(len(set(self.references)) == number, "delta.references: one is there twice")


def instant(moment: datetime) -> str:
    """A time as manifests have it, to the millisecond. It must know its time zone."""
    utc = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def _check_instant(text: str) -> None:
    found = _INSTANT.fullmatch(text)
    checks.that(found is not None, "created_at: not an instant in ISO 8601, UTC")
    assert found is not None
    try:
        moment = datetime.fromisoformat(found[1])
    except ValueError:
        raise ValueError("created_at: not an instant in ISO 8601, UTC") from None
    checks.that(moment.year >= 2000, "created_at: not a likely time")


@dataclass(frozen=True)
class Head:
    """A manifest as it was read: with the size of parts."""

    manifest: Manifest
    part_size: int


def is_part_size(size: int) -> bool:
    return MIN_PART <= size <= MAX_PART and size & (size - 1) == 0


def read(content: bytes) -> Head:
    """What the entry says. Raises PackageInvalid unless each field is as it must be."""
    values = strictjson.parse(ENTRY, content)
    # The version first: in a newer format every other field may mean something else.
    version = values.get("tresccad_package")
    if not isinstance(version, int) or isinstance(version, bool):
        raise PackageInvalid(ENTRY, "has no format version (tresccad_package)")
    if version != VERSION:
        raise PackageInvalid(
            ENTRY, f"is of package format version {version}, this tresccad reads version {VERSION}"
        )
    try:
        return _head(Fields(values))
    except ValueError as error:
        raise PackageInvalid(ENTRY, str(error)) from None


def _head(fields: Fields) -> Head:
    critical = fields.strings("critical")
    unknown = [name for name in critical if name != _DELTA]
    checks.that(
        not unknown,
        f"requires features that this tresccad does not have: {', '.join(unknown)[:255]}",
    )
    delta = fields.fields(_DELTA) if fields.has(_DELTA) else None
    checks.that(
        critical == ([_DELTA] if delta else []),
        "delta: must be there if and only if critical names it, once",
    )
    size = fields.integer("part_size")
    checks.that(is_part_size(size), f"part_size: {size} is not a power of two in 4 KiB to 16 MiB")
    references: Tuple[Reference, ...] = ()
    if delta:
        references = tuple(_reference(each) for each in delta.objects("references"))
        checks.within("delta.references: number", len(references), 1, _MOST_REFERENCES)
    manifest = Manifest(
        _identity(fields.fields("identity")),
        fields.string("created_at"),
        fields.string("generator"),
        _guest(fields.fields("guest")),
        _hardware(fields.fields("hardware")),
        _base_image(fields.fields("base_image")) if fields.has("base_image") else None,
        tuple(_member("members", name) for name in fields.strings("members")),
        references,
    )
    return Head(manifest, size)


def _member(field: str, name: str) -> Member:
    member = Member.named(name)
    checks.that(member is not None, f"{field}: no member is called {name[:100]!r}")
    assert member is not None
    return member


def _identity(fields: Fields) -> Identity:
    home = fields.fields("home")
    return Identity(
        fields.string("lineage").lower(),
        fields.integer("epoch"),
        fields.string("nonce").lower(),
        Home(home.string("kind"), home.string("host_id").lower(), home.string("name")),
    )


def _guest(fields: Fields) -> Guest:
    flavor = fields.fields("flavor")
    key = fields.fields("key") if fields.has("key") else None
    return Guest(
        fields.string("name"),
        Flavor(
            flavor.string("name"),
            flavor.integer("vcpus"),
            flavor.integer("memory_mib"),
            flavor.integer("disk_gib"),
        ),
        fields.string_map("metadata"),
        Key(key.string("name"), key.string("public_key")) if key else None,
        fields.string("user_data") if fields.has("user_data") else None,
        fields.truth("was_running"),
    )


def _hardware(fields: Fields) -> Hardware:
    cpu = fields.fields("cpu")
    return Hardware(
        fields.string("virt_type"),
        fields.string("architecture"),
        fields.string("machine"),
        Cpu(cpu.string("model"), tuple(cpu.strings("required")), tuple(cpu.strings("disabled"))),
        fields.integer("vcpus"),
        fields.integer("memory_mib"),
        fields.string("firmware"),
        fields.string("command_line") if fields.has("command_line") else None,
        fields.integer("disk_bytes"),
        tuple(
            Nic(nic.string("mac").lower(), nic.string("address"), nic.string("model"))
            for nic in fields.objects("nics")
        ),
        fields.string("qemu_version"),
        fields.string("libvirt_version"),
    )


def _base_image(fields: Fields) -> BaseImage:
    return BaseImage(
        fields.string("sha512"),
        fields.string("content_sha512") if fields.has("content_sha512") else None,
        fields.string("name"),
        fields.string("disk_format"),
        fields.integer("size_bytes"),
        fields.integer("virtual_size_bytes"),
    )


def _reference(fields: Fields) -> Reference:
    kind = fields.string("kind")
    if kind == "content":
        return ContentReference(fields.string("sha512"), fields.integer("size_bytes"))
    if kind == "member":
        return MemberReference(
            fields.string("lineage").lower(),
            fields.integer("epoch"),
            _member("delta.references.member", fields.string("member")),
            fields.string("tree_sha256"),
            fields.integer("size_bytes"),
        )
    checks.that(kind == "ahead", f"delta.references.kind: unknown kind {kind[:100]!r}")
    return AheadReference()


def render(manifest: Manifest, part_size: int) -> bytes:
    """The entry's content. Raises ValueError when it would be too long, or has references: this
    writer gives every part whole."""
    checks.that(is_part_size(part_size), f"part_size: {part_size}")
    checks.that(not manifest.references, "delta.references: not written")
    hardware, guest, identity = manifest.hardware, manifest.guest, manifest.identity
    values: Dict[str, Any] = {
        "tresccad_package": VERSION,
        "critical": [],
        "part_size": part_size,
        "members": [member.value for member in manifest.members],
        "created_at": manifest.created_at,
        "generator": manifest.generator,
        "identity": {
            "lineage": identity.lineage,
            "epoch": identity.epoch,
            "nonce": identity.nonce,
            "home": {
                "kind": identity.home.kind,
                "host_id": identity.home.host_id,
                "name": identity.home.name,
            },
        },
        "guest": {
            "name": guest.name,
            "flavor": {
                "name": guest.flavor.name,
                "vcpus": guest.flavor.vcpus,
                "memory_mib": guest.flavor.memory_mib,
                "disk_gib": guest.flavor.disk_gib,
            },
            "metadata": dict(sorted(guest.metadata.items())),
            "key": guest.key and {"name": guest.key.name, "public_key": guest.key.public_key},
            "user_data": guest.user_data,
            "was_running": guest.was_running,
        },
        "hardware": {
            "virt_type": hardware.virt_type,
            "architecture": hardware.architecture,
            "machine": hardware.machine,
            "cpu": {
                "model": hardware.cpu.model,
                "required": sorted(set(hardware.cpu.required)),
                "disabled": sorted(set(hardware.cpu.disabled)),
            },
            "vcpus": hardware.vcpus,
            "memory_mib": hardware.memory_mib,
            "firmware": hardware.firmware,
            "command_line": hardware.command_line,
            "disk_bytes": hardware.disk_bytes,
            "nics": [
                {"mac": nic.mac, "address": nic.address, "model": nic.model}
                for nic in hardware.nics
            ],
            "qemu_version": hardware.qemu_version,
            "libvirt_version": hardware.libvirt_version,
        },
        "base_image": manifest.base_image and _base_image_values(manifest.base_image),
    }
    content = strictjson.render(_without_nothing(values))
    checks.within("the manifest's length", len(content), 1, MAX_BYTES)
    return content


def _base_image_values(base: BaseImage) -> Dict[str, Any]:
    return {
        "sha512": base.sha512,
        "content_sha512": base.content_sha512,
        "name": base.name,
        "disk_format": base.disk_format,
        "size_bytes": base.size_bytes,
        "virtual_size_bytes": base.virtual_size_bytes,
    }


def _without_nothing(values: Dict[str, Any]) -> Dict[str, Any]:
    """Fields are left out when there is nothing to say."""
    return {
        name: _without_nothing(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }
