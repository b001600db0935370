"""What an answer suggests: the allowed actions that it names, first those of the way out. Pure."""

from collections.abc import Collection

from services.contract.views import ChatSuggestion
from services.guidance.model import ActionAdvice, Advice, Topic


def suggestions(used: Collection[str], advice: Advice) -> list[ChatSuggestion]:
    """Return the suggestions of an answer that used the facts with these keys.

    A closed set: the six actions, each only if the rules allow it now. Its form begins with facts, never with an
    answer's words (PRODUCT.md §7, §3 «The chat can do none of this»).
    """
    if Topic.OTHER_CUSTOMER in advice.topics:
        return []
    named = [a for a in advice.actions if a.allowed and f"action.{a.action}.title" in used]
    steps = [step.action.action for step in advice.steps if step.action is not None]
    first = [a for name in steps for a in named if a.action is name]
    return [_suggestion(action) for action in [*first, *(a for a in named if a not in first)]]


def _suggestion(action: ActionAdvice) -> ChatSuggestion:
    return ChatSuggestion(action=action.action, params=dict(action.params))
