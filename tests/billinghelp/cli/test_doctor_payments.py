"""What the doctor says of payments: who takes them, whether plans are sold there, and what of Stripe's waits."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from billinghelp.payments import sandbox_prices
from services.contract.clock import system_clock
from services.contract.plans import PlanCatalogue
from services.payments import inbox_store
from services.payments.mirror.store import set_account
from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent
from services.payments.sandbox.resources import customers
from services.payments.sandbox.sandbox import Sandbox
from services.payments.sandbox.server import served
from services.storage.connection import Connection
from services.storage.engine import Store
from tests.billinghelp.cli.conftest import Command, Result

KEY, SECRET = "sk_test_0123456789", "whsec_0123456789"
NOW = system_clock()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox on a port, which sells every plan but the largest one by the year."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sandbox = Sandbox(base=f"http://127.0.0.1:{listener.getsockname()[1]}")
        prices = sandbox_prices(PlanCatalogue())
        sandbox.ensure_catalogue([price for price in prices if price.lookup_key != "business_yearly"])
        with served(sandbox, listener):
            yield sandbox
    sandbox.close()


@pytest.fixture
def with_key(command: Command, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Command:
    """Let payments be taken by that sandbox, as by Stripe."""
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    monkeypatch.setenv("STRIPE_API_BASE", sandbox.base)
    return command


def found(result: Result, subject: str) -> dict[str, str]:
    [finding] = [each for each in result.json["findings"] if each["subject"] == subject]
    return dict(finding)


def test_without_a_key_a_sandbox_takes_payments(command: Command) -> None:
    finding = found(command("doctor", "--json"), "stripe")
    assert (finding["status"], finding["remedy"].split()[1]) == ("ok", "STRIPE_SECRET_KEY")
    assert "sandbox" in finding["found"]


def test_a_key_that_cannot_be_one_is_named_and_never_shown(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "pk_test_publishable")
    result = command("doctor", "--json")
    assert (result.code, found(result, "stripe")["status"]) == (1, "broken")
    assert "publishable key" in found(result, "stripe")["found"]
    assert "pk_test_publishable" not in result.out


@pytest.mark.parametrize("secrets", ["hush_0123456789", f"{SECRET},hush_0123456789"])
def test_what_is_no_webhook_secret_is_said_and_never_shown(
    command: Command, monkeypatch: pytest.MonkeyPatch, secrets: str
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", secrets)
    result = command("doctor", "--json")
    assert (result.code, found(result, "stripe")["status"]) == (1, "broken")
    assert "STRIPE_WEBHOOK_SECRET must begin with whsec_" in found(result, "stripe")["found"]
    assert "hush_" not in result.out


def test_what_is_not_sold_there_is_named(with_key: Command, sandbox: Sandbox) -> None:
    finding = found(with_key("doctor", "--json"), "stripe")
    assert finding["status"] == "missing"
    assert f"at {sandbox.base.removeprefix('http://')} takes the key" in finding["found"]
    assert "no price for business_yearly" in finding["found"]
    assert "[policy.plans]" in finding["remedy"]


def test_it_says_whether_webhooks_can_be_checked(with_key: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(with_key("doctor", "--json"), "webhooks")["status"] == "missing"
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", f"{SECRET},whsec_the_next_one")
    result = with_key("doctor", "--json")
    assert found(result, "webhooks")["status"] == "ok"
    assert "2 secrets" in found(result, "webhooks")["found"]
    assert KEY not in result.out
    assert SECRET not in result.out


def test_a_provider_that_does_not_answer_is_broken(
    command: Command, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    monkeypatch.setenv("STRIPE_API_BASE", f"http://127.0.0.1:{unused_tcp_port}")
    result = command("doctor", "--json")
    finding = found(result, "stripe")
    assert (result.code, finding["status"]) == (1, "broken")
    assert "did not answer" in finding["found"]
    assert "is shown, and nothing can be paid" in finding["remedy"]


def on_record(account_id: str) -> None:
    """Let one customer be this one at Stripe."""
    store = Store(os.environ["BILLINGHELP_DATABASE_URL"])
    store.transact(lambda conn: set_account(conn, "beta", account_id))
    store.close()


def of_another_stripe(result: Result) -> list[dict[str, str]]:
    return [each for each in result.json["findings"] if each["subject"] == "customers"]


def test_customers_of_another_stripe_are_noticed_by_one_of_them(
    stocked: Command, with_key: Command, sandbox: Sandbox
) -> None:
    with sandbox.world() as world:
        known = customers.create(world, customers.NewCustomer(name="Beta"))["id"]
    on_record(known)
    assert of_another_stripe(with_key("doctor", "--json")) == []
    on_record("cus_ofAnotherStripe")
    result = with_key("doctor", "--json")
    (finding,) = of_another_stripe(result)
    assert finding["status"] == "missing"
    assert "does not know cus_ofAnotherStripe" in finding["found"]
    assert "STRIPE_SECRET_KEY and STRIPE_API_BASE" in finding["remedy"]


def test_customers_of_another_sandbox_than_the_one_that_comes_along_are_noticed(
    stocked: Command, tmp_path: Path
) -> None:
    assert of_another_stripe(stocked("doctor", "--json")) == []
    for account_id in ("cus_ofStripe", "cus_sandbox_ofAnother"):
        on_record(account_id)
        (finding,) = of_another_stripe(stocked("doctor", "--json"))
        assert f"does not know {account_id}" in finding["found"]
    state = tmp_path / "store" / "stripe-sandbox.db"
    assert not state.exists()
    sandbox = Sandbox(state)
    with sandbox.world() as world:
        known = customers.create(world, customers.NewCustomer(name="Beta"))["id"]
    sandbox.close()
    assert len(of_another_stripe(stocked("doctor", "--json"))) == 1
    on_record(known)
    assert of_another_stripe(stocked("doctor", "--json")) == []


def told(number: int, account: str) -> tuple[RemoteEvent, Hint]:
    event = RemoteEvent(
        event_id=f"evt_{number}",
        type="customer.updated",
        object_id=account,
        object_kind="customer",
        account_id=account,
        created_at=NOW,
        livemode=False,
    )
    return event, Hint(Subject.ACCOUNT, account)


def receive(conn: Connection) -> None:
    inbox_store.receive(conn, [told(number, f"cus_{number}") for number in range(1, 4)], NOW)


def try_in_vain(conn: Connection) -> None:
    receive(conn)
    inbox_store.postponed(conn, ["evt_1"], "Stripe did not answer.", 5, NOW + timedelta(minutes=1))


def set_strangers_aside(conn: Connection) -> None:
    receive(conn)
    inbox_store.quarantined(conn, ["evt_1", "evt_2", "evt_3"], "nobody here is this Stripe customer", NOW)


def set_other_mode_aside(conn: Connection) -> None:
    event, _ = told(9, "")
    inbox_store.quarantine(conn, event, "it is of the other mode", NOW)


@pytest.mark.parametrize(
    ("happens", "code", "status", "words"),
    [
        (lambda conn: None, 0, "ok", ["no event of Stripe's waits", "none is kept aside"]),
        (receive, 0, "ok", ["3 events of Stripe's wait"]),
        (try_in_vain, 1, "broken", ["3 events", "1 in vain so far: Stripe did not answer."]),
        (set_strangers_aside, 0, "missing", ["3 events about 3 Stripe customers kept aside, because nobody here"]),
        (set_other_mode_aside, 0, "missing", ["1 event kept aside, because it is of the other mode"]),
    ],
)
def test_events_that_wait_or_are_kept_aside_are_counted(
    stocked: Command, happens: Callable[[Connection], None], code: int, status: str, words: Sequence[str]
) -> None:
    store = Store(os.environ["BILLINGHELP_DATABASE_URL"])
    store.transact(happens)
    store.close()
    result = stocked("doctor", "--json")
    finding = found(result, "events")
    assert (result.code, finding["status"]) == (code, status)
    assert all(each in finding["found"] for each in words)
    assert (finding["remedy"] is None) == (status == "ok")
