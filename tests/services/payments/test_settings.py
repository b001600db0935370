"""The settings of payments: what they make of a key and an address, and what they refuse in words."""

import pytest

from services.contract.errors import Code, Refused
from services.payments.settings import PaymentSettings, is_web_address, split_secrets

LIVE, TEST = "sk_live_51Habcdef", "sk_test_51Habcdef"


@pytest.mark.parametrize(
    ("key", "api_base", "label", "livemode"),
    [
        (LIVE, None, "Stripe", True),
        ("rk_live_51Habcdef", "https://api.stripe.com/", "Stripe", True),
        (TEST, None, "Stripe test mode", False),
        ("rk_test_51Habcdef", None, "Stripe test mode", False),
        (TEST, "http://127.0.0.1:12111", "Stripe sandbox", False),
        (TEST, "https://sandbox.example", "Stripe sandbox", False),
    ],
)
def test_key_and_address_say_what_takes_payments(key: str, api_base: str | None, label: str, livemode: bool) -> None:
    settings = PaymentSettings(key=key, api_base=api_base)

    assert (settings.label, settings.livemode) == (label, livemode)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"key": ""}, "must begin with sk_test_"),
        ({"key": "51Habcdef"}, "must begin with sk_test_"),
        ({"key": "sk_test_"}, "cut off"),
        ({"key": "sk_test_ab cd"}, "no key can hold"),
        ({"key": "sk_test_ab\n"}, "no key can hold"),
        ({"key": "sk_test_schlüssel"}, "no key can hold"),
        ({"key": "pk_test_abcdef"}, "publishable"),
        ({"key": LIVE, "api_base": "http://127.0.0.1:12111"}, "live key"),
        ({"key": TEST, "api_base": "http://sandbox.example"}, "without encryption"),
        ({"key": TEST, "api_base": "https://me:hush@sandbox.example"}, "no user and no password"),
        ({"key": TEST, "api_base": "sandbox"}, "is not the address of an API"),
        ({"key": TEST, "webhook_secrets": ("whsec_a", "whsec b")}, "STRIPE_WEBHOOK_SECRET"),
        ({"key": TEST, "webhook_secrets": ("",)}, "STRIPE_WEBHOOK_SECRET"),
        ({"key": TEST, "webhook_secrets": ("hush",)}, "must begin with whsec_"),
        ({"key": TEST, "webhook_secrets": ("whsec_a", TEST)}, "secret 2 of 2 does not"),
        ({"key": TEST, "webhook_secrets": ("whsec_",)}, "cut off"),
        ({"key": TEST, "return_url": "example.com"}, "STRIPE_RETURN_URL"),
        ({"key": TEST, "return_url": "javascript://example.com/%0aalert(1)"}, "STRIPE_RETURN_URL"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_a_sentence_without_secrets(
    given: dict[str, object], named: str
) -> None:
    with pytest.raises(Refused) as refused:
        PaymentSettings(**given)  # type: ignore[arg-type]

    assert (refused.value.code, refused.value.reason) == (Code.INVALID_ARGUMENT, "CONFIG_INVALID")
    assert named in refused.value.message
    assert not any(secret in refused.value.message for secret in ("abcdef", "hush", "whsec_a"))


def test_a_representation_shows_no_secret() -> None:
    shown = repr(PaymentSettings(key=TEST, webhook_secrets=("whsec_one",)))

    assert shown == "PaymentSettings('Stripe test mode', host='api.stripe.com')"


def test_several_webhook_secrets_are_separated_by_commas() -> None:
    assert split_secrets(" whsec_new, whsec_old,") == ("whsec_new", "whsec_old")
    assert split_secrets(None) == split_secrets(" , ") == ()


@pytest.mark.parametrize(
    "address",
    [
        "https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1",
        "https://invoice.stripe.com/i/acct_1/test_x?s=ap",
        "http://127.0.0.1:12111/c/pay/{CHECKOUT_SESSION_ID}",
        "https://example.com",
    ],
)
def test_a_browser_can_be_sent_to_pages(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://example.com/pay",
        "ftp://example.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://me:hush@example.com/",
        "https://exam ple.com",
        "https://example.com/\x1b]8;;",
        "https://xn--exämple.com",
        "https://example.com/" + "a" * 2_000,
        " https://example.com",
    ],
)
def test_a_browser_is_sent_nowhere_else(address: str) -> None:
    assert not is_web_address(address)
