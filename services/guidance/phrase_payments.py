"""advice → Markdown: the plan and what is used of it, how the customer pays, invoices, and links to hand over."""

from collections.abc import Collection, Iterator

from services.contract.types import Resource
from services.contract.wording import LEVEL_TITLES, RESOURCE_TITLES, capital, join
from services.guidance.model import Advice, Facts, PaymentLink
from services.guidance.references import ref

_ABOUT_PLAN = ("usage close to limit", "usage at limit", "nodes lag")


def plan(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield which plan the customer has, what comes of it, what is used of it, and who can change it."""
    stands = plan_stands(facts)
    yield (
        f"{ref('customer.name')}: {stands}"
        if stands
        else f"{ref('customer.name')} has neither a plan nor a subscription."
    )
    yield from meters(facts)
    stems = [stem for stem in facts.numbered("notice") if facts[f"{stem}.about"].value in _ABOUT_PLAN]
    yield from worth_knowing(advice, stems)
    yield "No action here changes a plan: the customer buys or changes it on Stripe's pages, from the Billing page."


def plan_stands(facts: Facts) -> str:
    """Return the plan and what comes of it; nothing where there is none."""
    if "plan.name" not in facts:
        tier = "billing.usage_tier"
        return f"no subscription; the usage tier is **{ref(tier)}**." if tier in facts else ""
    price = f"{ref('plan.amount')} {ref('plan.interval')}"
    text = f"**{ref('plan.name')}**, {price}, subscription **{ref('plan.status')}**."
    if "plan.ends_at" in facts:
        return f"{text} It ends on {ref('plan.ends_at')}, and no plan follows it."
    if "plan.changes_at" in facts:
        return f"{text} From {ref('plan.changes_at')} on: {ref('plan.next_name')}."
    return f"{text} The period ends on {ref('plan.period_end')}, and the plan goes on."


def meters(facts: Facts) -> Iterator[str]:
    """Yield what is used of what the plan includes; nothing where nothing is limited."""
    lines = [_meter(resource, facts) for resource in Resource if f"usage.{resource}.limit" in facts]
    if lines:
        yield bullets(lines)


def _meter(resource: Resource, facts: Facts) -> str:
    stem = f"usage.{resource}"
    used = f"{ref(f'{stem}.used')} of {ref(f'{stem}.limit')} ({ref(f'{stem}.percent')})"
    # Beyond its limit or near to it, a plan's resource stands out among the others.
    level = f"{stem}.level"
    said = ref(level) if facts[level].value == LEVEL_TITLES["ok"] else f"**{ref(level)}**"
    return f"{capital(RESOURCE_TITLES[resource])}: {used}, {said}"


def worth_knowing(advice: Advice, notices: Collection[str]) -> Iterator[str]:
    """Yield that the plan is at risk, where it is, and these notices; nothing where there is nothing to know."""
    lines = [at_risk()] if advice.subscription_at_risk else []
    lines += [ref(f"{stem}.text") for stem in notices]
    if lines:
        yield f"Worth knowing:\n\n{bullets(lines)}"


def at_risk() -> str:
    """Return that the subscription is live and not paid, or paused."""
    return f"The subscription to {ref('plan.name')} is **{ref('plan.status')}**, so the plan is at risk."


def payment(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield how the customer pays, which invoices are open or overdue, and which links can be handed over."""
    yield f"{ref('customer.name')}: payment rail **{ref('billing.payment_rail')}**, {payment_stands(facts)}"
    if advice.subscription_at_risk:
        yield at_risk()
    if facts["invoices.open.count"].value == "0":
        yield f"Open invoices: {ref('invoices.open.count')}, so none waits to be paid."
    else:
        yield bullets([*invoice_totals(facts), *(_invoice(stem, facts) for stem in facts.numbered("invoice"))])
    if "invoice.omitted" in facts:
        yield f"{ref('invoice.omitted')} further open invoices are not named here."
    yield "No action here collects or refunds money; invoices are settled by the customer or by finance."
    if advice.links:
        yield " ".join(hand_over(advice.links, facts))


def payment_stands(facts: Facts) -> str:
    """Return what is on file, where the payment setup stands, and whether invoices are collected by themselves."""
    method = "payment method on file: "
    if "payment.method" in facts:
        expires = f" (expires {ref('payment.method_expires')})" if "payment.method_expires" in facts else ""
        method += f"{ref('payment.method')}{expires}"
    else:
        method += ref("billing.payment_method_on_file")
    setup = f", payment setup: {ref('payment.setup')}" if "payment.setup" in facts else ""
    return f"{method}{setup}, automatic collection: {ref('billing.automatic_collection')}."


def hand_over(links: Collection[PaymentLink], facts: Facts, *, overdue: bool = False) -> Iterator[str]:
    """Yield how the operator hands each link over; nothing here opens one.

    Args:
        overdue: of the invoices, name those alone that are past their due date.
    """
    if PaymentLink.PAY_INVOICE in links:
        stems = [stem for stem in facts.numbered("invoice") if facts[f"{stem}.payable"].value == "yes"]
        named = [ref(f"{stem}.number") for stem in stems if not overdue or f"{stem}.overdue" in facts]
        noun = "links" if len(named) > 1 else "link"
        which = f" of {join(named)}" if named else ""
        yield f"The customer pays on Stripe's page: hand over the payment {noun}{which} from the Billing page, `F3`."
    if PaymentLink.SET_UP_PAYMENT in links:
        yield (
            "The customer registers a payment method on Stripe's page: hand over the setup link from the Billing page, "
            "`F3`."
        )
        if "payment.setup_open_until" in facts:
            yield f"A setup page is open until {ref('payment.setup_open_until')}."


def invoice_totals(facts: Facts) -> Iterator[str]:
    """Yield how many invoices are open and overdue, and their totals by currency."""
    for name in ("open", "overdue"):
        totals = [ref(key) for key in _totals(name, facts)]
        amount = f", {' and '.join(totals)}" if totals else ""
        yield f"{name.capitalize()} invoices: {ref(f'invoices.{name}.count')}{amount}"


def _totals(name: str, facts: Facts) -> list[str]:
    return [fact.key for fact in facts if fact.key.startswith(f"invoices.{name}.total.")]


def _invoice(stem: str, facts: Facts) -> str:
    text = f"Invoice {ref(f'{stem}.number')}: {ref(f'{stem}.amount')}"
    if f"{stem}.due" in facts:
        text += f", due {ref(f'{stem}.due')}"
    if f"{stem}.overdue" in facts:
        text += f", **overdue for {ref(f'{stem}.overdue')}**"
    return f"{text}, has a payment link" if facts[f"{stem}.payable"].value == "yes" else text


def bullets(lines: Collection[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {line}" for line in lines)
