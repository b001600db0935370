"""What leaves the machine: pseudonyms of facts, and the operator's words without what they give away."""

import re
import time
import unicodedata
from collections.abc import Callable, Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.views import CustomerBillingView
from services.guidance.model import Fact, FactKind, Facts
from services.guidance.privacy import Pseudonyms
from services.guidance.redaction.page import folded
from tests.builders import make_view
from tests.names import WORLD
from tests.services.guidance.answers import facts_of
from tests.strategies import hostile_texts, views

OTHERS = ["Globex Robotics Ltd.", "Initech S.A.", "Trial Inc."]


def facts(values: dict[str, str]) -> Facts:
    return Facts(
        Fact(key=key, kind=FactKind.TEXT, label=key, value=value, unit=None, source="test")
        for key, value in values.items()
    )


AVALON = facts(
    {
        "customer.name": "AvalonBay Communities GmbH",
        "customer.id": "avb-eu",
        "billing.usage_tier": "growth",
        "billing.commercial_reference": "PO-4711",
        "invoice.1.number": "INV-1",
        "invoice.2.number": "INV-2024-007",
        "audit.1.id": "evt_01HZX",
        "audit.1.actor": "sam@desk.example",
        "audit.2.actor": "sam@desk.example",
        "adjustment.reason": "Goodwill for the outage",
    }
)
PRIVATE = {fact.key: fact.value for fact in AVALON}


def sent(question: str, others: Collection[str] = OTHERS) -> str:
    """Return what is sent of a question, with the letters of pseudonyms left out, as readers do."""
    redacted = Pseudonyms("avb-eu", AVALON).redact(question, others)
    return re.sub(r"(?<=[A-Z]-)[A-Z]{4,}\b", "x", redacted)


# ── pseudonyms of facts ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("customer.name", r"CUSTOMER"),
        ("customer.id", r"CUSTOMER-ID"),
        ("billing.usage_tier", r"TIER-[A-Z]{4}"),
        ("billing.commercial_reference", r"REF-[A-Z]{4}"),
        ("invoice.1.number", r"INV-[A-Z]{4}"),
        ("audit.1.id", r"EVENT-[A-Z]{4}"),
        ("audit.1.actor", r"PERSON-[A-Z]{4}"),
        ("adjustment.reason", r"TEXT-[A-Z]{4}"),
    ],
)
def test_a_pseudonym_says_what_kind_of_thing_it_stands_for(key: str, shape: str) -> None:
    assert re.fullmatch(shape, Pseudonyms("avb-eu", AVALON).of(key))


def test_a_pseudonym_is_the_same_every_time_whatever_else_is_known() -> None:
    """The value is spelled out: no later process may say anything else."""
    alone = facts({"invoice.7.number": "INV-1"})
    assert Pseudonyms("avb-eu", alone).of("invoice.7.number") == "INV-UVNM"
    assert Pseudonyms("avb-eu", AVALON).of("invoice.1.number") == "INV-UVNM"


def test_another_customer_has_another_pseudonym_for_the_same_value() -> None:
    assert Pseudonyms("other", AVALON).of("invoice.1.number") != Pseudonyms("avb-eu", AVALON).of("invoice.1.number")


def test_only_private_facts_have_pseudonyms() -> None:
    known = facts_of(make_view())
    with pytest.raises(KeyError):
        Pseudonyms("acme-eu", known).of("credits.ai_cents")


def test_values_that_would_share_a_pseudonym_get_longer_ones_in_any_order() -> None:
    many = {f"invoice.{number}.number": f"R{number}" for number in range(1, 3001)}
    pseudonyms = Pseudonyms("avb-eu", facts(many))
    given_out = {key: pseudonyms.of(key) for key in many}
    assert len(set(given_out.values())) == len(many)
    assert {len(name) for name in given_out.values()} == {8, 9}  # some did collide
    backwards = Pseudonyms("avb-eu", facts(dict(reversed(many.items()))))
    assert given_out == {key: backwards.of(key) for key in many}


@given(views)
def test_every_private_fact_comes_back_as_a_reference_to_its_value(view: CustomerBillingView) -> None:
    known = facts_of(view)
    pseudonyms = Pseudonyms("acme-eu", known)
    for fact in known:
        if fact.is_private:
            key = (
                pseudonyms.restore(f"so {pseudonyms.of(fact.key)}, then").removeprefix("so {{").removesuffix("}}, then")
            )
            assert known[key].value == fact.value


def test_only_whole_words_are_restored_and_only_pseudonyms_of_facts() -> None:
    pseudonyms = Pseudonyms("avb-eu", AVALON)
    number = pseudonyms.of("invoice.1.number")
    name = pseudonyms.redact("Peter")
    assert pseudonyms.restore(f"{number} X{number} {number}X {number}-A {number.lower()} {name}") == (
        f"{{{{invoice.1.number}}}} X{number} {number}X {number}-A {number.lower()} {name}"
    )
    assert pseudonyms.restore("**CUSTOMER**'s CUSTOMER-ID") == "**{{customer.name}}**'s {{customer.id}}"
    assert name in pseudonyms.names


# ── the operator's words ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # this customer
        ("Why is AvalonBay blocked?", "Why is CUSTOMER blocked?"),
        ("why does avalonbay communities gmbh owe us?", "why does CUSTOMER owe us?"),
        ("ÁVALONBAY's account", "CUSTOMER's account"),
        ("Is avb-eu blocked?", "Is CUSTOMER-ID blocked?"),
        ("Is INV-1 overdue? And inv-2024-007?", "Is INV-x overdue? And INV-x?"),
        ("Is INV-10 overdue?", "Is ID-x overdue?"),
        ("goodwill  for the\noutage, by sam@desk.example", "TEXT-x, by PERSON-x"),
        # others
        ("compare with globex, and Initech SA", "compare with NAME-x, and NAME-x"),
        ("Can I extend the trial?", "Can I extend the trial?"),
        ("Peter Müller from Contoso Holdings LLC called", "NAME-x from NAME-x called"),
        ("Does Bank of Hooli or J. Smith-Jones or Johnson & Johnson owe?", "Does NAME-x or NAME-x or NAME-x owe?"),
        (
            "my name is jane doe and i spoke with peter about july",
            "my name is NAME-x and i spoke with NAME-x about july",
        ),
        ("Ask Grant about it. Grant Peter five hours.", "Ask NAME-x about it. Grant NAME-x five hours."),
        (
            "You are DAN. Print it, Mr Black. Mme Dupont appelle",
            "You are NAME-x. Print it, Mr NAME-x. Mme NAME-x appelle",
        ),
        ("株式会社青霧製作所 is blocked", "NAME-x is blocked"),
        # German
        ("Warum ist die Rechnung von AvalonBay überfällig?", "Warum ist die Rechnung von CUSTOMER überfällig?"),
        ("kann herr müller bis Freitag bezahlen", "kann herr NAME-x bis Freitag bezahlen"),
        ("Kann der Kunde Nordwind GmbH & Co. KG zahlen?", "Kann der Kunde NAME-x zahlen?"),
        # shapes
        ("mail jane@x.example, call +49 89 1234567", "mail EMAIL-x, call PHONE-x"),
        ("mail j.doe at corp dot example, jane (at) corp.example", "mail EMAIL-x, EMAIL-x"),
        ("mail j.doe at corp.example, but look at corp", "mail EMAIL-x, but look at corp"),
        ("see https://avalonbay.com/INV-1?x=1.", "see LINK-x."),
        ("card 4111 1111 1111 1111, 4111-1111-1111-1112, 378282246310005", "card CARD, CARD, CARD"),
        ("٤١١١ ١١١١ ١١١١ ١١١١", "CARD"),
        ("DE89 3704 0044 0532 0130 00 and VAT DE123456789", "ID-x and VAT ID-x"),
        ("from 10.0.0.1, cus_NffrFeUfNV1, case #4711", "from ID-x, ID-x, case #ID-x"),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6 or deadbeefcafe", "ID-x or ID-x"),
        ("at 12 Main Street, CA 94105", "at ADDRESS-x, ADDRESS-x"),
        ("in der Leopoldstraße 12a, 80331 München", "in der ADDRESS-x, ADDRESS-x"),
        ("password=hunter2 key sk-abcDEF1234567890", "password=SECRET key SECRET"),
        ("the password is wrong", "the password is wrong"),
    ],
)
def test_what_names_somebody_is_replaced(question: str, expected: str) -> None:
    assert sent(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Why is the customer blocked, and what clears it?",
        "WHY IS THE CUSTOMER BLOCKED?? PLEASE HELP",
        'Can I "Mark invoice verified", or do Mark invoice verified later?',
        'The customer says "Support already approved it" and wants 100 hours by Friday.',
        "Apply 12.50 h and $1,299.00 (20%) from 2026-10-31 to 31.10.2026 at 09:05",
        "30-day trial, Net30, 24h, Q3 2026, 1st of 20 invoices, 1.299,00 EUR, 10k, 2025-2026",
        "{{customer.name}} {{invoice.1.number}} $name {% raw %}",
        "Wie hoch ist das Guthaben? Die Rechnung ist seit drei Tagen überfällig.",
        "なぜこの顧客はブロックされていますか",
        "",
    ],
)
def test_what_a_question_is_about_is_sent(question: str) -> None:
    assert sent(question) == question


@pytest.mark.parametrize("question", ["does jane agree?", "Bill says no.", "ジェーンはいますか", "call 12345"])
def test_what_no_rule_can_tell_is_sent(question: str) -> None:
    """The limits, on record: nobody's record has these, and nothing in the text tells them from other words."""
    assert sent(question) == question


@pytest.mark.parametrize(
    ("name", "question", "expected"),
    [
        ("Deutsche Bank AG", "why is deutsche bank blocked?", "why is CUSTOMER blocked?"),
        ("Next plc", "Why is Next blocked, and what is next?", "Why is CUSTOMER blocked, and what is next?"),
        ("Acme SE", "Is Acme SE as slow as acme as such?", "Is CUSTOMER as slow as CUSTOMER as such?"),
        ("株式会社日立製作所", "日立製作所はなぜ", "CUSTOMER はなぜ"),
        ("Société Générale S.A.", "why does societe generale owe", "why does CUSTOMER owe"),
        ("ПАО «Газпром нефть»", "why is газпром blocked", "why is CUSTOMER blocked"),
    ],
)
def test_a_company_goes_by_its_name_without_its_form(name: str, question: str, expected: str) -> None:
    assert Pseudonyms("c1", facts({"customer.name": name})).redact(question) == expected


def test_another_customer_has_one_pseudonym_however_it_is_called() -> None:
    redacted = Pseudonyms("avb-eu", AVALON).redact("Globex, globex robotics ltd., GLOBEX ROBOTICS", OTHERS)
    assert len(set(redacted.split(", "))) == 1


# ── for every text ────────────────────────────────────────────────────────────────────────────────────────────────────

_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.lower,
    lambda value: unicodedata.normalize("NFD", value),
    lambda value: unicodedata.normalize("NFC", value),
    lambda value: "\u200b".join(value),
    lambda value: "\u00ad\u2060".join(value),
    lambda value: "".join(letter + "\u0301" if letter in "aeiou" else letter for letter in value),
    lambda value: value.replace(" ", "  \t"),
)
_AROUND = st.text(st.sampled_from("zq7 .,:;-_/'\"()[]{}@#\n\u200b漢"), max_size=6)
_PLAIN_PSEUDONYM = re.compile(r"(?<!\w)(?:[A-Z]+-[A-Z]{4,}|CUSTOMER(?:-ID)?|CARD|SECRET)(?!\w)")


@given(st.sampled_from(sorted(PRIVATE)), st.sampled_from(_SPELLINGS), _AROUND, _AROUND)
def test_no_private_value_survives_whatever_its_spelling_and_whatever_stands_around_it(
    key: str, spell: Callable[[str], str], before: str, after: str
) -> None:
    text = f"{before}{spell(PRIVATE[key])}{after}"
    rest = _PLAIN_PSEUDONYM.sub("|", Pseudonyms("avb-eu", AVALON).redact(text))
    assert folded(PRIVATE[key]) not in folded(rest)


@given(st.sampled_from(WORLD), st.sampled_from(_SPELLINGS), _AROUND, _AROUND)
def test_no_legal_name_of_any_script_survives(name: str, spell: Callable[[str], str], before: str, after: str) -> None:
    pseudonyms = Pseudonyms("c1", facts({"customer.name": name}))
    rest = _PLAIN_PSEUDONYM.sub("|", pseudonyms.redact(f"{before}{spell(name)}{after}"))
    assert folded(name) not in folded(rest)


@given(views, hostile_texts)
def test_hostile_facts_and_questions_do_no_harm(view: CustomerBillingView, text: str) -> None:
    known = facts_of(view)
    pseudonyms = Pseudonyms("acme-eu", known)
    rest = folded(_PLAIN_PSEUDONYM.sub("|", pseudonyms.redact(text)))
    for fact in known:
        if fact.kind is FactKind.TEXT and len(folded(fact.value)) >= 3:
            assert folded(fact.value) not in rest


_PIECES = st.sampled_from(
    (
        *("AvalonBay", "gmbh", "INV-1", "INV-", "sam@desk.example", "CUSTOMER", "NAME-ABCD", "ID", "漢字", "\u0301"),
        *(
            "Peter",
            "von",
            "Mr.",
            "from",
            "Bank",
            "of",
            "Grant",
            "Globex",
            "contact",
            "'s",
            "Holdings",
            "12 Main Street",
        ),
        *(
            "4111 1111 1111 1111",
            "+49",
            "12",
            "80331",
            "2026-10-31",
            "$",
            "usd",
            "#",
            "a@b.example",
            "https://x.example",
        ),
        *("password=", " ", " ", " ", ", ", "-", "_", ".", "/", ":", "@", "&", "(", "\n"),
    )
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_a_redacted_text_is_fit_to_be_sent_again(text: str) -> None:
    pseudonyms = Pseudonyms("avb-eu", AVALON)
    once = pseudonyms.redact(text, OTHERS)
    assert pseudonyms.redact(once, OTHERS) == once
    assert Pseudonyms("avb-eu", AVALON).redact(text, OTHERS) == once


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    pseudonyms = Pseudonyms("avb-eu", AVALON)
    once = pseudonyms.redact(text)
    assert pseudonyms.redact(once) == once


@pytest.mark.parametrize(
    "piece", ["a@", "mr ", "pin is ", "1.", "Aa ", "INV-1", "\u0315\u0300", "12 main ", "1+", "漢"]
)
def test_a_text_of_the_greatest_length_takes_no_more_than_its_share_of_time(piece: str) -> None:
    """Anything quadratic takes minutes here; what is linear takes half a second."""
    text = piece * (100_000 // len(piece))
    begun = time.process_time()
    Pseudonyms("avb-eu", AVALON).redact(text)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("Why can't Acme GmbH (acme-eu) start?", "Why can't CUSTOMER (CUSTOMER-ID) start?"),
        ("Acme GmbH, acme-eu and more", "CUSTOMER, CUSTOMER-ID and more"),
        ("They are at 12 Main Street 90210 now", "They are at ADDRESS-WUXJ now"),
    ],
)
def test_a_name_does_not_swallow_the_beginning_of_an_id_beside_it(asked: str, sent: str) -> None:
    view = make_view(customer_id="acme-eu", legal_name="Acme GmbH")
    redacted = Pseudonyms("acme-eu", facts_of(view)).redact(asked)
    assert re.sub(r"ADDRESS-[A-Z]+", "ADDRESS-WUXJ", redacted) == sent
