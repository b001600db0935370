"""What of a legal name people write when they mean the company: the name without its form, and its telling words."""
# ruff: noqa: RUF001  (other scripts are a part of what this file is about)

import re
from collections.abc import Iterator

from services.guidance.redaction.page import Page, folded, is_uncased
from services.guidance.redaction.words import is_ordinary, words_in

_SHORTEST_FIRST, _SHORTEST_WORD = 3, 4
_SHORTEST_UNCASED = 2  # of scripts in which two characters are a word

_FORMS = words_in(
    "ab ag aktiengesellschaft aps as asa bv co company corp corporation cv cbd doo eg ehf ev ek eood gbr gesellschaft"
    " gmbh hf inc incorporated kft kg kgaa kk limited limitada llc llp lp ltd ltda mbh nv nyrt oao ohg ood oy oyj pbc"
    " plc pte pty public pvt sa sab sarl sas se sl slu spa spolka srl sro ug ultd zrt zoo cong ty tnhh"
    " ооо пао оао зао ао ип тов прат пат αε επε ικε شركة בעמ"
) | frozenset(map(folded, ("लिमिटेड", "प्राइवेट")))
# Forms that touch the name they belong to, longer ones before those that they hold.
_CHINESE = "股份有限公司|有限責任公司|集团有限公司|集團有限公司|有限公司"
_TOUCHING = re.compile(folded(f"株式会社|有限会社|合同会社|{_CHINESE}|주식회사|유한회사|บริษัท|จำกัด|มหาชน"))
# Forms that are spelled with points or spaces, as they stand in folded text.
_SPELLED = re.compile(
    r"(?<!\w)(?:s\. ?a\. ?r\. ?l|s\. ?a\. ?s|s\. ?a|s\. ?r\. ?l|s\. ?p\. ?a|s\. ?r\. ?o|s\. ?l|b\. ?v|n\. ?v|a\. ?s"
    r"|a/s|k\. ?k|l\. ?l\. ?c|l\. ?p|e\. ?v|e\. ?k|α\. ?ε|sp\.? ?z\.? ?o\.? ?o|d\. ?o\. ?o|co\. ?kg|p\. ?l\. ?c"
    r"|בע[\"״']מ)(?!\w)\.?"
)
_GENERIC = words_in(
    "associates bank capital communities consulting digital energy enterprises europe global group gruppe holding"
    " holdings industries insurance international labs logistics media networks partners properties services software"
    " solutions studio studios systems technologies technology trading ventures works worldwide"
)
"""Words of many companies' names: part of a name beside its other words, and no name on their own."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_GAP = re.compile(r"[ .,&+)\"-]{1,3}(?:und |and |et )?")  # what stands in brackets is looked at for itself


def is_generic(word: str) -> bool:
    """Return whether a folded word stands in many companies' names."""
    return word in _GENERIC


def form_at(text: str, place: int) -> int:
    """Return where the legal form that begins at `place` ends; `place` where there is none."""
    spelled = _SPELLED.match(text, place)
    if spelled is not None:
        return spelled.end()
    word = _WORD.match(text, place)
    return word.end() if word is not None and word.group() in _FORMS else place


def name_words(legal_name: str) -> frozenset[str]:
    """Return the folded words of a name, those of its form left out: what may follow a telling word of it."""
    return frozenset(match.group() for match in _words(_without_forms(legal_name)))


def telling_words(legal_name: str) -> Iterator[str]:
    """Yield the words that name the company on their own, folded."""
    words = _words(_without_forms(legal_name))
    for word in words:
        if _is_telling(word.group(), first=word is words[0]):
            yield word.group()


def core_of(legal_name: str) -> str:
    """Return the name without its legal form, folded; empty if nothing is left."""
    text = _without_forms(legal_name)
    words = _words(text)
    return text[words[0].start() : words[-1].end()] if words else ""


def is_telling(core: str) -> bool:
    """Return whether a name has a word that is neither an ordinary one nor in many companies' names."""
    return any(not is_ordinary(word) and word not in _GENERIC for word in _WORD.findall(core))


# An identifier goes on behind a hyphen: it is no further word of the name.
_GOES_ON = re.compile(r"[-_]\w")


def end_of_name(page: Page, end: int, words: frozenset[str] = frozenset()) -> int:
    """Return where a name that was recognised by its beginning ends: further words of it and its form belong to it.

    An ordinary word ("as", "SE") belongs to it in upper case only.
    """
    while gap := _GAP.match(page.folded, end):
        start = gap.end()
        after, word = form_at(page.folded, start), _WORD.match(page.folded, start)
        if after == start and word is not None and word.group() in words:
            after = word.end()
        if _GOES_ON.match(page.folded, after):  # "acme" in "acme-eu" is a part of something else
            return end
        if after == start or not (page.is_capital(start, after) or not is_ordinary(page.folded[start:after])):
            return end
        end = after
    return end


def _without_forms(legal_name: str) -> str:
    return " ".join(_TOUCHING.sub(" ", _SPELLED.sub(" ", folded(legal_name))).split())


def _words(text: str) -> list[re.Match[str]]:
    return [match for match in _WORD.finditer(text) if match.group() not in _FORMS]


def _is_telling(word: str, *, first: bool) -> bool:
    if word.isdecimal() or is_ordinary(word) or word in _GENERIC:
        return False
    if is_uncased(word[0]):
        return len(word) >= _SHORTEST_UNCASED
    return len(word) >= (_SHORTEST_FIRST if first else _SHORTEST_WORD)
