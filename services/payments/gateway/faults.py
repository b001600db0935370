"""How Stripe fails, in the closed set that `port` names. Importing this loads Stripe's library (110–140 ms).

What Stripe says is quoted where a person can use it, and never with a key in it.
"""

import re
from typing import Any

import stripe

from services.contract.errors import Code, Refused
from services.contract.text import clean
from services.payments.gateway.declines import decline_sentence

_SECRET = re.compile(r"\b(?:[rsp]k_(?:test|live)_|whsec_)[A-Za-z0-9*_.-]*")
_NO_SUCH = re.compile(r"No such ([a-z][a-z_. ]{0,40}):")
_OTHER_MODE = re.compile(r"a similar object exists in (live|test) mode")
_LONGEST_SENTENCE = 400
_LONGEST_WAIT = 86_400
_REPEAT = "try again in a moment; nothing is done twice"


class UnreadableAnswer(ValueError):
    """What answered did not answer as Stripe does."""


def refusal_of(error: stripe.StripeError) -> Refused:
    """Return what a failure of the library means to a person."""
    said = _said(error)
    match error:
        case stripe.APIConnectionError():
            return unreachable()
        case stripe.RateLimitError():
            wait = _retry_after(error)
            details = _about(error) | ({} if wait is None else {"retry_after": wait})
            sentence = "Stripe is asked too much at once: try again in a moment."
            return Refused(Code.RESOURCE_EXHAUSTED, "PAYMENTS_BUSY", sentence, details)
        case stripe.CardError():
            return _declined(error, said)
        case stripe.AuthenticationError():
            return _not_configured(f"Stripe does not take STRIPE_SECRET_KEY: {_key_advice(error)}.", error)
        case stripe.PermissionError():
            sentence = "STRIPE_SECRET_KEY may not do this: give the key the permission in Stripe, or use another one."
            return _not_configured(sentence, error)
        case stripe.IdempotencyError():
            sentence = "This was asked of Stripe before, with other particulars: begin again."
            return _precondition("PAYMENTS_REFUSED", sentence, _about(error))
        case stripe.InvalidRequestError():
            return _invalid(error, said)
    return failed(error)


def unreachable() -> Refused:
    """Return the refusal where nobody answered, or not in time."""
    return Refused(Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", f"Stripe did not answer: {_REPEAT}.")


def failed(error: stripe.StripeError | None = None) -> Refused:
    """Return the refusal where Stripe failed, or something answered that is not Stripe."""
    if error is None or not _code(error, "type"):
        sentence = "What answers for Stripe does not answer as Stripe does: check STRIPE_API_BASE, or try again later."
    else:
        sentence = f"Stripe could not do it just now: {_REPEAT}."
    return Refused(Code.UNAVAILABLE, "PAYMENTS_FAILED", sentence, {} if error is None else _about(error))


def refused(sentence: str) -> Refused:
    """Return the refusal of what Stripe does not do as things stand."""
    return _precondition("PAYMENTS_REFUSED", sentence, {})


def gone(what: str, **details: Any) -> Refused:
    """Return the refusal where `what` ("price", "customer", …) is no longer at Stripe."""
    sentence = f"Stripe no longer has this {what}: refresh, and begin again."
    return Refused(Code.NOT_FOUND, "PAYMENTS_OBJECT_GONE", sentence, details)


def is_settled(error: stripe.APIError) -> bool:
    """Return whether a failure is the stored answer to an earlier call, which no repetition with its key changes."""
    return (error.headers or {}).get("idempotent-replayed") == "true"


def _invalid(error: stripe.InvalidRequestError, said: str) -> Refused:
    other = _OTHER_MODE.search(said)
    if other or error.code == "livemode_mismatch":
        mode = f"in {other[1]} mode" if other else "in the other mode"
        return _not_configured(
            f"What is recorded here was made {mode}, and STRIPE_SECRET_KEY is for the other one: use the key of that"
            " mode.",
            error,
        )
    if error.code == "resource_missing":
        named = _NO_SUCH.search(said)
        what = named[1].replace("_", " ").replace(".", " ") if named else "object"
        return gone(what, **_about(error))
    if error.http_status == 404:
        return _not_configured("What answers for Stripe does not know what was asked: check STRIPE_API_BASE.", error)
    stated = said.rstrip(". ") or "it does not say why"
    return _precondition("PAYMENTS_REFUSED", f"Stripe does not do this: {stated}.", _about(error))


def _declined(error: stripe.CardError, said: str) -> Refused:
    code = _code(error, "decline_code") or _code(error, "code")
    details = _about(error) | {"decline_code": code, "user_message": said}
    return _precondition("CARD_DECLINED", decline_sentence(said, code), details)


def _key_advice(error: stripe.AuthenticationError) -> str:
    if _code(error, "code") == "api_key_expired":
        return "it has expired, so set a new one"
    return "set the secret key that Stripe shows under Developers, API keys"


def _precondition(reason: str, sentence: str, details: dict[str, Any]) -> Refused:
    return Refused(Code.FAILED_PRECONDITION, reason, sentence, details)


def _not_configured(sentence: str, error: stripe.StripeError) -> Refused:
    return Refused(Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", sentence, _about(error))


def _about(error: stripe.StripeError) -> dict[str, Any]:
    """Return what helps whoever looks for the call in Stripe's own log."""
    facts = {"param": _code(error, "param"), "code": _code(error, "code"), "request_id": _word(error.request_id)}
    return {name: value for name, value in facts.items() if value}


def _said(error: stripe.StripeError) -> str:
    said = error.user_message
    return _SECRET.sub("…", clean(said))[:_LONGEST_SENTENCE] if isinstance(said, str) else ""


def _code(error: stripe.StripeError, name: str) -> str | None:
    """Return a word of the error's body; null where it has none, or is not Stripe's."""
    body = error.json_body
    stated = body.get("error") if isinstance(body, dict) else None
    return _word(stated.get(name)) if isinstance(stated, dict) else None


def _word(value: object) -> str | None:
    return _SECRET.sub("…", clean(value))[:200] or None if isinstance(value, str) else None


def _retry_after(error: stripe.RateLimitError) -> float | None:
    text = (error.headers or {}).get("retry-after") or ""
    is_count = text.isascii() and text.isdigit() and len(text) < 10
    return float(min(int(text), _LONGEST_WAIT)) if is_count else None
