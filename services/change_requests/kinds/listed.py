"""What the kinds that add names to a list and remove them have in common. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from services.change_requests.kinds.desired import given, nothing_to_change, read_list, refused
from services.change_requests.kinds.model import Field
from services.contract.errors import precondition
from services.contract.quoting import some


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Names to add and to remove, in ascending order. Each makes a difference."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def parse_listed(
    desired: Mapping[str, str],
    fields: Sequence[Field],
    held: Collection[str],
    read: Callable[[str], str],
    called: str,
    given_by_tier: Collection[str] = (),
) -> Listed:
    """Return what the fields `add` and `remove` say.

    Args:
        held: what the tenant has now; `given_by_tier`: what of that comes with its tier, and cannot be given up.
        read: one name in its one notation; raises `ValueError` with a sentence.
        called: what the names are («host names»).

    Raises:
        Refused: `INVALID_DESIRED_VALUE`; `GIVEN_BY_TIER`; `NOTHING_TO_CHANGE`.
    """
    filled = given(desired, fields)
    add, remove = read_list(filled, "add", read), read_list(filled, "remove", read)
    if not add and not remove:
        raise refused("add", f"Name the {called} to add or to remove.")
    if both := sorted({*add} & {*remove}):
        raise refused("remove", f"Either add or remove {some(both)}, not both.")
    if absent := sorted({*remove} - {*held}):
        is_not = "is not one" if len(absent) == 1 else "are not some"
        raise refused("remove", f"{some(absent)} {is_not} of the tenant's {called}: remove what it has.")
    if fixed := sorted({*remove} & {*given_by_tier}):
        comes = "comes" if len(fixed) == 1 else "come"
        raise precondition(
            "GIVEN_BY_TIER", f"{some(fixed)} {comes} with the tenant's tier and cannot be given up.", field="remove"
        )
    if not remove and {*add} <= {*held}:
        raise nothing_to_change(f"The tenant has {some(add)} already: name other {called} to add.")
    return Listed(add=tuple(sorted({*add} - {*held})), remove=remove)


def canonical(wanted: Listed) -> dict[str, str]:
    """Return the same as desired values again."""
    written = {"add": ", ".join(wanted.add), "remove": ", ".join(wanted.remove)}
    return {name: text for name, text in written.items() if text}


def asks(params: Mapping[str, str]) -> str:
    """Return what the fields ask for: «+kafka, -redis»."""
    signs = (("+", params.get("add", "")), ("-", params.get("remove", "")))
    return ", ".join(f"{sign}{name}" for sign, names in signs for name in names.split(", ") if name)


def changed(held: Collection[str], wanted: Listed) -> tuple[str, ...]:
    """Return the list once the change holds."""
    return tuple(sorted({*held, *wanted.add} - {*wanted.remove}))


def line(names: Sequence[str]) -> str:
    """Return a whole list ready to read."""
    return ", ".join(names) or "none"
