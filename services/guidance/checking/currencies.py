"""Currencies by sign, code and word."""

import re
import unicodedata

from services.guidance.checking.phrases import words_of

SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₿": "BTC"}

# Only in capitals: as everyday words, `try`, `all` and `top` are no currencies, and are left out altogether.
CODES = frozenset(
    words_of("""
    USD EUR GBP JPY CHF CAD AUD NZD SEK NOK DKK ISK PLN CZK HUF RON BGN INR CNY RMB HKD SGD KRW TWD THB MYR IDR PHP VND
    BRL MXN ARS CLP COP PEN ZAR NGN KES EGP AED SAR QAR KWD BHD OMR JOD TND ILS RUB UAH BTC ETH USDT USDC
    """)
)
_WORDS = {
    "dollar": "USD",
    "buck": "USD",
    "euro": "EUR",
    "pound": "GBP",
    "quid": "GBP",
    "sterling": "GBP",
    "yen": "JPY",
    "franc": "CHF",
    "rupee": "INR",
    "yuan": "CNY",
    "renminbi": "CNY",
    "krona": "SEK",
    "krone": "NOK",
    "zloty": "PLN",
    "rouble": "RUB",
    "ruble": "RUB",
    "rand": "ZAR",
    "peso": "MXN",
    "bitcoin": "BTC",
}
SIGN = r"(?:US|A|C|CA|AU|HK|NZ|R)?[$€£¥₹₽₩₿₺₴₪₫₦₱฿₡₲₵₸₼₾¤]"
_NAMED = r"(?<!\w)(?:" + "|".join(sorted(CODES)) + r")(?!\w)|(?<!\w)(?i:" + "|".join(_WORDS) + r")s?(?!\w)"
CURRENCY = rf"(?:{SIGN}|{_NAMED})"
"""The pattern of a currency; it has no groups."""
HUNDREDTH = r"(?:¢|(?<!\w)(?i:cents?|pence)(?!\w))"
LEFT_OVER = re.compile(CURRENCY)


def code(written: str) -> str:
    """Return the ISO code of a currency as written; a sign that is no currency of ours comes back as it is."""
    if written in SIGNS:
        return SIGNS[written]
    if written.upper() == "US$":
        return "USD"
    if any(unicodedata.category(char) == "Sc" for char in written):
        return written
    return written if written in CODES else _WORDS[written.lower().removesuffix("s")]
