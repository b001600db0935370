"""What of a customer's facts and of the operator's words may leave this machine: stable pseudonyms for the rest.

Facts are exact: what is private is known, and never sent. The operator's own words are a matter of judgement. What is
found there: every private value of this customer, and the names and ids of others that the caller has looked up,
whatever the case, the accents and the umlauts, with other separators or with its letters set apart; what has a shape
(addresses, links, cards, phone numbers, identifiers, secrets); and capitalised words that are not ordinary ones.

What is not: a name in lower case of somebody who is in no record and is not announced ("mr", "spoke to", "from"), or of
another customer by a later word of its name; a name that is an ordinary word ("Bill" at the beginning of a sentence),
and an id that is one or a mere number ("trial", "4711") unless it is called an id; an ordinary reason in other words;
misspellings; a number of less than six digits; and a name in a text that is wholly in a script without capitals.
"""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import count

from services.guidance.model import Fact, Facts
from services.guidance.redaction import patterns, proper_names
from services.guidance.redaction.known import SHORTEST, Known, KnownValues, Nature, Sighting
from services.guidance.redaction.legal_names import core_of, is_telling, name_words, telling_words
from services.guidance.redaction.page import Match, Page, Place, folded
from services.guidance.redaction.words import is_ordinary
from services.guidance.references import ref

_CUSTOMER, _CUSTOMER_ID, _PERSON = "CUSTOMER", "CUSTOMER-ID", "PERSON"
_LETTERS = 4  # 19 bits: enough to tell a customer's things apart, too few to tell which value it was
_SHORTEST_INSIDE = 6  # of what is found in longer words although it is not the customer's own
_MOST_ROUNDS = 4

_OFFERED = re.compile(r"offer\.\d+\.name")
_KINDS = (
    (re.compile(r"invoice\.\d+\.number"), "INV"),
    (re.compile(r"billing\.\w+_reference"), "REF"),
    (re.compile(r"audit\.\d+\.id"), "EVENT"),
    (re.compile(r"audit\.\d+\.actor"), _PERSON),
    (re.compile(r"billing\.usage_tier"), "TIER"),
    (re.compile(r"plan\.(?:next_)?name"), "PLAN"),
    (_OFFERED, "PLAN"),
    (re.compile(r"payment\.method(?:_expires)?"), "METHOD"),
)
_ALONE = (_CUSTOMER, _CUSTOMER_ID, *patterns.ALONE)
_NATURES = dict.fromkeys((_CUSTOMER_ID, "INV", "REF", "EVENT"), Nature.IDENTIFIER) | {_CUSTOMER: Nature.NAME}
_PSEUDONYM = re.compile(
    r"(?<!\w)(?:(?:inv|ref|event|person|tier|plan|method|text|name|email|link|phone|address|id)-[a-z]{4,}"
    r"|customer-id(?!-[a-z]{4})|customer|card|secret)(?!\w)"
)
_NAME_OF_USER = re.compile(r"[^\W\d_]{3,}")

_Finder = Callable[[Page], Iterable[patterns.Found]]


class Pseudonyms:
    """The pseudonyms of one customer's things.

    A pseudonym depends on the customer, the kind of thing and the value alone. It has letters only, so that a model
    cannot take it for a figure. Where two values would share one, it grows by a letter.
    """

    def __init__(
        self, customer_id: str, facts: Facts, *, typed: Collection[str] = (), people: Collection[str] = ()
    ) -> None:
        """Make the pseudonyms of a customer's facts.

        Args:
            customer_id: whose they are.
            facts: what is known.
            typed: further texts of the customer's records (`typed_texts`).
            people: who has acted (`actors`) and who is asking, as they sign in.
        """
        self._key = hashlib.blake2b(customer_id.encode(errors="surrogatepass")).digest()
        private = [fact for fact in facts if fact.is_private]
        self._of = self._pseudonyms_of(private)
        self._owners = {self._of[fact.key]: (_kind(fact.key), fact.value) for fact in private}
        self._keys: dict[str, str] = {}
        for fact in private:
            self._keys.setdefault(self._of[fact.key], fact.key)
        self._known = [*self._known_of(private), *self._known_people(people), *_known_texts(typed)]
        longest_first = sorted(self._keys, key=len, reverse=True)
        self._restored = re.compile(rf"(?<![\w-])(?:{'|'.join(longest_first)})(?![\w-])") if longest_first else None

    @property
    def names(self) -> frozenset[str]:
        """All pseudonyms given out so far, of facts and of what was redacted."""
        return frozenset(self._owners)

    def of(self, key: str) -> str:
        """Return the pseudonym of a private fact.

        Raises:
            KeyError: there is no such fact, or it is not private.
        """
        return self._of[key]

    def restore(self, text: str) -> str:
        """Return a model's text with a reference for the pseudonym of each fact; facts of one value are one."""
        if self._restored is None:
            return text
        return self._restored.sub(lambda match: ref(self._keys[match.group()]), text)

    def redact(self, text: str, other_names: Collection[str] = (), other_ids: Collection[str] = ()) -> str:
        """Return what may be sent of an operator's words; what was redacted before stays as it is.

        Args:
            text: any text. Amounts, dates, percentages, hours and small numbers in it stay.
            other_names: legal names of other customers that may occur in it.
            other_ids: ids of other customers that may occur in it.
        """
        values = KnownValues([*self._known, *_known_ids(other_ids), *self._known_of_others(other_names)])
        for _ in range(_MOST_ROUNDS):  # a replaced word can leave a name beside it to be seen; two rounds are the rule
            before, text = text, self._redacted(text, values)
            if text == before:
                break
        return text

    def _redacted(self, text: str, values: KnownValues) -> str:
        page = Page(text)
        outer = list(patterns.outer(page))
        given = list(_outside([(one.start, one.end) for one in outer], _given(page)))
        whole = sorted([*given, *((one.start, one.end) for one in outer)])
        sightings = {(one.start, one.end): one for one in values.find(page)}
        page.take(self._match(page, sightings[place]) for place in _outside(whole, sightings))
        page.take(Match(*place, None) for place in given)
        self._take(page, outer)
        for finder in _FINDERS:
            self._take(page, list(finder(page)))
        return page.result()

    def _take(self, page: Page, found: Iterable[patterns.Found]) -> None:
        page.take(Match(start, end, kind and self._coin(kind, page.folded[start:end])) for start, end, kind in found)

    def _match(self, page: Page, sighting: Sighting) -> Match:
        known = sighting.known
        pseudonym = known.pseudonym or self._coin(known.kind, known.value)
        if sighting.within:  # "INV-10" is not INV-1, and nobody's name is a part of another's
            kind = "ID" if known.nature is Nature.IDENTIFIER else "NAME"
            pseudonym = self._coin(kind, page.folded[sighting.start : sighting.end])
        return Match(sighting.start, sighting.end, pseudonym)

    def _coin(self, kind: str, value: str) -> str:
        """Return the pseudonym of a value that is no fact's."""
        if kind in _ALONE:
            self._owners.setdefault(kind, (kind, ""))
            return kind
        letters = self._letters(kind, value)
        return next(
            name
            for length in count(_LETTERS)
            if self._owners.setdefault(name := f"{kind}-{letters[:length]}", (kind, value)) == (kind, value)
        )

    def _letters(self, kind: str, value: str) -> str:
        digest = hashlib.blake2b(f"{kind}\0{value}".encode(errors="surrogatepass"), key=self._key).digest()
        number, letters = int.from_bytes(digest), []
        while number:
            number, letter = divmod(number, 26)
            letters.append(chr(ord("A") + letter))
        return "".join(letters)

    def _pseudonyms_of(self, private: Iterable[Fact]) -> dict[str, str]:
        """Return the pseudonym of each fact, as long as it takes, whatever the order of the facts."""
        things = {(_kind(fact.key), fact.value) for fact in private}
        letters = {thing: self._letters(*thing) for thing in things}
        names = {thing: thing[0] for thing in things if thing[0] in _ALONE}
        for length in count(_LETTERS):
            left = {thing: f"{thing[0]}-{letters[thing][:length]}" for thing in things if thing not in names}
            sharing = Counter(left.values())
            names |= {thing: name for thing, name in left.items() if sharing[name] == 1}
            if len(names) == len(things):
                break
        return {fact.key: names[_kind(fact.key), fact.value] for fact in private}

    def _known_of(self, private: Iterable[Fact]) -> Iterator[Known]:
        for fact in private:
            kind, value, pseudonym = _kind(fact.key), folded(fact.value), self._of[fact.key]
            if len(value) < SHORTEST and is_ordinary(value):
                continue
            nature = _NATURES.get(kind, Nature.TEXT)
            words = name_words(fact.value) if nature is Nature.NAME else frozenset()
            offered = _OFFERED.fullmatch(fact.key) is not None  # called like ordinary words: "Business", "Growth"
            inside = len(value) >= SHORTEST and not offered
            yield Known(
                value=value, pseudonym=pseudonym, nature=nature, name_words=words, inside=inside, capital=offered
            )
            if nature is Nature.NAME:
                yield from _parts(fact.value, pseudonym, own=True)

            if kind == _PERSON:
                yield from _parts_of_user(value, pseudonym)

    def _known_people(self, people: Iterable[str]) -> Iterator[Known]:
        for person in people:
            value = folded(person)
            if not is_ordinary(value):  # "operator", "root": a role, and no name
                pseudonym = self._coin(_PERSON, value)
                yield Known(value=value, pseudonym=pseudonym, nature=Nature.TEXT, inside=len(value) > SHORTEST)
                yield from _parts_of_user(value, pseudonym)

    def _known_of_others(self, names: Iterable[str]) -> Iterator[Known]:
        for name in names:
            pseudonym = self._coin("NAME", folded(name))
            yield Known(value=folded(name), pseudonym=pseudonym, nature=Nature.NAME, name_words=name_words(name))
            yield from _parts(name, pseudonym, own=False)


def _known_texts(texts: Iterable[str]) -> Iterator[Known]:
    for text in texts:
        value = folded(text)
        identifier = " " not in value
        yield Known(
            value=value,
            kind="ID" if identifier else "TEXT",
            nature=Nature.IDENTIFIER if identifier else Nature.TEXT,
            inside=len(value) >= _SHORTEST_INSIDE,
        )


def _known_ids(ids: Iterable[str]) -> Iterator[Known]:
    for customer_id in ids:
        value = folded(customer_id)
        inside = len(value) >= _SHORTEST_INSIDE
        yield Known(value=value, kind="ID", nature=Nature.IDENTIFIER, inside=inside, customer_id=True)


def _parts_of_user(user: str, pseudonym: str) -> Iterator[Known]:
    """Yield the names that the name of a user is made of: "jane.doe@desk.example" is Jane, and Doe."""
    for name in _NAME_OF_USER.findall(user.partition("@")[0]):
        if not is_ordinary(name):
            yield Known(value=name, pseudonym=pseudonym, nature=Nature.TEXT, inside=False)


def _kind(key: str) -> str:
    if key == "customer.name":
        return _CUSTOMER
    if key == "customer.id":
        return _CUSTOMER_ID
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(key)), "TEXT")


def _parts(legal_name: str, pseudonym: str, *, own: bool) -> Iterator[Known]:
    """Yield what a company is called beside its full name.

    A name of ordinary words ("Next plc", "Open Invoice Ltd") is its words in upper case; the customer's own, if it has
    several of them, in any case; another's, if it has but one, nothing.
    """
    words, core = name_words(legal_name), core_of(legal_name)
    several = " " in core
    if is_telling(core) or own or several:
        capital = not is_telling(core) and not (own and several)
        yield Known(
            value=core,
            pseudonym=pseudonym,
            nature=Nature.NAME,
            name_words=words,
            inside=is_telling(core),
            capital=capital,
        )
    for word in telling_words(legal_name):
        inside = len(word) > SHORTEST
        yield Known(value=word, pseudonym=pseudonym, nature=Nature.NAME, name_words=words, inside=inside)


def _given(page: Page) -> Iterator[Place]:
    """Yield the pseudonyms in a text, which are in upper case and spelled with nothing between."""
    for match in _PSEUDONYM.finditer(page.folded):
        if page.original(*match.span()) == match.group().upper():
            yield match.span()


def _outside(whole: Sequence[Place], places: Iterable[Place]) -> Iterator[Place]:
    """Yield the places that are not merely a part of one of `whole`, which are in order and do not overlap."""
    for start, end in places:
        last = bisect_right(whole, start, key=lambda place: place[0]) - 1
        if last < 0 or end > whole[last][1] or whole[last] == (start, end):
            yield start, end


def _names(find: Callable[[Page], Iterator[Place]], kind: str | None) -> _Finder:
    return lambda page: (patterns.Found(start, end, kind) for start, end in find(page))


_FINDERS: tuple[_Finder, ...] = (
    patterns.special_numbers,
    patterns.quantities,
    patterns.addresses,
    patterns.towns,
    patterns.numbered,
    patterns.identifiers,
    patterns.numbers,
    _names(proper_names.titles, None),
    _names(proper_names.introduced, "NAME"),
    _names(proper_names.capitalised, "NAME"),
    _names(proper_names.foreign, "NAME"),
)
"""What is looked for beside known values, in order: a finder sees what those before it have left."""
