"""What a person typed as a card, read with the mercy of a good form: spaces, hyphens, `1/30`, `01 / 2030`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from services.contract.text import clean
from services.payments.sandbox.resources.payment_methods import BillingDetails, CardNumber, NewPaymentMethod

TEST_CARDS = (
    ("4242 4242 4242 4242", "pays"),
    ("5555 5555 5555 4444", "pays, Mastercard"),
    ("4000 0025 0000 3155", "asks to confirm, once"),
    ("4000 0000 0000 0341", "kept, then declined"),
    ("4000 0000 0000 0002", "declined"),
    ("4000 0000 0000 9995", "no funds"),
    ("4000 0000 0000 0069", "expired"),
    ("4000 0000 0000 0127", "wrong CVC"),
)
"""The cards that each form offers to copy, and what comes of them; `cards` knows more."""

_NUMBER = re.compile(r"\d{12,19}", re.ASCII)  # ISO/IEC 7812: at most 19 digits; no brand in use has fewer than 12
_EXPIRY = re.compile(r"(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})", re.ASCII)
_CVC = re.compile(r"\d{3,4}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KEPT = ("email", "expiry", "name")


class UnreadableForm(Exception):
    """Some fields cannot be read: `problems` has a sentence for each of them."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def read_card(form: Mapping[str, str], now: int, *, asks_email: bool = False) -> NewPaymentMethod:
    """Return the card in a form.

    Args:
        now: unix seconds; a card is good through the last day of its month.
        asks_email: whether the form has a field for the owner's e-mail address.

    Raises:
        UnreadableForm: with a sentence for each field that is empty or wrong.
    """
    typed = {name: clean(value) for name, value in form.items()}
    number = re.sub(r"[\s-]", "", typed.get("number", ""))
    expiry = _EXPIRY.fullmatch(typed.get("expiry", ""))
    month, year = (int(expiry[1]), int(expiry[2]) % 100 + 2000) if expiry else (0, 0)
    today = datetime.fromtimestamp(now, UTC)
    cvc, name, email = (typed.get(field, "") for field in ("cvc", "name", "email"))
    problems = {
        "email": asks_email and not _EMAIL.fullmatch(email) and "Type an e-mail address, like ada@example.com.",
        "number": not _NUMBER.fullmatch(number) and "Type the whole card number.",
        "expiry": (not 1 <= month <= 12 and "Type month and year, like 04 / 30.")
        or ((year, month) < (today.year, today.month) and "This date has passed."),
        "cvc": not _CVC.fullmatch(cvc) and "Type the 3 or 4 digits.",
        "name": not name and "Type the name on the card.",
    }
    if found := {field: sentence for field, sentence in problems.items() if sentence}:
        raise UnreadableForm(found)
    return NewPaymentMethod(
        type="card",
        card=CardNumber(number=number, exp_month=month, exp_year=year, cvc=cvc),
        billing_details=BillingDetails(name=name, email=email if asks_email else None),
    )


def kept_values(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form shows again after a refusal: never the number nor the CVC."""
    return {name: form[name] for name in _KEPT if name in form}
