"""What to do when a card's bank says no, by Stripe's decline codes.

Source: docs.stripe.com/declines/codes. Of a card that is reported lost or stolen, or a payment that is taken for fraud,
the cardholder is to be told no more than that it was declined.
"""

_ASK_BANK = "ask the bank that issued it why, or use another card"
_ANOTHER = "use another card"
_CHECK = "check what was typed, or use another card"
_LATER = "try again in a few minutes, or use another card"
_CONFIRM = "try again, and confirm the payment with the bank when it asks"
_TEST_CARD = "use one of Stripe's test cards with a test key, and a real card with a live one"

_ADVICE = {
    "approve_with_id": _LATER,
    "authentication_not_handled": _CONFIRM,
    "authentication_required": _CONFIRM,
    "call_issuer": _ASK_BANK,
    "card_not_supported": "ask the bank whether this card takes online payments, or use another card",
    "card_velocity_exceeded": "its limit of payments is reached: wait, ask the bank, or use another card",
    "currency_not_supported": "ask the bank whether this card takes the currency, or use another card",
    "do_not_honor": _ASK_BANK,
    "do_not_try_again": _ASK_BANK,
    "duplicate_transaction": "see whether this was paid already before paying again",
    "expired_card": _ANOTHER,
    "fraudulent": _ASK_BANK,
    "generic_decline": _ASK_BANK,
    "highest_risk_level": _ANOTHER,
    "incorrect_address": "check the billing address, or use another card",
    "incorrect_cvc": _CHECK,
    "incorrect_number": _CHECK,
    "incorrect_pin": _CHECK,
    "incorrect_zip": "check the postal code, or use another card",
    "insufficient_funds": "see that there is enough on it, or use another card",
    "invalid_account": _ASK_BANK,
    "invalid_amount": "ask the bank whether this amount may be paid with it, or use another card",
    "invalid_cvc": _CHECK,
    "invalid_expiry_month": _CHECK,
    "invalid_expiry_year": _CHECK,
    "invalid_number": _CHECK,
    "invalid_pin": _CHECK,
    "issuer_not_available": _LATER,
    "live_mode_test_card": _TEST_CARD,
    "lost_card": _ASK_BANK,
    "merchant_blacklist": _ASK_BANK,
    "mobile_device_authentication_required": _CONFIRM,
    "new_account_information_available": _ASK_BANK,
    "no_action_taken": _ASK_BANK,
    "not_permitted": _ASK_BANK,
    "offline_pin_required": _ANOTHER,
    "online_or_offline_pin_required": _ANOTHER,
    "pickup_card": _ASK_BANK,
    "pin_try_exceeded": _ANOTHER,
    "processing_error": _LATER,
    "reenter_transaction": _LATER,
    "restricted_card": _ASK_BANK,
    "revocation_of_all_authorizations": _ASK_BANK,
    "revocation_of_authorization": _ASK_BANK,
    "security_violation": _ASK_BANK,
    "service_not_allowed": _ASK_BANK,
    "stolen_card": _ASK_BANK,
    "stop_payment_order": _ASK_BANK,
    "testmode_decline": _TEST_CARD,
    "test_mode_live_card": _TEST_CARD,
    "transaction_not_allowed": _ASK_BANK,
    "try_again_later": _LATER,
    "withdrawal_count_limit_exceeded": "its limit is reached: wait, ask the bank, or use another card",
    "invoice_payment_intent_requires_action": _CONFIRM,
    "payment_intent_authentication_failure": _CONFIRM,
    "setup_intent_authentication_failure": _CONFIRM,
}

_NO_WORDS = "The card was declined"
_LONGEST = 250  # of a sentence of Stripe's; its longest ones have half of that


def advice(decline_code: str | None) -> str:
    """Return what to do about a decline, as the end of a sentence; for a code that is not known, what always helps."""
    return _ADVICE.get(decline_code or "", _ASK_BANK)


def decline_sentence(said: str, decline_code: str | None) -> str:
    """Return Stripe's sentence for the cardholder and what to do about it, as one."""
    return f"{said.rstrip('. ')[:_LONGEST] or _NO_WORDS}: {advice(decline_code)}."
