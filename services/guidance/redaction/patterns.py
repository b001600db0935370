"""What is private by its shape alone: secrets, links, addresses, cards, phone numbers, identifiers (folded text).

Amounts, dates, times and counts have shapes as well: they are recognised first and stay, for they are what a question
is about. Every pattern takes linear time, whatever it is given.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from services.guidance.redaction.page import Page
from services.guidance.redaction.words import is_ordinary

Kind = str | None
"""What a found place is, as its pseudonym says it: `EMAIL`, `CARD`, …; None: it stays."""


class Found(NamedTuple):
    """A place of the folded text, and what stands there."""

    start: int
    end: int
    kind: Kind


ALONE = ("CARD", "SECRET")
"""What is replaced by its kind alone: nobody needs to tell two of them apart."""

_SECRET = re.compile(
    r"""(?<![a-z0-9])(?:
          eyj[\w-]{6,}\.[\w-]{2,}(?:\.[\w-]*)?                              # a JSON web token
        | (?:sk|pk|rk|whsec|key|tok|xox[a-z]|gh[a-z]|glpat|github_pat)[-_][\w-]{8,}  # keys by their makers' marks
        | (?:akia|asia)[a-z0-9]{16}
        | bearer\s+(?P<bearer>[^\s\0]{8,})
        | basic\s+(?P<basic>[a-z0-9+/]{8,}={1,2})
        | (?:passwor[dt]|passphrase|passwd|pwd|kennwort|secret|token|api[ _-]?key|apikey|pin|cvc|cvv|client_secret)
          (?:\s?[:=]\s?|\s(?:is|lautet|ist)\s)(?P<said>[^\s\0,;]+)
        )""",
    re.VERBOSE,
)
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,100}@[\w.@-]*\w|(?<!\w)@\w[\w.@-]*\w")
_TOP_LEVELS = (
    "com|net|org|info|biz|edu|gov|io|ai|app|dev|cloud|example|invalid|local|co|uk|eu|de|fr|es|nl|ch|jp|cn|br|ca|au|se|dk"
    "|fi|pl|cz|ru|pt|ie|nz|kr|tr|mx|za|hu|ro|sk|tech|online|shop|xyz"
)
_LINK = re.compile(
    r"(?<![\w.+-])(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:|tel:)[^\s\0<>\"]+"
    rf"|(?<![\w.-])(?:[\w-]{{1,63}}\.){{1,6}}(?:{_TOP_LEVELS})(?![\w-])(?::\d+)?(?:[/?#][^\s\0<>\"]*)?"
)
_SPELLED_DOT = r"(?: ?[\[({] ?(?:dot|punkt) ?[\])}] ?| (?:dot|punkt) |\.)"
_SPELLED_EMAIL = re.compile(  # "jane at corp dot example", "jane (at) corp.example", "j.doe at corp.example"
    r"(?<![\w.+%'-])(?:[\w.+%'-]{1,100} ?[\[({] ?(?:at|@) ?[\])}] ?|[\w.+%'-]{1,100} at (?=[\w-]{1,63} (?:dot|punkt) )"
    r"|(?=[^\W_]{1,60}[._%+])[\w.+%'-]{1,100} at )"
    rf"[\w-]{{1,63}}(?:{_SPELLED_DOT}[\w-]{{1,63}}){{0,6}}?{_SPELLED_DOT}(?:{_TOP_LEVELS})(?![\w-])"
)
_TRAILING = ".,;:!?)]}'*_`"

_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9][0-9]"
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:z|\s?[+-][0-9]{2}:?[0-9]{2}|\s?[ap]m)?"
_DATE = (
    rf"(?:{_YEAR}(?P<a>[-/.]){_MONTH}(?P=a){_DAY}|{_DAY}(?P<b>[-/.]){_DAY}(?P=b)(?:{_YEAR}|[0-9][0-9]))"
    rf"(?:[t ]{_TIME})?"
)
_SECOND_DATE = _DATE.replace("<a>", "<c>").replace("=a)", "=c)").replace("<b>", "<d>").replace("=b)", "=d)")
_CURRENCY = "usd|eur|gbp|chf|jpy|cad|aud|sek|nok|dkk|pln|czk|inr|cny|dollars?|euros?|pounds?|cents?|[$€£¥]"
_UNIT = rf"{_CURRENCY}|%|percent|prozent|hours?|hrs?|h|stunden?|days?|tage?n?|credits?"
# At most twelve digits: no card is an amount.
_NUMBER = r"(?:[0-9]{1,3}(?:([,.' ])[0-9]{3}(?:\1[0-9]{3}){0,2})(?:[.,][0-9]{1,2})?|[0-9]{1,9}(?:[.,][0-9]{1,6})?)"
_STAYS = (
    re.compile(rf"(?<![\w])(?<![0-9][-/. ]){_DATE}(?:\s?-\s?{_SECOND_DATE})?(?![\w]|[-/.: ][0-9])"),
    re.compile(rf"(?<![\w:.-]){_TIME}(?![\w:]|[-.][0-9])"),
    re.compile(rf"(?<![\w])(?<![0-9][-. ])(?:{_CURRENCY})\s?{_NUMBER}(?![\w]|[-,.: ][0-9])"),
    re.compile(rf"(?<![\w.,-])(?<![0-9] ){_NUMBER}\s?(?:{_UNIT})(?![\w]|-[0-9])"),
    re.compile(r"(?<![\w.,-])(?<![0-9] )[0-9]{1,3}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,2})?(?![\w]|[-,.: ][0-9])"),
    re.compile(r"(?<![\w.,-])(?<![0-9] )[0-9]{1,3}(?:\.[0-9]{3}){1,3},[0-9]{1,2}(?![\w]|[-,.: ][0-9])"),
)

_NUMBERED = re.compile(  # what has a shape of its own among identifiers
    r"""(?<![a-z0-9])(?:
          [a-z]{2}[0-9]{2}[ -]?[0-9a-z]{4}                                   # IBAN
            (?:[ -]?(?=[a-z]{0,3}[0-9])[0-9a-z]{4}){1,6}(?:[ -]?[0-9]{1,3}(?![0-9a-z]))?
        | (?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9])(?:/[0-9]{1,2})?             # IPv4
        | (?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}|[0-9a-f]{1,4}::[0-9a-f:]*     # IPv6 and MAC
        | che-?[0-9]{3}\.[0-9]{3}\.[0-9]{3}                                  # Swiss, German and US tax numbers
        | [0-9]{2,3}/[0-9]{3}/[0-9]{4,5}(?![0-9])
        | [0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9-])
        )(?![a-z0-9])""",
    re.VERBOSE,
)
_STREET = re.compile(
    r"""(?<!\w)(?:
          (?P<english>[0-9]{1,5}[a-z]?\s(?:[^\W\d_]+\.?\s){1,3}?
            (?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|place|pl|terrace|way|rue)\b
            (?:,?\s(?:floor|suite|apt|unit)\s[0-9]{1,4})?(?:,?\s[0-9]{5}(?![\w-]))?)
        | [^\W\d_]*(?:strasse|str\.|gasse|allee|platz|damm|ufer)\s[0-9]{1,4}\s?[a-z]?(?!\w)
        | [0-9]{1,4},?\s(?:bis\s)?(?:rue|quai|allee|impasse|chemin)(?:\s[^\W\d_]+){1,4}
        | (?P<latin>(?:via|viale|piazza|calle|avenida|rua|ulica|ul\.)\s(?:[^\W\d_]+\s){1,3}?[0-9]{1,4}(?!\w))
        | (?:p\.?\s?o\.?\s?box|postfach)\s[0-9]+
        | [a-z]{1,2}[0-9][a-z0-9]?\s[0-9](?!nd|st|rd|th)[a-z]{2}(?!\w)       # a British postcode
        )""",
    re.VERBOSE,
)
_TOWN = re.compile(
    r"(?<![\w.,-])(?<![0-9] )(?:(?P<state>[a-z]{2})\s)?[0-9]{5}(?:-[0-9]{4})?(?!\w)(?:\s(?P<town>[^\W\d_]+))?"
)

_TOKEN = re.compile(r"[^\W_]+(?:[-_./:#+][^\W_]+|_+)*")
_JOINT = re.compile(r"[-_./:#+]+")
_SMALL = re.compile(
    r"[0-9]{1,5}(?:h|hrs?|hours?|d|days?|k|m|mo|mth|yr|y|w|x|min|s|st|nd|rd|th|am|pm|usd|eur|gbp|chf|percent)?"
    r"|(?:q|h|v|p|w|fy|net|usd|eur|gbp)[0-9]{1,4}"
)
_HEX = re.compile(r"[a-f0-9]{10,}")
_DIGITS = re.compile(r"(?<![a-z0-9])(?:\+\s?|\(\s?\+?)?[0-9](?:[ ./()-]{0,3}[0-9])*(?![a-z0-9])")
_YEARS = re.compile(rf"{_YEAR}(?:[-/ ]{{1,3}}{_YEAR})?")
_HASHED = re.compile(r"(?<!\w)(?:#\s?|(?:no|nr|number|num|nummer)[.:]{0,2}\s)[0-9]{3,}(?!\w)")


def outer(page: Page) -> Iterator[Found]:
    """Yield secrets, links and e-mail addresses: what is replaced as a whole, even if a known value is in it."""
    found = [*_secrets(page.folded), *_links(page.folded)]
    for pattern in (_EMAIL, _SPELLED_EMAIL):
        found += [Found(*match.span(), "EMAIL") for match in pattern.finditer(page.folded)]
    done = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.end > done:
            yield one._replace(start=max(one.start, done))
            done = one.end


def special_numbers(page: Page) -> Iterator[Found]:
    """Yield bank accounts, tax numbers and network addresses."""
    return (Found(*match.span(), "ID") for match in _NUMBERED.finditer(page.folded))


def quantities(page: Page) -> Iterator[Found]:
    """Yield dates, times, amounts, percentages and hours: they stay."""
    found = sorted(match.span() for pattern in _STAYS for match in pattern.finditer(page.folded))
    done = 0
    for start, end in found:
        if start >= done:
            yield Found(start, end, None)
            done = end


def addresses(page: Page) -> Iterator[Found]:
    """Yield what looks like a part of a postal address."""
    for match in _STREET.finditer(page.folded):
        kind = "english" if match["english"] else "latin"
        if match[kind] is None or _is_proper(page, match.start(), match.end()):
            yield Found(*match.span(), "ADDRESS")


def towns(page: Page) -> Iterator[Found]:
    """Yield postal codes with their state or town."""
    for match in _TOWN.finditer(page.folded):
        state, town = match["state"], match["town"]
        if state is not None and page.original(*match.span("state")).isupper() and not is_ordinary(state):
            yield Found(
                match.start(), match.end() if _is_name(page, match, town) else match.end("state") + 6, "ADDRESS"
            )
        elif _is_name(page, match, town):
            yield Found(match.start() if state is None else match.end("state") + 1, match.end(), "ADDRESS")


def identifiers(page: Page) -> Iterator[Found]:
    """Yield tokens that mix letters and digits, or are spelled like keys of a record."""
    for match in _TOKEN.finditer(page.folded):
        if _is_identifier(page, match):
            yield Found(*match.span(), "ID")


def numbers(page: Page) -> Iterator[Found]:
    """Yield cards, phone numbers and other long numbers; short ones stay."""
    for match in _DIGITS.finditer(page.folded):
        kind = _kind_of_number(match.group())
        if kind is not None:
            yield Found(*match.span(), kind)


def numbered(page: Page) -> Iterator[Found]:
    """Yield short numbers that are called numbers: `#4711`, `no. 4711`."""
    for match in _HASHED.finditer(page.folded):
        digits = re.search("[0-9]+", match.group())
        if digits is not None:
            yield Found(match.start() + digits.start(), match.end(), "ID")


def is_quantity(token: str) -> bool:
    """Return whether a token is a count, an amount, a time or a period ("100", "30-day", "q3", "12:30")."""
    pieces = [piece for piece in _JOINT.split(token) if piece]
    first = pieces[0] if pieces else ""
    return any(map(str.isdigit, first)) and all(_SMALL.fullmatch(piece) or is_ordinary(piece) for piece in pieces)


def _secrets(text: str) -> Iterator[Found]:
    for match in _SECRET.finditer(text):
        name = match.lastgroup
        if name is None:
            yield Found(*match.span(), "SECRET")
        elif not is_ordinary(match[name].strip(_TRAILING)):  # "the password is wrong", "the token: expired"
            yield Found(*match.span(name), "SECRET")


def _links(text: str) -> Iterator[Found]:
    for match in _LINK.finditer(text):
        length = len(match.group().rstrip(_TRAILING))
        yield Found(match.start(), match.start() + length, "LINK")


def _is_proper(page: Page, start: int, end: int) -> bool:
    """Return whether the words between the number and the kind of street are a name and no part of a sentence."""
    words = [word.span() for word in re.compile(r"[^\W\d_]{2,}").finditer(page.folded, start, end)]
    return all(
        page.is_capital(*span) or not is_ordinary(page.folded[slice(*span)]) for span in words[1:-1] or words[:1]
    )


def _is_name(page: Page, match: re.Match[str], town: str | None) -> bool:
    return town is not None and page.is_capital(*match.span("town")) and not is_ordinary(town)


def _is_identifier(page: Page, match: re.Match[str]) -> bool:
    token = match.group()
    letters, digits = any(map(str.isalpha, token)), any(map(str.isdigit, token))
    pieces = [piece for piece in _JOINT.split(token) if piece]
    if not letters:
        return False
    if _HEX.fullmatch(token):
        return True
    if not digits:
        return "_" in token and page.is_capital(*match.span()) and not all(map(is_ordinary, pieces))
    previous = ""
    for piece in pieces:
        # "30-day" is a count and "phase-2" a place in a row; "order-4711" is an identifier
        after_word = previous.isalpha() and piece.isdigit() and len(piece) > 2
        if after_word or not (_SMALL.fullmatch(piece) or (piece.isalpha() and is_ordinary(piece))):
            return True
        previous = piece
    return False


def _kind_of_number(text: str) -> Kind:
    digits = sum(map(str.isdigit, text))
    longest = max(map(len, re.findall("[0-9]+", text)))
    if digits > 19:
        return "ID"
    if digits >= 13:
        return "CARD"
    if text[0] in "+(" and digits >= 6:
        return "PHONE"
    if longest == digits:
        return "ID" if digits >= 6 and text[0] != "0" else "PHONE" if digits >= 6 else None
    if digits >= 7 and not _YEARS.fullmatch(text):
        groups = len(re.findall("[0-9]+", text))
        return "PHONE" if groups > 2 or text[0] == "0" else "ID"  # "2026-0042" is no phone number
    return "ID" if longest >= 6 else None
