"""advice → Markdown: how the customer pays, invoices, cards that were declined, and links to hand over."""

from collections.abc import Collection, Iterator

from services.contract.wording import join
from services.guidance.collection import Collected, owed_for_plan
from services.guidance.model import Advice, Facts, PaymentLink
from services.guidance.references import ref


def payment(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield how the customer pays, which invoices are open or overdue, and which links can be handed over."""
    yield f"{ref('customer.name')}: payment rail **{ref('billing.payment_rail')}**, {payment_stands(facts)}"
    if facts["invoices.open.count"].value == "0":
        yield f"Open invoices: {ref('invoices.open.count')}, so none waits to be paid."
    else:
        yield bullets([*invoice_totals(facts), *(_invoice(stem, facts) for stem in facts.numbered("invoice"))])
    if "invoice.omitted" in facts:
        yield f"{ref('invoice.omitted')} further open invoices are not named here."
    yield "No action here collects or refunds money; invoices are settled by the customer or by finance."
    if advice.links:
        yield " ".join(hand_over(advice.links, facts))


def declined(advice: Advice, facts: Facts) -> Iterator[str]:  # noqa: ARG001  # every section has the same shape
    """Yield where the reasons of a decline stand, which are no facts here, and what the customer can try."""
    yield f"{ref('customer.name')}: {payment_stands(facts)}"
    owed = join([f"{ref(f'{stem}.number')} over {ref(f'{stem}.amount')}" for stem in owed_for_plan(facts)] or [""])
    where = f" Look at {owed} first." if owed else ""
    yield (
        "This chat does not know why. Stripe's attempts to collect an invoice and its reasons stand in the invoice's "
        f"detail on the Billing page, `F3`.{where} Declines on a Checkout page are not recorded here."
    )
    yield "What helps: the customer tries another card, or asks the bank about the one that did not work."


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
        stems = [stem for stem in facts.numbered("invoice") if _is_handed_over(stem, facts)]
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


def _is_handed_over(stem: str, facts: Facts) -> bool:
    by_itself = facts[f"{stem}.collection"].value == Collected.BY_STRIPE
    return facts[f"{stem}.payable"].value == "yes" and not by_itself


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
    if facts[f"{stem}.collection"].value != Collected.BY_HAND:
        text += f", collection: {ref(f'{stem}.collection')}"
    return f"{text}, has a payment link" if _is_handed_over(stem, facts) else text


def bullets(lines: Collection[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {line}" for line in lines)
