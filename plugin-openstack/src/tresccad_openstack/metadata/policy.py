"""Whether a guest may be moved because it asks: the operator's rules, and the owner's.

The owner speaks by the server's metadata, which its guest cannot change.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Iterable, List, Mapping, Sequence, Tuple

from tresccad_openstack.metadata.answers import Refused

# Items of a server's metadata, as on tresccad hosts.
KEY = "tresccad:migration"
DESTINATIONS_KEY = "tresccad:destinations"
ALWAYS, OWNER, NEVER = "always", "owner", "never"
# A hundred at most: they are remembered with the server.
_RATE = re.compile(r"([1-9][0-9]?|100)/([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Rate:
    """So many in so long."""

    count: int
    window: timedelta

    @staticmethod
    def parse(text: str) -> "Rate":
        """Of "10/h". Raises ValueError."""
        found = _RATE.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a rate such as 10/h, of 100 at most")
        return Rate(int(found[1]), timedelta(**{_UNITS[found[2]]: 1}))


@dataclass(frozen=True)
class Rules:
    """The operator's: who may ask (ALWAYS, OWNER, NEVER), the destinations of servers whose owner
    names none, and how often one server may ask."""

    may_ask: str
    destinations: Tuple[str, ...]
    rate: Rate

    def names(self, metadata: Mapping[str, str]) -> Sequence[str]:
        """Every destination that the operator or the owner names, each once."""
        return list(dict.fromkeys([*self.destinations, *(_owners(metadata) or ())]))

    def check(self, metadata: Mapping[str, str], destination: str) -> None:
        """Raises Refused when the guest may not go there, how often it asks aside."""
        word = metadata.get(KEY)
        if self.may_ask == NEVER:
            raise Refused(403, "This cloud does not let guests ask to be moved.")
        if word != "allowed" and (word is not None or self.may_ask == OWNER):
            raise Refused(
                403,
                "The owner of this server does not allow it to ask to be moved: its metadata "
                + (f"do not say {KEY}=allowed." if word is None else f"say {KEY}={word}."),
            )
        owners = _owners(metadata)
        if owners is not None and destination not in owners:
            raise Refused(
                403,
                "The owner of this server does not allow it to choose this destination: it is not "
                f"in the metadata {DESTINATIONS_KEY}.",
            )
        if owners is None and destination not in self.destinations:
            raise Refused(
                400,
                "Neither this cloud nor the server's owner names a destination of that name.",
            )

    def check_rate(self, earlier: Iterable[datetime], now: datetime) -> None:
        """earlier: when requests were accepted. Raises Refused, with Retry-After."""
        counted = sorted(at for at in earlier if at > now - self.rate.window)
        if len(counted) < self.rate.count:
            return
        # Asking helps once so many have left the window that one place is free.
        leaves = counted[len(counted) - self.rate.count] + self.rate.window
        seconds = max(1, math.floor((leaves - now).total_seconds()) + 1)
        raise Refused(
            429,
            f"This guest asked to be moved {len(counted)} times within "
            f"{self.rate.window.total_seconds():.0f} s; at most {self.rate.count} are allowed.",
            {"Retry-After": str(seconds)},
        )


def _owners(metadata: Mapping[str, str]) -> List[str] | None:
    """The destinations the owner names; None when that is left to the operator."""
    value = metadata.get(DESTINATIONS_KEY)
    if value is None:
        return None
    return [name for name in (part.strip() for part in value.split(",")) if name]
