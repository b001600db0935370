"""The common shape of every view."""

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The common shape of everything the surface answers with: immutable, named fields."""
