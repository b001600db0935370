"""What the tests of this folder share: ask the rules, and read an answer as the chat renders it."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.contract.types import STARTER_TITLES, Starter
from services.contract.views import AuditEventView, CustomerBillingView, LedgerEntryView
from services.guidance.facts import build_facts
from services.guidance.model import Advice, Facts, GuidanceInput, Question
from services.guidance.phrase import phrase
from services.guidance.references import References
from services.guidance.rules import advise


def question(asked: str | Starter) -> Question:
    """Return a question in the operator's words, or a starter's."""
    return Question(STARTER_TITLES[asked], asked) if isinstance(asked, Starter) else Question(asked)


def facts_of(
    view: CustomerBillingView, entries: Sequence[LedgerEntryView] = (), events: Sequence[AuditEventView] = ()
) -> Facts:
    """Return the facts of a view."""
    return build_facts(GuidanceInput(view=view, entries=tuple(entries), events=tuple(events)))


def advice_on(view: CustomerBillingView, asked: str | Starter = Starter.UNBLOCK_BILLING) -> Advice:
    """Return the rules' advice."""
    return advise(view, facts_of(view), question(asked))


def unfilled(
    view: CustomerBillingView,
    asked: str | Starter,
    entries: Sequence[LedgerEntryView] = (),
    events: Sequence[AuditEventView] = (),
) -> str:
    """Return an answer with its references as they are."""
    facts = facts_of(view, entries, events)
    return "".join(phrase(advise(view, facts, question(asked)), facts))


def answer(
    view: CustomerBillingView,
    asked: str | Starter,
    entries: Sequence[LedgerEntryView] = (),
    events: Sequence[AuditEventView] = (),
) -> str:
    """Return an answer with its references filled in."""
    references = References(facts_of(view, entries, events))
    return references.feed(unfilled(view, asked, entries, events)) + references.close()


def structure(markdown: str) -> list[str]:
    """Return the kinds of all blocks and inline parts, as the chat's parser sees them; texts are left out."""
    kinds: list[str] = []
    for token in MarkdownIt("gfm-like").parse(markdown):
        kinds.append(token.type)
        kinds += [f"inline {child.type}" for child in token.children or () if child.type != "text"]
    return kinds


def plain(markdown: str) -> str:
    """Return the text a reader sees."""

    def texts(tokens: Sequence[Token]) -> list[str]:
        return [text for token in tokens for text in (texts(token.children) if token.children else [token.content])]

    return " ".join(text for text in texts(MarkdownIt("gfm-like").parse(markdown)) if text)
