"""The keys of the Billing page as its panes show them: beside what each serves for, dimmed where it does not now."""

from __future__ import annotations

from typing import NamedTuple

from widgets.format import ACCENT, DIM


class Key(NamedTuple):
    """A key as it is shown, and why it does not serve now, "" where it does."""

    text: str
    why_not: str = ""

    @property
    def style(self) -> str:
        """How it is drawn."""
        return DIM if self.why_not else ACCENT


class Keys(NamedTuple):
    """What serves at the rows: the fields are the names of the page's commands."""

    setup: Key = Key("s")
    collection: Key = Key("c")
    portal: Key = Key("o")
    plans: Key = Key("2")
    invoices: Key = Key("1")
    pay: Key = Key("p")
