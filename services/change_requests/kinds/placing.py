"""How several placements of one change become its own. Pure."""

from collections.abc import Callable, Mapping, Sequence

from services.change_requests.kinds.model import Placement
from services.contract.quoting import some
from services.contract.types import PolicyDecision

_MILDEST_FIRST = list(PolicyDecision)


def severest(placed: Sequence[Placement]) -> Placement:
    """Return the placement of a whole from those of its parts, whose reasons have no full stop yet; at least one."""
    decision = max((each.decision for each in placed), key=_MILDEST_FIRST.index)
    return Placement(decision, f"{'; '.join(each.because for each in placed if each.decision is decision)}.")


def place_each(
    names: Sequence[str], decide: Callable[[str], PolicyDecision], reasons: Mapping[PolicyDecision, str]
) -> Placement:
    """Return the severest placement of some names, at least one, and which they are; no full stop yet.

    Args:
        reasons: what follows on «a is», «a and b are».
    """
    decided = {name: decide(name) for name in names}
    decision = max(decided.values(), key=_MILDEST_FIRST.index)
    deciding = [name for name, each in decided.items() if each is decision]
    return Placement(decision, f"{some(deciding)} {'is' if len(deciding) == 1 else 'are'} {reasons[decision]}")
