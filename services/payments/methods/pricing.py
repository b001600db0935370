"""The plans side by side, with what Stripe asks for them. Prices are asked for once an hour, or when Stripe tells."""

from datetime import timedelta

from services.contract.errors import Refused
from services.contract.requests import ListPlans
from services.contract.views import Change, PlanList, PlanPreviewView
from services.contract.wording import money
from services.payments import prices_store
from services.payments.accounts import account_of
from services.payments.calls import PaymentCall
from services.payments.mirror.effects import counting
from services.payments.plan_changes import checkout_refusal, currency_refusal, plan_named, plan_view
from services.payments.port import Charges
from services.payments.prices_store import KnownPrices

_PRICES_LAST = timedelta(hours=1)


async def known_prices(call: PaymentCall) -> KnownPrices:
    """Return the prices of all plans, asked for again after an hour.

    Raises:
        Refused: what the provider's port names.
    """
    known = await call.read(prices_store.load)
    if known.fetched_at is not None and call.context.now - known.fetched_at < _PRICES_LAST:
        return known
    keys = call.context.policy.plans.lookup_keys
    found = await call.provider.prices(keys) if keys else ()
    if not call.read_only:
        await call.transact(lambda conn: prices_store.replace(conn, found, call.context.now))
    return KnownPrices({price.lookup_key: price for price in found}, call.context.now)


async def list_plans(call: PaymentCall, request: ListPlans) -> PlanList:
    """Return all plans, and what each would change; where Stripe cannot be asked, with what it last said, and why.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`; with `plan` also `PLAN_NOT_FOUND`, and why it cannot be bought so.
    """
    facts = await call.facts(request.customer_id)
    plans = call.context.policy.plans
    problem = None
    try:
        prices = await known_prices(call)
    except Refused as refused:
        problem = refused.message
        prices = await call.read(prices_store.load)
    preview = None if request.plan is None else await _preview(call, request, request.plan, prices)
    return PlanList(
        plans=[plan_view(facts, plan, plans, prices.by_key) for plan in plans.offered],
        current=facts.billing.usage_tier,
        priced_at=prices.fetched_at,
        problem=problem,
        preview=preview,
    )


async def _preview(call: PaymentCall, request: ListPlans, slug: str, prices: KnownPrices) -> PlanPreviewView | None:
    facts = await call.facts(request.customer_id)
    plans = call.context.policy.plans
    plan = plan_named(slug, plans)
    key = plan.lookup_key(request.interval)
    price = None if key is None else prices.by_key.get(key)
    if price is None:
        return None
    if checkout_refusal(facts, plan, request.interval, plans) or currency_refusal(facts, plan, price.currency):
        return None
    account_id = account_of(facts)
    if account_id is None:  # Stripe does not know them yet: there is nothing that could be credited
        first = Change(label=f"{plan.name}, first period", before="", after=money(price.amount, price.currency))
        return _shown(request, slug, price.currency, price.amount, price.amount, [first])
    replaced = counting(await call.provider.live_subscriptions(account_id))
    charges = await call.provider.charges_for(account_id, replaced, price.price_id)
    credit = -sum(line.amount for line in charges.lines if line.proration)
    total = sum(line.amount for line in charges.lines)
    return _shown(request, slug, charges.currency, charges.due_now, total, _lines(charges), max(credit, 0))


def _lines(charges: Charges) -> list[Change]:
    return [
        Change(label=line.description, before="", after=money(line.amount, line.currency)) for line in charges.lines
    ]


def _shown(
    request: ListPlans, slug: str, currency: str, due_now: int, total: int, lines: list[Change], credit: int = 0
) -> PlanPreviewView:
    said = (
        f"{money(due_now, currency)} is due when it is bought."
        if due_now >= 0
        else f"{money(-due_now, currency)} is credited to coming invoices."
    )
    if credit:
        said += f" What is left of the present period, {money(credit, currency)}, is credited to coming invoices."
    return PlanPreviewView(
        plan=slug, interval=request.interval, currency=currency, due_now=due_now, total=total, lines=lines, text=said
    )
