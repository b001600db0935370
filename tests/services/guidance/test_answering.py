"""One answer: a model's draft that is checked, one retry, and the rules where it fails or is set aside."""

from datetime import timedelta

import pytest

from services.contract.types import Action, FailureKind, FlagKind, Starter
from services.contract.views import ChatDelta, ChatUsage, CustomerBillingView
from services.guidance.answering import Answering
from services.guidance.case import Case
from services.guidance.model_port import RULES_LABEL
from services.guidance.provider.failures import ModelFailed
from services.guidance.rules import advise
from tests.builders import NOW, make_blocked_view
from tests.services.guidance.answers import facts_of, question
from tests.services.guidance.scripted import ScriptedModel

CLEAN = "**{{blockers.count}} blockers stop {{customer.name}}.** "
WAY_OUT = "Press `v` for {{action.MarkInvoiceVerified.title}}.\n\n"
REPLY = "**Customer-safe next steps**\n\n> Hello {{customer.name}},\n>\n> please wait for our **confirmation**.\n"
INVENTED = "They owe $999. "


def case_of(view: CustomerBillingView | None = None, asked: str | Starter = "What blocks them?") -> Case:
    view = view or make_blocked_view()
    facts = facts_of(view)
    wanted = question(asked)
    return Case(customer_id=view.customer.customer_id, question=wanted, facts=facts, advice=advise(view, facts, wanted))


async def run(model: ScriptedModel | None, case: Case | None = None) -> tuple[Answering, list[ChatDelta]]:
    answering = Answering(case or case_of(), model, lambda: NOW)
    return answering, [delta async for delta in answering.deltas() if delta.text or delta.restart]


def shown(deltas: list[ChatDelta]) -> list[str]:
    """Return what stood on the screen before each restart, and at the end."""
    texts = [""]
    for delta in deltas:
        if delta.restart is not None:
            texts.append("")
        texts[-1] += delta.text
    return texts


async def test_without_a_model_the_rules_answer_and_nothing_is_sent() -> None:
    answering, deltas = await run(None)
    written = answering.written()
    assert written.engine == RULES_LABEL
    assert shown(deltas) == [written.text]
    assert (answering.host, answering.sent, answering.notice, answering.prompts) == (None, [], None, ())
    assert next(s.action for s in written.suggestions) is Action.MARK_INVOICE_VERIFIED


async def test_a_clean_answer_is_filled_in_from_the_facts_and_kept_as_it_is() -> None:
    model = ScriptedModel([CLEAN, WAY_OUT, REPLY, ChatUsage(input_tokens=900, output_tokens=80)])
    answering, deltas = await run(model)
    written = answering.written()
    assert shown(deltas) == [written.text]
    assert written.text.startswith("**2 blockers stop Acme GmbH.** Press `v` for Mark invoice verified.")
    assert written.template == CLEAN + WAY_OUT + REPLY
    assert {fact.key for fact in written.used} == {
        "blockers.count",
        "customer.name",
        "action.MarkInvoiceVerified.title",
    }
    assert (written.engine, answering.host) == ("scripted-model", "127.0.0.1:9")
    assert answering.usage == ChatUsage(input_tokens=900, output_tokens=80)
    assert [s.action for s in written.suggestions] == [Action.MARK_INVOICE_VERIFIED]
    assert written.customer_reply == "Hello Acme GmbH,\n\nplease wait for our confirmation."
    assert [prompt.id for prompt in answering.prompts] == ["system", "case"]
    assert (answering.flags, answering.failure, answering.notice) == ([], None, None)


async def test_an_answer_without_words_for_the_customer_gets_those_of_the_rules() -> None:
    answering, deltas = await run(ScriptedModel([CLEAN]))
    assert "> Hello Acme GmbH," in shown(deltas)[0]
    assert (answering.written().customer_reply or "").startswith("Hello Acme GmbH,")


async def test_a_flagged_sentence_is_never_shown_and_the_model_is_asked_once_more() -> None:
    model = ScriptedModel([CLEAN, INVENTED, "Never read."], [CLEAN, REPLY])
    answering, deltas = await run(model)
    assert "999" not in "".join(delta.text for delta in deltas)
    assert [delta.restart for delta in deltas if delta.restart] == ["drop"]
    assert answering.written().engine == "scripted-model"
    assert [flag.kind for flag in answering.flags] == [FlagKind.FIGURE]
    assert [prompt.id for prompt in answering.prompts] == ["system", "case", "retry"]
    assert "$999" in model.sent[1].decode()
    assert model.closed == 2
    assert answering.notice is None


async def test_flagged_twice_the_rules_answer_and_say_why() -> None:
    answering, deltas = await run(ScriptedModel([INVENTED]))
    assert answering.written().engine == RULES_LABEL
    assert [delta.restart for delta in deltas if delta.restart] == ["drop", "drop"]
    assert answering.notice is not None
    assert "set aside twice" in answering.notice
    assert "a figure that is no fact" in answering.notice
    assert "999" not in "".join(delta.text for delta in deltas)
    assert len(answering.sent) == 2
    assert answering.partial is None


@pytest.mark.parametrize("kind", list(FailureKind))
async def test_whatever_the_failure_the_rules_answer_and_say_why(kind: FailureKind) -> None:
    model = ScriptedModel([ModelFailed(kind, 12.0)])
    answering, deltas = await run(model)
    assert answering.written().engine == RULES_LABEL
    assert answering.failure is not None
    assert answering.failure.kind is kind
    assert answering.failure.message in (answering.notice or "")
    assert answering.failure.remedy in (answering.notice or "")
    assert answering.failure.retry_at == NOW + timedelta(seconds=12)
    assert [delta.restart for delta in deltas if delta.restart] == ["drop"]
    assert len(model.sent) == 1, "a failure is never tried again"
    assert len(answering.sent) == (0 if kind is FailureKind.UNREACHABLE else 1), (
        "nothing reaches a server that is not there"
    )


async def test_what_was_written_before_a_failure_is_kept_beside_the_rules_answer() -> None:
    answering, deltas = await run(ScriptedModel([CLEAN, "An unfinished", ModelFailed(FailureKind.DROPPED)]))
    assert [delta.restart for delta in deltas if delta.restart] == ["keep"]
    assert answering.partial is not None
    assert answering.partial.text.strip() == "**2 blockers stop Acme GmbH.**"
    assert answering.partial.engine == "scripted-model"
    assert answering.written().engine == RULES_LABEL


async def test_a_failure_of_the_second_attempt_ends_with_the_rules() -> None:
    answering, _ = await run(ScriptedModel([INVENTED], [ModelFailed(FailureKind.RATE_LIMITED)]))
    assert answering.written().engine == RULES_LABEL
    assert answering.failure is not None
    assert len(answering.sent) == 2


async def test_usage_is_counted_over_both_attempts() -> None:
    used = ChatUsage(input_tokens=10, output_tokens=1)
    answering, _ = await run(ScriptedModel([used, INVENTED, "x "], [CLEAN, used]))
    assert answering.usage == ChatUsage(input_tokens=20, output_tokens=2)


async def test_an_answer_that_is_left_midway_closes_the_connection_and_keeps_what_was_written() -> None:
    model = ScriptedModel([CLEAN, WAY_OUT, REPLY])
    answering = Answering(case_of(), model, lambda: NOW)
    deltas = answering.deltas()
    await anext(deltas)
    await deltas.aclose()
    assert model.closed == 1
    assert answering.written().text.startswith("**2 blockers stop")


async def test_a_pseudonym_in_an_answer_becomes_what_it_stands_for() -> None:
    answering, deltas = await run(ScriptedModel(["**CUSTOMER is blocked by {{blockers.count}} things.** ", REPLY]))
    assert shown(deltas)[0].startswith("**Acme GmbH is blocked by 2 things.**")
    assert answering.flags == []


@pytest.mark.parametrize("starter", list(Starter))
async def test_a_starter_sends_its_own_prompt(starter: Starter) -> None:
    model = ScriptedModel([CLEAN])
    answering, _ = await run(model, case_of(asked=starter))
    assert [prompt.id for prompt in answering.prompts] == ["system", "case", starter]
