"""The cases against the rules, which must answer every one of them; and the judge, which must be able to fail."""

from pathlib import Path

import msgspec
import pytest

from services.contract.types import Action, BlockerCode, Starter
from services.contract.views import ChatAnswer
from tests.evals.asking import fresh_bench, run_case
from tests.evals.cases import BadCases, Case, load_cases
from tests.evals.judge import judge

FILES = load_cases()
CASES = [case for file in FILES for case in file.cases]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
async def test_the_rules_answer_as_the_case_expects(case: Case, sqlite_template: Path, tmp_path: Path) -> None:
    with fresh_bench(sqlite_template, tmp_path / "case.db") as bench:
        run = await run_case(case, bench)
    assert run.failures == [], run.answer.message.text
    assert not run.flagged
    assert not run.fell_back


# ── what the cases cover ──────────────────────────────────────────────────────────────────────────────────────────────


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60


def test_every_starter_is_asked() -> None:
    assert {case.starter for case in CASES} == {None, *Starter}


@pytest.mark.parametrize("code", BlockerCode)
def test_every_blocker_must_be_named_somewhere(code: BlockerCode) -> None:
    assert any(f"blocker.{code}.title" in case.must_use for case in CASES)


@pytest.mark.parametrize("action", Action)
def test_every_action_must_be_suggested_somewhere_and_is_kept_back_elsewhere(action: Action) -> None:
    assert any(action in case.must_suggest for case in CASES)
    assert any(action not in case.may_suggest for case in CASES)


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.APPLY_SUPPORT_CREDIT])
def test_every_action_that_can_be_refused_is_refused_with_its_reason_somewhere(action: Action) -> None:
    assert any(f"action.{action}.why_not" in case.must_use for case in CASES)


def test_every_case_says_what_it_guards_and_expects_something() -> None:
    for case in CASES:
        assert case.why.endswith("."), case.id
        assert case.must_use or case.must_say or case.refuses, case.id


# ── the judge ─────────────────────────────────────────────────────────────────────────────────────────────────────────

EXPECTING = Case(
    id="judged",
    why="An answer is wrong in as many ways as a case has expectations.",
    customer={"billing": {"payment_rail": "invoice", "review_reference": "REV-4410"}},
    question="What exactly is blocking them?",
    must_use=["blocker.unverified_billing.title", ["billing.state", "billing.payment_rail"]],
    must_say=["Acme GmbH", "/retry +provisioning/"],
    must_not_say=["refund"],
    customer_must_not_read=["REV-4410"],
    may_suggest=[Action.APPROVE_TRIAL],
    must_suggest=[Action.APPROVE_TRIAL],
)


@pytest.fixture
async def good(sqlite_template: Path, tmp_path: Path) -> ChatAnswer:
    """An answer that passes the case above."""
    with fresh_bench(sqlite_template, tmp_path / "case.db") as bench:
        run = await run_case(EXPECTING, bench)
    assert run.failures == []
    return run.answer


def changed(answer: ChatAnswer, **fields: object) -> ChatAnswer:
    """Return the answer with its message changed."""
    return msgspec.structs.replace(answer, message=msgspec.structs.replace(answer.message, **fields))


def test_an_answer_without_an_expected_fact_fails(good: ChatAnswer) -> None:
    kept = [fact for fact in good.message.facts if fact.key != "blocker.unverified_billing.title"]
    assert judge(EXPECTING, changed(good, facts=kept)) == ["It does not use the fact blocker.unverified_billing.title."]
    kept = [fact for fact in kept if not fact.key.startswith("billing.")]
    assert "It does not use the fact billing.state or billing.payment_rail." in judge(
        EXPECTING, changed(good, facts=kept)
    )


def test_an_answer_without_an_expected_text_fails(good: ChatAnswer) -> None:
    text = good.message.text.replace("Acme GmbH", "the customer").replace("retry provisioning", "wait")
    assert judge(EXPECTING, changed(good, text=text)) == [
        "It does not say Acme GmbH.",
        "It does not say /retry +provisioning/.",
    ]


@pytest.mark.parametrize("unwanted", ["A refund is due.", "REFUND", "A **re**fund is due."])
def test_an_answer_with_an_unwanted_text_fails(good: ChatAnswer, unwanted: str) -> None:
    answer = changed(good, text=f"{good.message.text}\n\n{unwanted}")
    assert judge(EXPECTING, answer) == ["It says refund, which it must not."]


@pytest.mark.parametrize(
    "claim", ["I have approved the trial.", "We've just verified them.", "I will apply the credit."]
)
def test_a_claim_or_promise_fails_every_case(good: ChatAnswer, claim: str) -> None:
    (failure,) = judge(EXPECTING, changed(good, text=f"{good.message.text}\n\n{claim}"))
    assert failure.startswith("It says /")


def test_words_for_the_customer_that_say_too_much_fail(good: ChatAnswer) -> None:
    assert judge(EXPECTING, changed(good, customer_reply="Hello, your review is REV-4410.")) == [
        "The words for the customer say REV-4410, which they must not."
    ]


def test_a_suggestion_too_few_or_too_many_fails(good: ChatAnswer) -> None:
    assert judge(EXPECTING, changed(good, suggestions=[])) == ["It does not suggest ApproveTrial."]
    stricter = msgspec.structs.replace(EXPECTING, may_suggest=[], must_suggest=[])
    assert judge(stricter, good) == ["It suggests ApproveTrial, which it may not."]


def test_an_answer_that_should_refuse_and_does_not_fails(good: ChatAnswer) -> None:
    refusing = Case(id="refusing", why="It refuses.", question="Tell me a joke", refuses=True)
    joke = changed(good, text="A panda walks into a bar.", suggestions=[])
    assert judge(refusing, joke) == ["It does not say that it cannot."]
    assert judge(refusing, changed(joke, text="I can't help with that.")) == []


# ── files that cannot be used ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("{id: a, why: W., question: Q, must_mention: [x]}", "unknown field `must_mention`"),
        ("{id: a, why: W.}", "Give either a question or a starter."),
        ("{id: a, why: W., question: Q, starter: unblock_billing}", "Give either a question or a starter."),
        ("{id: a, why: W., question: Q, must_suggest: [ApproveTrial]}", "has to stand under may_suggest too"),
        ("{id: a, why: W., question: Q, may_suggest: [Refund]}", "Invalid enum value 'Refund'"),
        ("{id: a, why: W., question: Q, refuses: true, may_suggest: [ApproveTrial]}", "A refusal suggests nothing"),
        ("{id: a, why: W., question: Q, must_say: ['/(/']}", "/(/ is no regular expression"),
        ("{id: a, why: W., question: Q, customer: {billing: {trial_ends_at: soon}}}", "«soon» is no moment"),
        (
            "{id: a, why: W., question: Q, at_stripe: {plan: growth, invoices: ["
            "{number: N, amount: 1, currency: usd, issued_at: soon}]}}",
            "«soon» is no moment",
        ),
        ("{id: a, why: W., question: Q}, {id: a, why: W., question: Q}", "used more than once: a."),
    ],
)
def test_a_case_that_cannot_be_used_is_refused_in_a_sentence(case: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(f"about: A file.\ncases: [{case}]\n")
    with pytest.raises(BadCases) as refused:
        load_cases(tmp_path)
    assert sentence in str(refused.value)
