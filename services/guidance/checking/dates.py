"""Dates as people write them, and which days they may mean."""

import re
from datetime import date

import msgspec

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_SPELLED_DAY = (
    r"(?:twenty|thirty)?-?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR = r"\d{4}"

FORMS = re.compile(
    rf"""(?<![\w-])(?:
      (?P<y1>\d{{4}})[-/.](?P<m1>\d{{1,2}})[-/.](?P<d1>\d{{1,2}})(?P<t1>[T\ ]\d{{1,2}}:\d\d(?::\d\d)?Z?)?
    | (?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y2>\d{{4}}|\d\d)
    | (?P<c>\d{{1,2}})/(?P<d>\d{{1,2}})
    | (?P<d3>{_DAY})(?:\ of)?[\ -](?P<m3>{_MONTH})(?:,?[\ -](?P<y3>{_YEAR}))?
    | (?P<m4>{_MONTH})[\ -](?:the\ )?(?P<d4>{_DAY})(?!\d)(?:,?\ (?P<y4>{_YEAR}))?
    | (?:the\ )?(?P<spelled>{_SPELLED_DAY})\ of\ {_MONTH}
    | {_MONTH}\ (?:the\ )?{_SPELLED_DAY}
    | (?P<m5>{_MONTH}),?\ (?P<y5>{_YEAR})
    | (?P<time>\d{{1,2}}:\d\d(?::\d\d)?(?:\ ?[ap]\.?m\.?)?|\d{{1,2}}\ ?[ap]\.?m\b\.?|noon|midnight)
    | (?P<relative>(?:first|second|third|fourth|last|next|this|1st|2nd|3rd|4th)\ quarter|Q[1-4]
        |easter|christmas|halloween|thanksgiving|new\ year'?s?
        |tomorrow|yesterday|tonight|(?:next|last|this|coming)\ (?:week|month|quarter|year|weekend)
        |(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?)|end\ of\ (?:the\ )?(?:day|week|month|quarter|year))
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Every date, time of day, weekday and relative date."""

# `may` and `march` are verbs, too: alone they are months only after a preposition, and in capitals.
MONTHS = re.compile(
    r"(?<!\w)(?:(?:[Ii]n|[Oo]f|[Bb]y|[Uu]ntil|[Ss]ince|[Ff]rom|[Bb]efore|[Aa]fter|[Dd]uring|[Ll]ate|[Ee]arly|[Mm]id)"
    r"[ -](?:March|May)|January|February|April|June|July|August|September|October|November|December)(?!\w)"
)
"""Every month that stands alone."""


class Known(msgspec.Struct, frozen=True):
    """The days that are facts."""

    days: frozenset[date]

    def holds(self, match: re.Match[str]) -> bool:
        """Return whether a date that `FORMS` found is one of the days, as far as it was written out."""
        part = match.groupdict()
        if part["y1"]:
            return not part["t1"] and self._any(int(part["y1"]), int(part["m1"]), int(part["d1"]))
        if part["y2"]:
            year = int(part["y2"]) + (2000 if len(part["y2"]) == 2 else 0)
            first, second = int(part["a"]), int(part["b"])
            return self._any(year, second, first) or self._any(year, first, second)
        if part["c"]:
            first, second = int(part["c"]), int(part["d"])
            return self._any(None, second, first) or self._any(None, first, second)
        if part["m3"] or part["m4"]:
            month = part["m3"] or part["m4"]
            year_written = part["y3"] or part["y4"]
            number = re.match(r"\d+", part["d3"] or part["d4"])
            day = int(number.group()) if number else 0
            return self._any(int(year_written) if year_written else None, _month(month), day)
        if part["m5"]:
            return self._any(int(part["y5"]), _month(part["m5"]), None)
        return False

    def has_month(self, name: str) -> bool:
        """Return whether a day of that month is known."""
        return self._any(None, _month(name), None)

    def _any(self, year: int | None, month: int, day: int | None) -> bool:
        return any(
            d.month == month and (year is None or d.year == year) and (day is None or d.day == day) for d in self.days
        )


def _month(name: str) -> int:
    return next(
        n for n, full in enumerate(_MONTHS, 1) if full.startswith(re.split("[ -]", name.lower())[-1].strip(".")[:3])
    )
