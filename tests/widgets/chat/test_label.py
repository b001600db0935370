"""The lines about an answer: what they say, and what they offer in each state."""

from typing import Any

from services.contract.views import ChatUsage
from tests.widgets.chat.talk import CREDIT, ENGINE, FLAG, VERIFY, Hand, failure, guide
from widgets.chat.answer import Answer
from widgets.chat.commands import ChatCommand, usual_key


def shown(width: int = 200, *, is_latest: bool = True, **fields: Any) -> list[str]:
    answer = Answer(Hand(), usual_key, guide("text", **fields))
    answer.set_latest(is_latest)
    return [(row.lead + row.text).plain for row in answer.rows(width)]


def label(**fields: Any) -> str:
    return shown(**fields)[-1]


def test_a_rule_based_answer_says_its_engine_and_facts_with_the_keys() -> None:
    assert label().startswith(f"{ENGINE} · 1 fact · ")
    assert label().endswith(" UTC  f facts  y copy  g again")


def test_a_models_answer_says_its_host_and_usage() -> None:
    with_usage = label(engine="qwen3", host="127.0.0.1:8080", usage=ChatUsage(input_tokens=1204, output_tokens=312))
    assert with_usage.startswith("qwen3 · 127.0.0.1:8080 · 1 fact · 1 204 + 312 tokens · ")
    assert " · usage n/a · " in label(engine="qwen3", host="127.0.0.1:8080")


def test_where_the_rules_answered_in_place_of_a_model_no_usage_is_missed() -> None:
    assert "usage" not in label(host="127.0.0.1:8080", notice="The model was not reached.")
    assert "usage" not in label()


def test_a_notice_stands_above_the_text() -> None:
    assert shown(notice="The model was not reached.")[:3] == ["▲ The model was not reached.", "", "text"]


def test_the_seconds_until_the_model_may_be_asked_again_are_counted_down() -> None:
    clock = Hand()
    answer = Answer(clock, usual_key, guide(notice="Too many questions.", failure=failure(12)))
    assert answer.rows(80)[0].text.plain == "▲ Too many questions. · try again in 12 s"
    clock.move(10.5)
    assert answer.counts_seconds
    answer.keep_time()
    assert answer.rows(80)[0].text.plain == "▲ Too many questions. · try again in 2 s"
    clock.move(2)
    answer.keep_time()
    assert answer.rows(80)[0].text.plain == "▲ Too many questions."
    assert not answer.counts_seconds


def test_a_reply_is_offered_of_a_whole_answer_whose_facts_hold() -> None:
    assert "Y reply" in label(customer_reply="Hello")
    assert "Y reply" in label(customer_reply="Hello", flags=[FLAG])  # of a draft that was set aside, not of this answer
    for state in ({"stale": True}, {"partial": "stopped"}, {"customer_reply": None}):
        assert "reply" not in label(**{"customer_reply": "Hello", **state})


def test_suggestions_are_named_by_their_titles_and_the_first_has_the_key() -> None:
    assert "suggests  s  Mark invoice verified  Apply support credit" in shown(suggestions=[VERIFY, CREDIT])
    assert shown(36, suggestions=[VERIFY, CREDIT])[2:4] == [
        "suggests  s  Mark invoice verified",
        "          Apply support credit",
    ]


def test_a_partial_answer_says_how_it_ended_and_suggests_nothing() -> None:
    assert label(partial="stopped").startswith(f"stopped: a partial answer, kept · {ENGINE}")
    assert label(partial="broken_off").startswith("broken off: a partial answer · ")
    assert not any("suggests" in row for row in shown(partial="stopped", suggestions=[VERIFY]))


def test_a_stale_answer_is_dim_says_so_and_offers_neither_copy_nor_suggestion() -> None:
    rows = shown(stale=True, suggestions=[VERIFY], customer_reply="Hello")
    assert "▲ the facts have changed since: ask again (g)" in rows
    assert rows[-1].endswith(" UTC  f facts")
    assert not any("suggests" in row for row in rows)
    answer = Answer(Hand(), usual_key, guide("text", stale=True))
    above, _, text, *_ = answer.rows(80)
    assert above.text.plain.startswith("▲ the facts have changed since")
    assert [str(span.style) for span in text.text.spans] == ["dim"]


def test_an_answer_whose_question_is_not_known_cannot_be_asked_again() -> None:
    assert "again" not in label(question_id=None)
    assert "▲ the facts have changed since" in shown(question_id=None, stale=True)


def test_an_earlier_answer_can_be_clicked_but_has_no_keys() -> None:
    rows = shown(is_latest=False, suggestions=[VERIFY], customer_reply="Hello")
    assert rows[-1].endswith(" UTC  facts  copy  reply")
    assert "suggests  Mark invoice verified" in rows
    assert "▲ the facts have changed since" in shown(is_latest=False, stale=True)


def test_other_keys_are_shown_where_they_are_others_and_none_where_there_is_none() -> None:
    keys = {ChatCommand.FACTS: "F4", ChatCommand.COPY: ""}
    answer = Answer(Hand(), lambda command: keys.get(command, "x"), guide("text"))
    answer.set_latest(True)
    assert answer.rows(200)[-1].text.plain.endswith("F4 facts  copy  x again")


def test_in_few_cells_nothing_of_the_label_is_lost() -> None:
    for width in (11, 20, 53):
        told = " ".join(shown(width, customer_reply="Hello", suggestions=[VERIFY], host="127.0.0.1:8080"))
        for words in ("facts", "copy", "reply", "again", "suggests", "127.0.0.1"):
            assert words in told
