"""JSON as the format has it: no key twice, nothing after the object, nothing deeper than 16, no
number with fraction or exponent where an integer is due."""

import json
from typing import Any, Dict, List, NoReturn, Tuple

from tresccad_openstack.package.errors import PackageInvalid

_DEPTH = 16
_DIGITS = 20


def parse(entry: str, content: bytes) -> Dict[str, Any]:
    """The object in content. Raises PackageInvalid for the entry."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise PackageInvalid(entry, "is not UTF-8") from None
    _refuse_depth(entry, text)
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_int=_integer, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise PackageInvalid(entry, f"is not strict JSON: {error}") from None
    if not isinstance(found, dict):
        raise PackageInvalid(entry, "is not a JSON object")
    return found


def render(value: Dict[str, Any]) -> bytes:
    """The same bytes for the same value as every tresccad writes."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _refuse_depth(entry: str, text: str) -> None:
    """Before the parser recurses into it. Brackets within strings do not count."""
    depth = 0
    within = escaped = False
    for character in text:
        if within:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                within = False
        elif character == '"':
            within = True
        elif character in "[{":
            depth += 1
            if depth > _DEPTH:
                raise PackageInvalid(entry, f"is not strict JSON: nested deeper than {_DEPTH}")
        elif character in "]}":
            depth -= 1


def _once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is there twice")
        found[key] = value
    return found


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError("a number is too long")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
