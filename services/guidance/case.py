"""The case as a model is given it: facts without what somebody typed, and what the rules have decided. Pure.

What is private in it is replaced by a pseudonym; the model refers to it by its key, and the value is filled in here.
"""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from services.contract.text import clean_block
from services.guidance.model import Advice, Facts, Question
from services.guidance.privacy import Pseudonyms
from services.guidance.prompts import Prompt, read_prompt
from services.guidance.provider.client import ModelMessage

MOST_TURNS = 3
"""Earlier exchanges that are sent along: what a follow-up question leans on; older ones are counted as omitted."""

MOST_OF_A_TURN = 2_000
"""Characters of an earlier answer that are sent along."""


class Turn(msgspec.Struct, frozen=True):
    """An earlier exchange: the question as it was asked, and the answer with its references open."""

    question: str
    answer: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that one answer rests on.

    Args:
        turns: the latest exchanges of the thread, oldest first.
        omitted_turns: how many exchanges came before those.
        other_names: legal names of other customers that the questions may mean.
        other_ids: ids of other customers that the questions may mean.
        typed: texts of the customer's records beside the facts.
        people: who has acted on the customer, and who is asking.
    """

    customer_id: str
    question: Question
    facts: Facts
    advice: Advice
    turns: Sequence[Turn] = ()
    omitted_turns: int = 0
    other_names: Collection[str] = ()
    other_ids: Collection[str] = ()
    typed: Collection[str] = ()
    people: Collection[str] = ()


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """A case put into words for a model, with the prompts it was made of and the pseudonyms it uses."""

    messages: tuple[ModelMessage, ...]
    prompts: tuple[Prompt, ...]
    pseudonyms: Pseudonyms


def assemble(case: Case) -> Assembled:
    """Return the messages for a model: what never changes first, then the case, then the conversation."""
    pseudonyms = Pseudonyms(case.customer_id, case.facts, typed=case.typed, people=case.people)
    system, frame = read_prompt("system"), read_prompt("case")
    starter = read_prompt(case.question.starter) if case.question.starter else None
    own_words = "" if starter else _json(pseudonyms.redact(case.question.text, case.other_names, case.other_ids))
    asked = frame.fill(
        case=_lines(case_document(case.facts, case.advice, pseudonyms)),
        earlier=_json(_earlier(case, pseudonyms)),
        question=starter.fill() if starter else own_words,
    )
    return Assembled(
        messages=(ModelMessage(role="system", content=system.fill()), ModelMessage(role="user", content=asked)),
        prompts=(system, frame) if starter is None else (system, frame, starter),
        pseudonyms=pseudonyms,
    )


def case_document(facts: Facts, advice: Advice, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Return the facts by key and the advice, in plain JSON values."""
    return {
        "facts": {
            fact.key: {
                "kind": fact.kind,
                "label": fact.label,
                "value": pseudonyms.of(fact.key) if fact.is_private else fact.value,
                "source": fact.source,
            }
            | ({"unit": fact.unit} if fact.unit else {})
            for fact in facts
        },
        "blockers": [
            {"code": b.code, "resolved_by": [a.action for a in b.allowed], "handoff": b.handoff}
            for b in advice.blockers
        ],
        "actions": [{"action": a.action, "key": a.key, "allowed": a.allowed} for a in advice.actions],
        "steps": [
            {
                "resolves": step.resolves,
                "action": step.action.action if step.action else None,
                "instead": [a.action for a in step.instead],
                "handoff": step.handoff,
                "links": step.links,
            }
            for step in advice.steps
        ],
        "customer_steps": advice.customer_steps,
        "invoice_exception": {
            "allowed": advice.invoice.action.allowed,
            "conditions": [{"condition": c, "met": met} for c, met in advice.invoice.conditions],
            "grounds": advice.invoice.grounds,
            "resolves": advice.invoice.resolves,
            "remaining": advice.invoice.remaining,
        },
        "links": advice.links,
        "subscription_at_risk": advice.subscription_at_risk,
        "subscription_unpaid": advice.unpaid,
        "plans_asked_about": advice.offers,
        "topics": advice.topics,
        "asked_to_act": advice.asked_to_act,
    }


def _earlier(case: Case, pseudonyms: Pseudonyms) -> list[dict[str, str | int]]:
    told: list[dict[str, str | int]] = [{"older_exchanges_omitted": case.omitted_turns}] if case.omitted_turns else []
    for turn in case.turns:
        question = pseudonyms.redact(turn.question, case.other_names, case.other_ids)
        told.append({"question": question, "answer": clean_block(turn.answer)[:MOST_OF_A_TURN]})
    return told


def _lines(document: dict[str, Any]) -> str:
    """Return JSON with sorted keys and a line for each fact: people read it, too, before it is sent."""
    rows = []
    for key, value in sorted(document.items()):
        inner = [f"  {_json(k)}: {_json(v)}" for k, v in sorted(value.items())] if key == "facts" else []
        rows.append(f"{_json(key)}: " + ("{\n" + ",\n".join(inner) + "\n}" if inner else _json(value)))
    return "{\n" + ",\n".join(rows) + "\n}"


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=0).decode()
