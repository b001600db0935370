"""Payment methods of cards as they are typed, and of the cards behind Stripe's test tokens."""

from datetime import UTC, datetime

from services.payments.sandbox import cards
from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.resources.params import Address
from services.payments.sandbox.world import Object, World

_TOKEN_YEARS = 4  # how long the card behind a test token is valid
_LONGEST_YEARS = 50


def typed(world: World, number: str, exp_month: int, exp_year: int) -> Object:
    """Return a card as a person typed it, as a payment method of nobody that is recorded nowhere yet.

    Args:
        exp_year: with four digits or two.

    Raises:
        ApiError: 402, for a number that is no test card's, and for an expiry that cannot be.
    """
    card = cards.by_number(number)
    year = exp_year + 2000 if exp_year < 100 else exp_year
    if not 1 <= exp_month <= 12:
        raise _unusable("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    if is_over(world, exp_month, year) or year > _year(world) + _LONGEST_YEARS:
        raise _unusable("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    return _payment_method(world, card, exp_month, year)


def _unusable(code: str, message: str, param: str) -> ApiError:
    return ApiError(402, "card_error", message, code=code, param=param)


def is_over(world: World, exp_month: int, exp_year: int) -> bool:
    """Return whether a card's last month is over."""
    now = datetime.fromtimestamp(world.now, UTC)
    return (exp_year, exp_month) < (now.year, now.month)


def of_token(world: World, card: cards.Card) -> Object:
    """Return the card behind a test token, as a payment method of nobody that is recorded nowhere yet."""
    return _payment_method(world, card, 12, _year(world) + _TOKEN_YEARS)


def _year(world: World) -> int:
    return datetime.fromtimestamp(world.now, UTC).year


def _payment_method(world: World, card: cards.Card, exp_month: int, exp_year: int) -> Object:
    return {
        "id": world.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": dict.fromkeys(Address.__struct_fields__), "email": None, "name": None}
        | {"phone": None, "tax_id": None},
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": exp_month,
            "exp_year": exp_year,
            "fingerprint": card.fingerprint,
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": world.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
