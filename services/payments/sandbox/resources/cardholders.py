"""3-D Secure: cards whose bank wants the cardholder to confirm a payment, and what the cardholder answered.

An answer is given on a hosted page alone; without one a payment waits (`requires_action`).
"""

from services.payments.sandbox import cards
from services.payments.sandbox.world import Object, World

_ANSWER = "sandbox.cardholder_answer"


def answer(world: World, method: Object, *, confirmed: bool | None) -> None:
    """Keep what a cardholder answered; null: nothing that still counts."""
    answer_id = _answer_id(method)
    world.put({"id": answer_id, "object": _ANSWER, "created": world.now, "confirmed": confirmed})


def is_asked(world: World, method: Object) -> bool:
    """Return whether a card's bank waits for its cardholder."""
    return _card(method).confirmed != "never" and _answered(world, method) is None


def has_refused(world: World, method: Object) -> bool:
    """Return whether a cardholder did not confirm."""
    return _answered(world, method) is False


def use_up(world: World, method: Object) -> None:
    """Let an answer have served: a card that is confirmed each time is asked for the next time."""
    if _card(method).confirmed == "each time":
        answer(world, method, confirmed=None)


def _answered(world: World, method: Object) -> bool | None:
    found = world.find(_ANSWER, _answer_id(method))
    return None if found is None else found["confirmed"]


def _answer_id(method: Object) -> str:
    return f"answer_{method['id']}"


def _card(method: Object) -> cards.Card:
    return cards.by_fingerprint(method["card"]["fingerprint"])
