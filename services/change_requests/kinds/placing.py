"""How several placements of one change become its own. Pure."""

from collections.abc import Callable, Mapping, Sequence

from services.change_requests.kinds.model import Placement
from services.contract.quoting import short
from services.contract.types import PolicyDecision
from services.contract.wording import join

MILDEST_FIRST = list(PolicyDecision)
_NAMED = 3  # more names than these make a sentence that nobody reads to its end


def severest(placed: Sequence[Placement]) -> Placement:
    """Return the placement of a whole from those of its parts, whose reasons have no full stop yet; at least one."""
    decision = max((each.decision for each in placed), key=MILDEST_FIRST.index)
    return Placement(decision, f"{'; '.join(each.because for each in placed if each.decision is decision)}.")


def place_each(
    names: Sequence[str], decide: Callable[[str], PolicyDecision], reasons: Mapping[PolicyDecision, str]
) -> Placement:
    """Return the severest placement of some names, at least one, and which they are; no full stop yet.

    Args:
        reasons: what follows on «a is», «a and b are».
    """
    decided = {name: decide(name) for name in names}
    decision = max(decided.values(), key=MILDEST_FIRST.index)
    deciding = [name for name, each in decided.items() if each is decision]
    return Placement(decision, f"{some(deciding)} {'is' if len(deciding) == 1 else 'are'} {reasons[decision]}")


def some(names: Sequence[str]) -> str:
    """Return names for a sentence, no more than it can bear: «a, b and c», «a, b, c and 4 more»."""
    shown = [short(name) for name in names[:_NAMED]]
    return join([*shown, f"{len(names) - _NAMED} more"] if len(names) > _NAMED else shown)
