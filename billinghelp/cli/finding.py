"""What the doctor finds."""

from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One thing the doctor looked at; `remedy` says how to mend or use it, null where nothing is to be done."""

    subject: str
    status: Literal["ok", "missing", "broken"]
    found: str
    remedy: str | None = None
