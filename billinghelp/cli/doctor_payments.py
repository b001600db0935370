"""The doctor's look at payments: who takes them, what is sold there and who is known, and what is not acted on."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from billinghelp.cli.finding import Finding
from billinghelp.config import Settings
from billinghelp.payments import SANDBOX_LABEL, payment_settings, sandbox_state
from services.contract.errors import Refused
from services.contract.plans import PlanCatalogue
from services.storage.engine import Store

if TYPE_CHECKING:
    from services.payments.gateway.stripe_gateway import StripeGateway
    from services.payments.health_store import InboxHealth, KeptAside
    from services.payments.settings import PaymentSettings

_STRIPE, _CUSTOMERS, _WEBHOOKS, _EVENTS = "stripe", "customers", "webhooks", "events"
_WITHIN = 10.0  # seconds: Stripe answers in less than one


def examine_payments(settings: Settings) -> list[Finding]:
    """Return what there is to say of who takes payments, and of what was heard from there."""
    try:
        chosen = payment_settings(settings)
    except Refused as refused:
        until = "until then nobody can pay, and serve does not start; all else goes on"
        return [Finding(_STRIPE, "broken", refused.message, until)]
    if chosen is None:
        found = "no key: a Stripe sandbox that comes along takes payments, and no real money"
        taking = [Finding(_STRIPE, "ok", found, "set STRIPE_SECRET_KEY to take payments through Stripe")]
    else:
        taking = [_taker(chosen, settings.policy.plans), _webhooks(chosen)]
    is_asked = all(each.status != "broken" for each in taking)
    return [*taking, *_recorded(settings, chosen, is_asked=is_asked)]


def _taker(chosen: "PaymentSettings", plans: PlanCatalogue) -> Finding:
    where = f"{chosen.label} at {chosen.address.host}"
    try:
        missing = asyncio.run(_unsold(chosen, plans))
    except Refused as refused:
        remedy = "until then what is known of plans and invoices is shown, and nothing can be paid"
        return Finding(_STRIPE, "broken", f"{where}: {refused.message}", remedy)
    if missing:
        found = f"{where} takes the key, and has no price for {', '.join(missing)}: that is not sold"
        remedy = "give active prices these lookup keys at Stripe, or name other ones in [policy.plans]"
        return Finding(_STRIPE, "missing", found, remedy)
    money = "real money" if chosen.livemode else "no real money"
    return Finding(_STRIPE, "ok", f"{where} takes the key and has a price for every plan that is sold; {money}")


async def _unsold(chosen: "PaymentSettings", plans: PlanCatalogue) -> list[str]:
    """Return the lookup keys of plans for which there is no price."""
    async with _gateway(chosen, plans.lookup_keys) as gateway:
        sold = {price.lookup_key for price in await gateway.prices(plans.lookup_keys)}
    return [key for key in plans.lookup_keys if key not in sold]


@asynccontextmanager
async def _gateway(chosen: "PaymentSettings", sold: Sequence[str] = ()) -> "AsyncGenerator[StripeGateway, None]":
    from services.payments.gateway.stripe_gateway import StripeGateway  # with Stripe's library, which takes 120 ms

    gateway = StripeGateway(chosen, sold=sold, retries=0, within=_WITHIN)
    try:
        yield gateway
    finally:
        await gateway.hang_up()


def _webhooks(chosen: "PaymentSettings") -> Finding:
    count = len(chosen.webhook_secrets)
    if count == 0:
        found = "none can be checked, and so none is taken: Stripe is asked what is new, once a minute"
        return Finding(_WEBHOOKS, "missing", found, "set STRIPE_WEBHOOK_SECRET to your endpoint's signing secret")
    secrets = "one secret" if count == 1 else f"{count} secrets, any of which may have signed them"
    return Finding(_WEBHOOKS, "ok", f"billinghelp serve takes them at /webhooks/stripe, checked against {secrets}")


def _recorded(settings: Settings, chosen: "PaymentSettings | None", *, is_asked: bool) -> list[Finding]:
    """Return whether customers are this Stripe's, and how the inbox stands; nothing where the store cannot tell.

    That is said of it. `is_asked`: whether who takes payments can be asked.
    """
    from services.payments.health_store import an_account, inbox_health

    try:
        store = Store(settings.database_url.reveal(), read_only=True)
    except Refused:
        return []
    try:
        if store.missing:
            return []
        with store.read() as conn:
            account_id, health = an_account(conn), inbox_health(conn)
    except Refused:
        return []
    finally:
        store.close()
    folder = None if store.path is None else store.path.parent
    strangers = [] if account_id is None or not is_asked else _strangers(chosen, folder, account_id)
    return [*strangers, _inbox(health)]


def _strangers(chosen: "PaymentSettings | None", folder: Path | None, account_id: str) -> list[Finding]:
    """Return that customers on record are of another Stripe, by one of them; nothing where it is known, or unclear."""
    try:
        known = _sandbox_knows(folder, account_id) if chosen is None else asyncio.run(_knows(chosen, account_id))
    except (Refused, sqlite3.Error):
        return []
    if known:
        return []
    label = SANDBOX_LABEL if chosen is None else f"{chosen.label} at {chosen.address.host}"
    found = f"{label} does not know {account_id}, who is on record: that customer, and maybe others, is of another one"
    remedy = "set STRIPE_SECRET_KEY and STRIPE_API_BASE as they were; until then what is recorded stays as it is"
    return [Finding(_CUSTOMERS, "missing", found, remedy)]


async def _knows(chosen: "PaymentSettings", account_id: str) -> bool:
    async with _gateway(chosen) as gateway:
        try:
            await gateway.account(account_id)
        except Refused as refused:
            if refused.reason != "PAYMENTS_OBJECT_GONE":
                raise
            return False
    return True


def _sandbox_knows(folder: Path | None, account_id: str) -> bool:
    """Return whether the sandbox that comes along has a customer, by its file: it need not run for that."""
    from services.payments.model import SANDBOX_ACCOUNT
    from services.payments.sandbox.state import State

    path = sandbox_state(folder)
    if not account_id.startswith(SANDBOX_ACCOUNT) or not path.exists():
        return False
    with closing(State(path, base="http://127.0.0.1")) as state, state.transaction(writes=False) as records:
        return records.find(account_id) is not None


def _inbox(health: "InboxHealth") -> Finding:
    waits = f"{_counted(health.waiting)} of Stripe's {'waits' if health.waiting < 2 else 'wait'} to be acted on"
    if health.failing:
        found = f"{waits}; {health.failing} in vain so far: {health.problem or 'the reason is in the log'}"
        return Finding(_EVENTS, "broken", found, "they are tried again by themselves: mend what is said there")
    if health.aside:
        remedy = "where they are yours: import who they are about with their stripe_customer_id, and send webhooks of"
        return Finding(_EVENTS, "missing", "; ".join(map(_kept_aside, health.aside)), f"{remedy} one mode alone")
    return Finding(_EVENTS, "ok", f"{waits}, and none is kept aside")


def _kept_aside(kept: "KeptAside") -> str:
    about = f" about {kept.accounts} Stripe customers" if kept.accounts > 1 else ""
    return f"{_counted(kept.events)}{about} kept aside, because {kept.problem or 'of what the log says'}"


def _counted(events: int) -> str:
    return "no event" if events == 0 else "1 event" if events == 1 else f"{events} events"
