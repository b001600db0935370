"""Whether a sentence is English: what is said in another language cannot be checked, and is not let through."""

import re
from collections.abc import Iterator

from services.contract.types import FlagKind
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.phrases import words_of

_OTHERS = frozenset(
    words_of("""
    ich wir sie ihr habe haben hat wurde wurden wird werden ist sind nicht und oder aber der das den dem des ein eine
    einen mit für von zum zur auf auch jetzt schon bereits
    je j'ai nous vous avons avez été est sont le la les une du et ou pas votre notre pour avec dans sur déjà cette ce
    yo hemos han sido está están el los las una y pero su nuestro para con por ya se ha lo
    ho abbiamo stato stata è sono il gli della dello un e per non già nostro vostro
    eu nós foi são não você sua seu uma já foram nossa
    wij hebben heeft werd het een niet voor van al jullie uw onze
    jag har vi är inte och för av på
""")
)
# Two may come together by chance, in a name or in Latin; a sentence of another language has more.
_ENOUGH = 3
_SHORT = 6
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def check_language(words: str) -> Iterator[Flag]:
    """Yield a flag for a sentence that is not English; in a short one, two foreign words are enough."""
    found = [match.group().lower() for match in _WORD.finditer(words)]
    foreign = sum(word in _OTHERS for word in found)
    if foreign >= _ENOUGH or (foreign >= _ENOUGH - 1 and len(found) <= _SHORT):
        yield make_flag(FlagKind.LANGUAGE, words)
