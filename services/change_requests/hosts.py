"""Host names as they are written in a request, and the patterns of the policy that they are held against. Pure."""

import re
from collections.abc import Iterable

from services.contract.quoting import quoted

_MAX_LENGTH = 253  # RFC 1035 §3.1, without the dot at the end
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# No top-level name begins with a digit (RFC 1123 §2.1), but 127.1 and 0x7f.1 are read as addresses by many programs.
_LAST_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Names that mean this machine, this network or the inside of the platform: RFC 6761, RFC 6762, ICANN's `internal`,
# and the services of a cluster (those below cluster.local end in `local`).
_RESERVED = frozenset(["localhost", "localdomain", "local", "internal", "svc"])


def parse_host_name(text: str) -> str:
    """Return a host name in lower case and without a dot at its end.

    Raises:
        ValueError: it is no host name (RFC 1123), a wildcard, or one that is reserved; one sentence says what to write.
    """
    name = text.lower().removesuffix(".") if text.isascii() and len(text) <= _MAX_LENGTH + 1 else ""
    labels = name.split(".")
    if labels[-1] in _RESERVED:
        raise ValueError(f"{quoted(name)} is a name inside this platform or of one machine, which is never possible.")
    if "*" in name:
        raise ValueError(f"Write each host name in full: {quoted(name)} stands for many.")
    if not text.isascii():
        raise ValueError(f"Write {quoted(text)} in its xn-- form: a host name holds ASCII letters, digits and hyphens.")
    if (
        len(labels) < 2
        or len(name) > _MAX_LENGTH
        or not all(map(_LABEL.fullmatch, labels))
        or not _LAST_LABEL.fullmatch(labels[-1])
    ):
        raise ValueError(f"Write a host name like api.github.com, not {quoted(text)}.")
    return name


def within(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a host name is one of the policy's: by its own name, or below the domain of a `*.` pattern."""
    return any(name.endswith(each[1:]) if each.startswith("*.") else name == each for each in patterns)


def domains_above(name: str) -> list[str]:
    """Return the domains that a host name lies below, the nearest first."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
