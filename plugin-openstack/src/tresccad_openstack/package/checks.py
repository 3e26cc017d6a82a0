"""The limits of a manifest's values, as the format's page states them."""

import re
import unicodedata
from typing import Any, List, Mapping, Pattern, Type, TypeVar

MAX_JSON_INTEGER = 2**53 - 1
MAX_VCPUS = 4096
# 16 TiB.
MAX_MEMORY_MIB = 1 << 24
# 1 PiB.
MAX_DISK_BYTES = 1 << 50

WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHA256 = re.compile(r"[0-9a-f]{64}")
SHA512 = re.compile(r"[0-9a-f]{128}")
MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}")
MACHINE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9]+\.[0-9]+(\.[0-9]+)?")
ARCHITECTURE = re.compile(r"[a-z0-9_]{1,16}")
_OCTET = r"(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
IPV4 = re.compile(rf"{_OCTET}(\.{_OCTET}){{3}}")

_T = TypeVar("_T")


def that(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def within(field: str, value: int, least: int, most: int) -> None:
    that(least <= value <= most, f"{field}: {value} is not within {least} to {most}")


def form(field: str, value: str, pattern: Pattern[str]) -> None:
    that(pattern.fullmatch(value) is not None, f"{field}: not of its form: {value[:100]!r}")


def line(field: str, value: str, least: int, most: int) -> None:
    """Text without control characters."""
    text(field, value, least, most)
    that(
        not any(unicodedata.category(character) == "Cc" for character in value),
        f"{field}: has control characters",
    )


def text(field: str, value: str, least: int, most: int) -> None:
    """Text without NUL that UTF-8 can carry; lengths in code points."""
    within(f"{field}: length", len(value), least, most)
    that("\0" not in value, f"{field}: has a NUL")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{field}: is not valid Unicode") from None


class Fields:
    """The fields of a JSON object, taken out by name and type; others are left alone."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        """Null says as much as nothing, for a field that may be missing."""
        return self._values.get(name) is not None

    def _of(self, name: str, kind: Type[_T]) -> _T:
        value = self._values.get(name)
        # A truth value is an int to Python, not to the format.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ValueError(f"{self.path(name)}: is missing, or is not of its type")
        return value

    def string(self, name: str) -> str:
        return self._of(name, str)

    def integer(self, name: str) -> int:
        return self._of(name, int)

    def truth(self, name: str) -> bool:
        return self._of(name, bool)

    def fields(self, name: str) -> "Fields":
        return Fields(self._of(name, dict), self.path(name))

    def strings(self, name: str) -> List[str]:
        values = self._of(name, list)
        that(all(isinstance(v, str) for v in values), f"{self.path(name)}: not a list of strings")
        return values

    def objects(self, name: str) -> List["Fields"]:
        values = self._of(name, list)
        that(all(isinstance(v, dict) for v in values), f"{self.path(name)}: not a list of objects")
        return [Fields(value, self.path(name)) for value in values]

    def string_map(self, name: str) -> Mapping[str, str]:
        values = self._of(name, dict)
        that(
            all(isinstance(value, str) for value in values.values()),
            f"{self.path(name)}: not an object of strings",
        )
        return values
