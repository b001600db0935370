"""One thing that was looked at in a database."""

from collections.abc import Sequence

import msgspec

_SHOWN = 5  # more names say no more


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, what was found, and how to mend it; `remedy` is null where nothing is to be done."""

    subject: str
    found: str
    remedy: str | None = None

    @property
    def sound(self) -> bool:
        """Whether all is as it must be."""
        return self.remedy is None


def shortened(names: Sequence[str]) -> str:
    """Return names as a text that fits on a line or two."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
