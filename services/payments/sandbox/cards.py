"""Stripe's documented test cards, and what comes of them (docs.stripe.com/testing).

A number is looked at once, when a card is typed, and never kept: what a stored card will do is found again by its
fingerprint.
"""

import hashlib
from typing import Any, Literal, NamedTuple

from services.payments.sandbox.errors import ApiError, card_error


class Decline(NamedTuple):
    """Why a card is not charged.

    Args:
        decline_code: Stripe's code of what the card's bank says; null: it was not even asked.
        message: the sentence that the cardholder reads.
        code: Stripe's code where no bank was asked; null: it follows from `decline_code`.
    """

    decline_code: str | None
    message: str
    code: str | None = None

    def error(self, **extra: Any) -> ApiError:
        """Return Stripe's 402 for this decline; `extra` joins the error's body (charge, payment_intent, …)."""
        if self.decline_code is None:
            return ApiError(402, "card_error", self.message, code=self.code, **extra)
        return card_error(self.decline_code, self.message, **extra)


class Card(NamedTuple):
    """One test card.

    Args:
        decline: why charges of it fail; None: they succeed.
        attachable: whether a customer can have it; one that is not fails when it is attached already.
        confirmed: when its bank wants the cardholder to confirm a payment (3-D Secure): never, once for all payments
            that follow, or each time.
    """

    number: str
    brand: str
    decline: Decline | None = None
    attachable: bool = True
    funding: str = "credit"
    confirmed: Literal["never", "once", "each time"] = "never"

    @property
    def fingerprint(self) -> str:
        """The name of this number that can be stored: 16 characters, the same for each use."""
        return hashlib.blake2b(self.number.encode(), digest_size=8).hexdigest()

    @property
    def last4(self) -> str:
        """The digits that may be shown."""
        return self.number[-4:]


DECLINED = Decline("generic_decline", "Your card was declined.")
EXPIRED = Decline("expired_card", "Your card has expired.")
_INSUFFICIENT = Decline("insufficient_funds", "Your card has insufficient funds.")
_LOST = Decline("lost_card", "Your card was declined.")
_STOLEN = Decline("stolen_card", "Your card was declined.")
_WRONG_CVC = Decline("incorrect_cvc", "Your card's security code is incorrect.")
_PROCESSING = Decline("processing_error", "An error occurred while processing your card. Try again in a little bit.")
_VELOCITY = Decline(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required", "Your card was declined. This transaction requires authentication."
)
_UNCONFIRMED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)
PAYMENT_UNCONFIRMED = Decline(None, _UNCONFIRMED, "payment_intent_authentication_failure")
SETUP_UNCONFIRMED = Decline(None, _UNCONFIRMED, "setup_intent_authentication_failure")
_NOT_A_TEST_CARD = Decline(
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card.",
)

_BY_TOKEN = {
    "pm_card_visa": Card("4242424242424242", "visa"),
    "pm_card_visa_debit": Card("4000056655665556", "visa", funding="debit"),
    "pm_card_mastercard": Card("5555555555554444", "mastercard"),
    "pm_card_mastercard_debit": Card("5200828282828210", "mastercard", funding="debit"),
    "pm_card_amex": Card("378282246310005", "amex"),
    "pm_card_discover": Card("6011111111111117", "discover"),
    "pm_card_diners": Card("3056930009020004", "diners"),
    "pm_card_jcb": Card("3566002020360505", "jcb"),
    "pm_card_unionpay": Card("6200000000000005", "unionpay"),
    "pm_card_authenticationRequiredOnSetup": Card("4000002500003155", "visa", confirmed="once"),
    "pm_card_authenticationRequired": Card("4000002760003184", "visa", confirmed="each time"),
    "pm_card_chargeCustomerFail": Card("4000000000000341", "visa", DECLINED),
    "pm_card_visa_chargeDeclined": Card("4000000000000002", "visa", DECLINED, attachable=False),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Card("4000000000009995", "visa", _INSUFFICIENT, attachable=False),
    "pm_card_visa_chargeDeclinedLostCard": Card("4000000000009987", "visa", _LOST, attachable=False),
    "pm_card_visa_chargeDeclinedStolenCard": Card("4000000000009979", "visa", _STOLEN, attachable=False),
    "pm_card_chargeDeclinedExpiredCard": Card("4000000000000069", "visa", EXPIRED, attachable=False),
    "pm_card_chargeDeclinedIncorrectCvc": Card("4000000000000127", "visa", _WRONG_CVC, attachable=False),
    "pm_card_chargeDeclinedProcessingError": Card("4000000000000119", "visa", _PROCESSING, attachable=False),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": Card("4000000000006975", "visa", _VELOCITY, attachable=False),
}
_BY_NUMBER = {card.number: card for card in _BY_TOKEN.values()}
_BY_FINGERPRINT = {card.fingerprint: card for card in _BY_TOKEN.values()}


def by_token(token: str) -> Card | None:
    """Return the card behind one of Stripe's test tokens (`pm_card_visa`), or None."""
    return _BY_TOKEN.get(token)


def by_fingerprint(fingerprint: str) -> Card:
    """Return the test card that a stored card is."""
    return _BY_FINGERPRINT[fingerprint]


def by_number(number: str) -> Card:
    """Return the test card with this number, spaces and dashes aside.

    Raises:
        ApiError: 402, when it is no card number, or a real card's: the sandbox takes test cards only.
    """
    digits = number.replace(" ", "").replace("-", "")
    if card := _BY_NUMBER.get(digits):
        return card
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and _checks(digits)):
        raise Decline("incorrect_number", "Your card number is incorrect.").error(param="number")
    raise _NOT_A_TEST_CARD.error()


def _checks(digits: str) -> bool:
    """Return whether the last digit is the one that Luhn's sum (ISO/IEC 7812-1) asks for."""
    doubled = [
        int(digit) if place % 2 == 0 else sum(divmod(2 * int(digit), 10)) for place, digit in enumerate(digits[::-1])
    ]
    return sum(doubled) % 10 == 0
