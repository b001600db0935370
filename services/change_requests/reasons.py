"""What a good reason tells: which application, what it needs, and why now. Pure."""

import re

_FEWEST_WORDS = 4
_FIGURE = re.compile(r"\d")
_PURPOSE = re.compile(
    r"\b(for|because|so that|in order to|until|before|by|from|due|needs?|needed|requires?|urgent|deadline|to)\b",
    re.IGNORECASE,
)


def missing_in(reason: str, *, of_amounts: bool) -> list[str]:
    """Return what a reason does not tell yet, each ready to read; advice, for words can be put in many ways.

    Args:
        of_amounts: whether it is for more of something that is measured.
    """
    found = []
    if len(reason.split()) < _FEWEST_WORDS:
        found.append("which application it is")
    if of_amounts and not _FIGURE.search(reason):
        found.append("how much it needs")
    if not _PURPOSE.search(reason):
        found.append("what it is for, and by when")
    return found
