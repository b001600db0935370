"""Every way in which Stripe can fail, as one of the refusals that the port names."""

from typing import Any

import pytest
import stripe

from services.contract.errors import Code, Refused
from services.payments.gateway import faults
from services.payments.gateway.declines import _ADVICE, decline_sentence

KEY = "sk_live_51HverysecretKEY"


def body(message: str = "No.", **fields: Any) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "message": message} | fields}


def invalid(message: str, status: int = 400, **fields: Any) -> stripe.InvalidRequestError:
    given = body(message, **fields)
    return stripe.InvalidRequestError(  # type: ignore[no-untyped-call]
        message, fields.get("param"), fields.get("code"), "", status, given, {"request-id": "req_1"}
    )


def declined(message: str | None, decline_code: str | None) -> stripe.CardError:
    code = "card_declined"
    given = body(message or "", type="card_error", code=code, decline_code=decline_code)
    return stripe.CardError(message, None, code, "", 402, given)  # type: ignore[no-untyped-call]


DOWN: stripe.StripeError = stripe.APIConnectionError("down")  # type: ignore[no-untyped-call]
STATED: list[tuple[stripe.StripeError, Code, str, str]] = [
    (DOWN, Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "did not answer"),
    (stripe.RateLimitError("slow", "", 429, body()), Code.RESOURCE_EXHAUSTED, "PAYMENTS_BUSY", "too much at once"),
    (stripe.APIError("oh", "", 500, body(type="api_error")), Code.UNAVAILABLE, "PAYMENTS_FAILED", "could not do it"),
    (stripe.APIError("<html>", "", 502), Code.UNAVAILABLE, "PAYMENTS_FAILED", "STRIPE_API_BASE"),
    (stripe.AuthenticationError("key", "", 401, body()), Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", "API keys"),
    (
        stripe.AuthenticationError("key", "", 401, body(code="api_key_expired")),
        Code.UNAVAILABLE,
        "PAYMENTS_NOT_CONFIGURED",
        "expired",
    ),
    (stripe.PermissionError("no", "", 403, body()), Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", "permission"),
    (stripe.IdempotencyError("keys", "", 400, body()), Code.FAILED_PRECONDITION, "PAYMENTS_REFUSED", "begin again"),
    (
        invalid("No such price: 'price_1'", 400, code="resource_missing", param="price"),
        Code.NOT_FOUND,
        "PAYMENTS_OBJECT_GONE",
        "this price",
    ),
    (
        invalid("No such checkout.session: cs_1", 404, code="resource_missing", param="session"),
        Code.NOT_FOUND,
        "PAYMENTS_OBJECT_GONE",
        "this checkout session",
    ),
    (invalid("Unrecognized request URL", 404), Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", "STRIPE_API_BASE"),
    (
        invalid(
            "No such customer: 'cus_1'; a similar object exists in live mode, but a test mode key was used to make"
            " this request.",
            404,
            code="resource_missing",
        ),
        Code.UNAVAILABLE,
        "PAYMENTS_NOT_CONFIGURED",
        "made in live mode",
    ),
    (invalid("Modes.", code="livemode_mismatch"), Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", "use the key of that"),
    (
        invalid("The price specified is inactive. This field only accepts active prices."),
        Code.FAILED_PRECONDITION,
        "PAYMENTS_REFUSED",
        "The price specified is inactive",
    ),
    (invalid(""), Code.FAILED_PRECONDITION, "PAYMENTS_REFUSED", "does not say why"),
    (stripe.StripeError("what?"), Code.UNAVAILABLE, "PAYMENTS_FAILED", "STRIPE_API_BASE"),
]


@pytest.mark.parametrize(("error", "code", "reason", "words"), STATED)
def test_every_failure_is_one_of_the_ports_with_a_sentence(
    error: stripe.StripeError, code: Code, reason: str, words: str
) -> None:
    refused = faults.refusal_of(error)

    assert (refused.code, refused.reason) == (code, reason)
    assert words in refused.message
    assert refused.message.endswith(".")


@pytest.mark.parametrize("decline_code", sorted(_ADVICE))
def test_a_decline_keeps_stripes_words_and_code_and_says_what_to_do(decline_code: str) -> None:
    refused = faults.refusal_of(declined("Your card was declined.", decline_code))

    assert (refused.code, refused.reason) == (Code.FAILED_PRECONDITION, "CARD_DECLINED")
    assert refused.details == {
        "code": "card_declined",
        "decline_code": decline_code,
        "user_message": "Your card was declined.",
    }
    assert refused.message == f"Your card was declined: {_ADVICE[decline_code]}."


def test_a_decline_that_nobody_knows_still_has_a_sentence() -> None:
    assert decline_sentence("", None) == (
        "The card was declined: ask the bank that issued it why, or use another card."
    )
    assert faults.refusal_of(declined(None, "new_in_2031")).details["decline_code"] == "new_in_2031"
    assert faults.refusal_of(declined("No.", None)).details["decline_code"] == "card_declined"


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("999999999", 86_400.0), ("soon", None), ("9" * 5_000, None)])
def test_busy_says_how_long_to_wait_where_that_is_known(header: str, wait: float | None) -> None:
    refused = faults.refusal_of(stripe.RateLimitError("slow", "", 429, body(), {"retry-after": header}))

    assert refused.details.get("retry_after") == wait


def test_what_stripe_says_is_cleaned_and_cut() -> None:
    refused = faults.refusal_of(invalid("\x1b[31mred\u202e" + "x" * 2_000))

    assert "\x1b" not in refused.message
    assert "\u202e" not in refused.message
    assert len(refused.message) < 500


@pytest.mark.parametrize("secret", [KEY, "rk_test_abc123", "whsec_abc123", "sk_live_****cdef"])
def test_no_key_that_stripe_repeats_gets_into_a_refusal(secret: str) -> None:
    for error in (
        invalid(f"You used {secret} here.", param=secret),
        declined(f"Declined with {secret}.", secret),
        stripe.AuthenticationError(f"Invalid API Key provided: {secret}", "", 401, body(secret)),
        stripe.APIError(secret, secret, 500, body(secret, type=secret)),
    ):
        refused: Refused = faults.refusal_of(error)

        assert secret not in f"{refused.as_dict()}"


def test_a_body_that_is_none_of_stripes_is_no_reason_to_fail() -> None:
    odd_ones: list[object] = [None, [], "no", {"error": "no"}, {"error": {"code": 7, "decline_code": ["x"]}}]
    for odd in odd_ones:
        error = stripe.CardError("No.", None, None, "", 402, odd)  # type: ignore[no-untyped-call]
        assert faults.refusal_of(error).reason == "CARD_DECLINED"
