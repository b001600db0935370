"""References are filled in from the facts, however the stream is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.guidance.references import References, ref
from tests.builders import make_view
from tests.services.guidance.answers import facts_of

FACTS = facts_of(make_view(legal_name="{{customer.id}} *Acme*", customer_id="acme-eu"))
TEXT = f"{{Hello}} {ref('customer.name')}: {ref('credits.ai_cents')} left {{{{not closed"


def _fill(pieces: list[str]) -> str:
    references = References(FACTS)
    return "".join(references.feed(piece) for piece in pieces) + references.close()


def test_values_are_escaped_and_never_expanded_again() -> None:
    assert _fill([TEXT]) == "{Hello} {{customer\\.id}} \\*Acme\\*: $12.34 left {{not closed"


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_it_does_not_matter_where_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TEXT)]
    assert _fill([TEXT[a:b] for a, b in pairwise(edges)]) == _fill([TEXT])


def test_a_begun_reference_is_never_shown_half() -> None:
    references = References(FACTS)
    assert references.feed("left: {{credits.") == "left: "
    assert references.feed("ai_cents}} of") == "$12.34 of"


def test_the_facts_used_are_known_in_order_and_once() -> None:
    references = References(FACTS)
    references.feed(f"{ref('credits.ai_cents')} {ref('customer.id')} {ref('credits.ai_cents')}")
    assert [fact.key for fact in references.used] == ["credits.ai_cents", "customer.id"]


def test_an_unknown_fact_cannot_be_referred_to() -> None:
    with pytest.raises(KeyError):
        References(FACTS).feed(ref("credits.everything"))
