"""The customer-safe reply: what an operator may copy into a message to the customer.

It says what the customer can do. It names no internal reference, no reason and no key, and promises nothing.
"""

from services.guidance.checking.emphasis import with_dash, without_emphasis
from services.guidance.collection import owed_for_plan
from services.guidance.model import Advice, CustomerStep, Facts, PaymentLink, Unpaid
from services.guidance.offers import Way
from services.guidance.references import fill_plain, ref

HEADING = "**Customer-safe next steps**"

_SENTENCES = {
    CustomerStep.CHOOSE_PAYMENT_RAIL: "Please tell us how you would like to pay: by invoice, by card or prepaid.",
    CustomerStep.CONFIRM_COMMERCIAL_REFERENCE: "Please send us the purchase order or agreement behind your invoices.",
    CustomerStep.ADD_PAYMENT_METHOD: "Please add a payment method in your billing settings.",
    CustomerStep.TOP_UP: "Your prepaid balance is used up. Please top it up in your billing settings.",
    CustomerStep.TRY_ANOTHER_CARD: "Please try another card, or ask your bank about the one that did not work.",
    CustomerStep.RETRY_PROVISIONING: "Once we have confirmed that billing is cleared, please retry provisioning.",
    CustomerStep.RETRY_MANAGED_AI: "Once we have confirmed that billing is cleared, please try managed AI again.",
    CustomerStep.RETRY: "We see nothing in your billing that stops you at the moment. If something did not work, "
    "please retry; if it fails again, send us the time and the message you saw.",
}
_PLANS = {
    Way.HAS: "You have the plan {} already.",
    Way.FOLLOWS: "The plan {} follows your current one.",
    Way.CONTRACT: "The plan {} is by contract: please tell us what you need of it.",
    Way.PORTAL: "You can choose the plan {} in the customer portal; it begins when your current period ends.",
    Way.CHECKOUT: "You can choose the plan {} in your billing settings; it begins when you have paid for it.",
}


def customer_reply(advice: Advice, facts: Facts) -> str:
    """Return the reply as a Markdown quotation."""
    paragraphs = [f"Hello {ref('customer.name')},"]
    for step in advice.customer_steps:
        if step is CustomerStep.PAY_INVOICES:
            paragraphs += _overdue_invoices(facts)
        elif step is CustomerStep.PAY_FOR_PLAN:
            paragraphs += _unpaid_plan(advice, facts)
        elif step is CustomerStep.CHOOSE_PLAN:
            paragraphs += [_PLANS[Way(facts[f"{s}.way"].value)].format(ref(f"{s}.name")) for s in advice.offers]
        elif step is CustomerStep.ADD_PAYMENT_METHOD and PaymentLink.SET_UP_PAYMENT in advice.links:
            paragraphs.append("Please add a payment method, in your billing settings or through the setup link.")
        else:
            paragraphs.append(_SENTENCES[step])
    return "\n>\n".join(f"> {paragraph}" for paragraph in paragraphs)


def _overdue_invoices(facts: Facts) -> list[str]:
    stems = [stem for stem in facts.numbered("invoice") if f"{stem}.overdue" in facts]
    return ["Please pay what is past its due date:", *(_invoice(stem, facts) for stem in stems)]


def _unpaid_plan(advice: Advice, facts: Facts) -> list[str]:
    """Return what to pay for the plan, and with what else where a card failed."""
    by_card = advice.unpaid is Unpaid.COLLECTION_FAILED
    why = "The last payment for your plan failed." if by_card else "Your plan is not paid."
    stems = owed_for_plan(facts)
    what = "its invoice" if not stems else "this invoice" if len(stems) == 1 else "these invoices"
    how = f"Please register another card in your billing settings, or pay {what}" if by_card else f"Please pay {what}"
    return [f"{why} {how}{':' if stems else '.'}", *(_invoice(stem, facts) for stem in stems)]


def _invoice(stem: str, facts: Facts) -> str:
    text = f"- Invoice {ref(f'{stem}.number')}: {ref(f'{stem}.amount')}"
    if f"{stem}.due" in facts:
        text += f", due {ref(f'{stem}.due')}"
    return f"{text}, payable by its link" if facts[f"{stem}.payable"].value == "yes" else text


def plain_reply(template: str, facts: Facts) -> str | None:
    """Return what an answer's template says to the customer, as plain text to paste; null where it says nothing."""
    _, heading, rest = template.partition(HEADING)
    lines = []
    for line in rest.strip().splitlines():
        if not line.startswith(">"):
            break
        lines.append(without_emphasis(with_dash(line.removeprefix(">").removeprefix(" "))))
    text = fill_plain("\n".join(lines), facts).strip()
    return text if heading and text else None
