"""The customer-safe reply: what an operator may copy into a message to the customer.

It says what the customer can do. It names no internal reference, no reason and no key, and promises nothing.
"""

from services.guidance.checking.emphasis import with_dash, without_emphasis
from services.guidance.model import Advice, CustomerStep, Facts, PaymentLink
from services.guidance.references import fill_plain, ref

HEADING = "**Customer-safe next steps**"

_SENTENCES = {
    CustomerStep.CHOOSE_PAYMENT_RAIL: "Please tell us how you would like to pay: by invoice, by card or prepaid.",
    CustomerStep.CONFIRM_COMMERCIAL_REFERENCE: "Please send us the purchase order or agreement behind your invoices.",
    CustomerStep.ADD_PAYMENT_METHOD: "Please add a payment method in your billing settings.",
    CustomerStep.TOP_UP: "Your prepaid balance is used up. Please top it up in your billing settings.",
    CustomerStep.RETRY_PROVISIONING: "Once we have confirmed that billing is cleared, please retry provisioning.",
    CustomerStep.RETRY_MANAGED_AI: "Once we have confirmed that billing is cleared, please try managed AI again.",
    CustomerStep.RETRY: "We see nothing in your billing that stops you at the moment. If something did not work, "
    "please retry; if it fails again, send us the time and the message you saw.",
}


def customer_reply(advice: Advice, facts: Facts) -> str:
    """Return the reply as a Markdown quotation."""
    paragraphs = [f"Hello {ref('customer.name')},"]
    for step in advice.customer_steps:
        if step is CustomerStep.PAY_INVOICES:
            paragraphs += _overdue_invoices(facts)
        elif step is CustomerStep.ADD_PAYMENT_METHOD and PaymentLink.SET_UP_PAYMENT in advice.links:
            paragraphs.append("Please add a payment method, in your billing settings or through the setup link.")
        else:
            paragraphs.append(_SENTENCES[step])
    return "\n>\n".join(f"> {paragraph}" for paragraph in paragraphs)


def _overdue_invoices(facts: Facts) -> list[str]:
    stems = [stem for stem in facts.numbered("invoice") if f"{stem}.overdue" in facts]
    return ["Please pay what is past its due date:", *(_overdue_invoice(stem, facts) for stem in stems)]


def _overdue_invoice(stem: str, facts: Facts) -> str:
    text = f"- Invoice {ref(f'{stem}.number')}: {ref(f'{stem}.amount')}, due {ref(f'{stem}.due')}"
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
