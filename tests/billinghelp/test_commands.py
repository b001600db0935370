"""The registry is the only source of keys: what it lists exists, what exists is listed, and keys never clash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.binding import Binding

from billinghelp.app import BillingHelpApp
from billinghelp.command import Situation
from billinghelp.commands import ACTION_COMMANDS, APP, COMMANDS, on_page
from billinghelp.keymap import bindings_of, resolve_keys
from billinghelp.keys import conflict, is_key, key_label, normal_key
from billinghelp.page import Page
from billinghelp.pages.audit import AuditPage
from billinghelp.pages.billing import BillingPage
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.pages.change_requests import ChangeRequestsPage
from billinghelp.pages.customer_audit import CustomerAuditScreen
from billinghelp.pages.ledger import LedgerScreen
from billinghelp.pages.tenant_requests import TenantRequestsPage
from billinghelp.pages.workbench import Workbench
from services.contract.errors import Refused
from services.contract.types import Action
from tests.billinghelp.fake_desk import make_identity
from tests.builders import make_blocked_view, make_view

PAGES: tuple[type[Page], ...] = (
    *(BillingHelpPage, BillingPage, ChangeRequestsPage, TenantRequestsPage, AuditPage),
    *(LedgerScreen, CustomerAuditScreen),
)

# PRODUCT.md §7, «Keys», for the pages there are.
PRODUCT_KEYS = ["/", *"npvtcxkularei123yfh", "esc", "?", "^p", "F2", "F3", "F4", "F5"]


def test_every_id_is_unique_and_begins_with_its_page() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))
    assert {command.page for command in COMMANDS} == {APP, *(page.PAGE for page in PAGES)}


def test_every_key_that_the_product_promises_is_there() -> None:
    assert set(PRODUCT_KEYS) <= {key_label(command.key) for command in on_page("billing_help")}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_has_a_title_a_help_line_and_an_action_that_exists(command) -> None:  # type: ignore[no-untyped-def]
    assert command.title
    assert command.help.endswith(".")
    name = command.run.partition("(")[0]
    where: list[type] = [page for page in PAGES if command.page == page.PAGE]
    if command.page == "billing_help":
        where.append(Workbench)
    if name.startswith("app."):
        name, where = name.removeprefix("app."), [BillingHelpApp]
    assert any(hasattr(place, f"action_{name}") for place in where or [BillingHelpApp])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.PAGE)
def test_a_page_binds_the_registry_s_keys_and_no_others(page: type[Page]) -> None:
    own = {binding.id: binding.key for binding in page.BINDINGS if isinstance(binding, Binding)}
    assert own == {command.id: command.key for command in COMMANDS if command.page == page.PAGE and command.key}
    assert bindings_of(page.PAGE) == page.BINDINGS


def test_every_audited_action_has_a_command_that_is_marked_dangerous() -> None:
    assert set(ACTION_COMMANDS) == set(Action)
    marked = {command.id for command in COMMANDS if command.dangerous}
    assert set(ACTION_COMMANDS.values()) <= marked


def test_the_default_keys_do_not_clash() -> None:
    assert resolve_keys({})["billing_help.find"] == "slash"


def test_a_key_can_be_given_to_a_command() -> None:
    keys = resolve_keys({"billing_help.refresh": "F9", "billing_help.find": "^f"})
    assert keys["billing_help.refresh"] == "f9"
    assert keys["billing_help.find"] == "ctrl+f"


def test_two_commands_may_change_places() -> None:
    keys = resolve_keys({"billing_help.approve_trial": "v", "billing_help.mark_invoice_verified": "t"})
    assert keys["billing_help.approve_trial"] == "v"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"billing_help.nothing": "f9"}, "there is no such command"),
        ({"billing_help.refresh": "hyperspace"}, "is no key"),
        ({"billing_help.refresh": "meta+x"}, "is no key"),
        ({"billing_help.refresh": ""}, "is no key"),
        ({"billing_help.refresh": "v"}, "the key v is taken by"),
        ({"audit.verify": "?"}, "the key ? is taken by"),
    ],
)
def test_a_key_that_cannot_be_is_one_sentence(overrides: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said.replace("?", r"\?")) as caught:
        resolve_keys(overrides)
    assert caught.value.reason == "CONFIG_INVALID"
    assert "config.toml: keys." in caught.value.message


@given(st.text(max_size=12))
def test_naming_a_key_twice_changes_nothing_more(text: str) -> None:
    once = normal_key(text)
    assert normal_key(once) == once


@given(st.sampled_from("abcxyzABC0189/?.,;:!*+-=#&'<>[]"))
def test_every_visible_character_is_a_key_and_is_shown_as_itself(character: str) -> None:
    key = normal_key(character)
    assert is_key(key)
    assert key_label(key) == character


@given(st.dictionaries(st.text(min_size=1), st.sampled_from(["", "a", "b", "c"])))
def test_a_conflict_is_found_exactly_where_a_key_stands_twice(keys: dict[str, str]) -> None:
    given_keys = [key for key in keys.values() if key]
    assert (conflict(keys) is not None) == (len(given_keys) != len(set(given_keys)))


# ── when a command can be used ────────────────────────────────────────────────────────────────────────────────────────


def why_not(command_id: str, **situation: object) -> str | None:
    command = next(command for command in COMMANDS if command.id == command_id)
    return command.available(Situation(**situation))  # type: ignore[arg-type]  # the names are those of Situation


def test_before_the_store_has_answered_nothing_of_a_customer_can_be_done() -> None:
    assert why_not("billing_help.ledger") == "The store is not open yet."


def test_an_allowed_action_is_available_and_another_says_why_not() -> None:
    identity = make_identity()
    assert why_not("billing_help.mark_invoice_verified", identity=identity, view=make_blocked_view()) is None
    refused = why_not("billing_help.mark_invoice_verified", identity=identity, view=make_view())
    assert refused == "Billing is verified already: nothing to do."


def test_what_the_role_is_not_offered_says_so() -> None:
    member = make_identity("customer_member", methods=["WhoAmI"])
    said = why_not("billing_help.ledger", identity=member, view=make_view())
    assert said is not None
    assert said.startswith("Your role may not do this")


def test_a_read_only_desk_says_that_first_of_all() -> None:
    identity = make_identity(read_only=True, methods=["WhoAmI"])
    said = why_not("billing_help.approve_trial", identity=identity, view=make_blocked_view())
    assert said is not None
    assert "read-only" in said
