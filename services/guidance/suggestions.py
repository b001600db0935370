"""What an answer suggests: the allowed actions that it recommends, first those of the way out. Pure."""

from services.contract.views import ChatSuggestion
from services.guidance.checking.clauses import clauses
from services.guidance.checking.sentence import Sentence
from services.guidance.checking.sentences import Sentences
from services.guidance.model import ActionAdvice, Advice, Facts, Topic


def suggestions(template: str, facts: Facts, advice: Advice) -> list[ChatSuggestion]:
    """Return the suggestions of an answer, read with its references open.

    A closed set: the six actions, each only if the rules allow it now, and only where a sentence recommends it or says
    that it is allowed. Its form begins with facts, never with an answer's words (PRODUCT.md §7, §3 «The chat can do
    none of this»).
    """
    if Topic.OTHER_CUSTOMER in advice.topics:
        return []
    reader = Sentences(facts, advice)
    passages = [*reader.feed(template), *reader.close()]
    sentences = [passage.sentence for passage in passages if passage.sentence is not None]
    named = [a for a in advice.actions if a.allowed and any(_recommends(sentence, a) for sentence in sentences)]
    steps = [step.action.action for step in advice.steps if step.action is not None]
    first = [a for name in steps for a in named if a.action is name]
    return [_suggestion(action) for action in [*first, *(a for a in named if a not in first)]]


def _recommends(sentence: Sentence, action: ActionAdvice) -> bool:
    """Return whether a sentence refers to an action, and says so at least once without asking or denying it."""
    if f"action.{action.action}.title" not in sentence.keys:
        return False
    title = action.title.lower()
    for clause in clauses(sentence.said, denied=sentence.under_refusal):
        start = -1 if clause.question else clause.text.find(title)
        while start >= 0:
            if not clause.negates(start, start + len(title)):
                return True
            start = clause.text.find(title, start + 1)
    return False


def _suggestion(action: ActionAdvice) -> ChatSuggestion:
    return ChatSuggestion(action=action.action, params=dict(action.params))
