"""What looks like the name of a record: invoice numbers, ids, hashes, card numbers."""

import re

LONG = re.compile(
    r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-]*\w)"  # card-like
    r"|(?<!\w)\d{7,}(?!\w)"
    r"|(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,}(?!\w)",
    re.IGNORECASE,
)
"""Digits in such a number that they are no amount; before dates and amounts are looked for."""

_STRIPE = (
    r"(?:cus|in|sub|pi|ch|acct|price|prod|pm|seti|si|txn|evt|re|cn|req|po|py|tok|src|card|ba|sk|pk|rk|whsec)_\w{3,}"
)

MIXED = re.compile(
    rf"(?<![\w§:./#-])(?:{_STRIPE}"
    r"|(?=[A-Za-z0-9#])(?=[\w:./#-]*\d)(?=[\w:./#-]*[A-Za-z])[\w#](?:[\w:./#-]*\w)?"  # letters and digits in one word
    r"|[A-Z]{2,}(?:[-_/#][A-Z]{1,4})+"  # INV-A
    r"|(?=[a-f]*\d?)[a-f]{10,}|0x[0-9a-f]+"
    r"|[A-Za-z]+(?:_[A-Za-z]+)+)(?!\w)"
)
"""Words that no text has, after dates, amounts and spans were taken out."""
