"""Keys that others chose: event ids, and the namespaces and resources where something was used. Pure.

A key is compared as it stands, so nothing is cleaned away: what could not be seen is refused.
"""

from functools import lru_cache

from services.contract.text import clean, is_clean

MAX_PLACE = 100
"""The longest namespace or resource, in characters."""

_REMEMBERED = 1_024  # the same few stand in every line of an import


def is_visible(key: str) -> bool:
    """Return whether every character of a key is one that can be shown, and at least one of them is seen."""
    return is_clean(key) and bool(clean(key))


@lru_cache(_REMEMBERED)
def is_place(key: str) -> bool:
    """Return whether a key can name a namespace or a resource."""
    return len(key) <= MAX_PLACE and is_visible(key)
