"""What can go wrong with a package, each as an exception that carries the facts."""

from typing import Optional


class PackageInvalid(Exception):
    """A package is damaged, hostile, incomplete, or of a form this version does not read."""

    def __init__(self, entry: str, reason: str) -> None:
        super().__init__(f"{entry}: {reason}")
        self.entry = entry
        self.reason = reason


class MemberFailed(Exception):
    """A source or a sink on this host failed, such as a full disk; the cause tells how."""

    def __init__(self, member: str, cause: Optional[BaseException] = None) -> None:
        super().__init__(f"{member}: {cause}" if cause else member)
        self.member = member


class ReferenceFailed(Exception):
    """Content that parts refer to is missing on this host, unreadable, or of another size."""
