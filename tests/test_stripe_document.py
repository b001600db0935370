"""docs/stripe.md is true to the program: its keys, its events, its commands, and what it calls them."""

import re
from pathlib import Path

import pytest

from billinghelp.cli.parser import build_parser
from billinghelp.config import ENVIRONMENT
from services.contract.clock import system_clock
from services.contract.plans import PlanCatalogue
from services.payments.hints import hint_of
from services.payments.model import Subject
from services.payments.port import RemoteEvent
from services.payments.sandbox import cards
from services.payments.sandbox.sandbox import TEST_KEY
from services.payments.sandbox.world import API_VERSION
from tests.test_readme import ROOT, commands_of

DOCUMENT = (ROOT / "docs" / "stripe.md").read_text(encoding="utf-8")
EVENTS = re.findall(r"^    ([a-z_]+(?:\.[a-z_]+)+)$", DOCUMENT, re.MULTILINE)


def subject_of(event_type: str) -> Subject | None:
    """Return what is read again because of an event of a type, about an object of a customer's."""
    kind = "customer" if event_type.startswith("customer.") else event_type.split(".")[0]
    event = RemoteEvent(
        event_id="evt_1",
        type=event_type,
        object_id="object_1",
        object_kind=kind,
        account_id="cus_1",
        created_at=system_clock(),
        livemode=False,
    )
    hint = hint_of(event)
    return None if hint is None else hint.subject


def test_every_event_that_it_names_tells_the_program_something() -> None:
    assert len(EVENTS) == len(set(EVENTS)) > 30
    assert [event for event in EVENTS if subject_of(event) is None] == []
    assert {subject_of(event) for event in EVENTS} == {Subject.ACCOUNT, Subject.INVOICE, Subject.PRICES}


def test_its_lookup_keys_are_those_of_the_plans() -> None:
    table = DOCUMENT.split("| plan | monthly | yearly |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"`(\w+)`", table)) == PlanCatalogue().lookup_keys


def test_its_commands_are_those_that_there_are() -> None:
    told = list(commands_of(DOCUMENT))
    assert {arguments[0] for arguments in told} == {"doctor", "serve", "stripe-sandbox"}
    for arguments in told:
        build_parser().parse_args(arguments)


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if name.startswith("STRIPE_")])
def test_it_says_what_each_setting_is_for(name: str) -> None:
    assert name in DOCUMENT


def test_its_key_cards_and_version_are_the_sandboxs() -> None:
    assert f"STRIPE_SECRET_KEY={TEST_KEY} " in DOCUMENT
    assert f"`{API_VERSION}`" in DOCUMENT
    numbers = re.findall(r"`(\d{4} \d{4} \d{4} \d{4})`", DOCUMENT)
    told = [cards.by_number(number) for number in numbers]
    assert [card.decline is None for card in told] == [True, False, False, True, True]
    assert [card.attachable for card in told] == [True, False, True, True, True]
    assert [card.confirmed for card in told] == ["never", "never", "never", "once", "each time"]


def test_the_documents_that_it_links_to_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", DOCUMENT)
    assert links
    assert all(Path(ROOT, "docs", link).exists() for link in links)
