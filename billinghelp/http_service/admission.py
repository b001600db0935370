"""Who is let in: so many calls at once, so many of them with one token, and few of those whom nobody knows.

The surface authenticates every call, and nothing here does. But that takes a look at the database, which strangers may
ask for as often as they like: they wait for each other, and not before those whose token was accepted lately.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import blake2b
from time import monotonic

from billinghelp.config import ServerLimits
from billinghelp.http_service.gate import Gate, too_many_at_once
from services.contract.errors import Code, Refused
from services.contract.principals import Credential

_REMEMBERED_SECONDS = 600.0
_MOST_REMEMBERED = 10_000
_SAYS_NOTHING_OF_THE_TOKEN = (Code.UNAVAILABLE, Code.INTERNAL)

_Key = bytes


class Acquaintances:
    """The tokens that were accepted lately; of too many, the last ones.

    Args:
        most: how many are remembered.
        seconds: for how long.
        clock: the seconds of a clock that is never set back.
    """

    def __init__(
        self,
        *,
        most: int = _MOST_REMEMBERED,
        seconds: float = _REMEMBERED_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._until: OrderedDict[_Key, float] = OrderedDict()

    def __contains__(self, key: _Key) -> bool:
        return self._until.get(key, 0.0) > self._clock()

    def remember(self, key: _Key) -> None:
        """Note that a token was accepted."""
        self._until[key] = self._clock() + self._seconds
        self._until.move_to_end(key)
        if len(self._until) > self._most:
            self._until.popitem(last=False)

    def forget(self, key: _Key) -> None:
        """Note that a token was not accepted."""
        self._until.pop(key, None)


class _Token:
    """What one token has under way: places, those of them from which others than this server are waited for, and turns
    with the workers.
    """

    def __init__(self, places: int, turns: int) -> None:
        self.places = Gate(places, too_many_at_once)
        self.waits = Gate(max(1, places * 3 // 4), too_many_at_once)
        self.turn = asyncio.Semaphore(turns)


class Admission:
    """Lets calls in."""

    def __init__(self, limits: ServerLimits, acquaintances: Acquaintances | None = None) -> None:
        self._acquaintances = Acquaintances() if acquaintances is None else acquaintances
        self._calls = Gate(limits.max_concurrent)
        self._strangers = Gate(min(limits.max_concurrent_strangers, limits.max_concurrent))
        self._waits = Gate(limits.max_concurrent)
        # Half of the workers for one caller, however long the calls take. With all but one, a view beside a token's
        # reports took three times as long, and the reports no less: Python lets one thread run at a time.
        self._turns = max(1, limits.workers // 2)
        self._strangers_turn = asyncio.Semaphore(self._turns)
        self._places = limits.max_concurrent_per_token
        self._tokens: dict[_Key, _Token] = {}

    def knows(self, credential: Credential) -> bool:
        """Return whether a caller's token was accepted lately."""
        return _key(credential) in self._acquaintances

    @asynccontextmanager
    async def call(self, credential: Credential) -> AsyncIterator[None]:
        """Hold a place, and a turn, while the surface answers a call.

        Raises:
            Refused: `SERVER_BUSY`, `TOO_MANY_AT_ONCE`.
        """
        key = _key(credential)
        known = key in self._acquaintances
        with self._token(credential, key) as token, (self._calls if known else self._strangers).pass_through():
            async with token.turn if known else self._strangers_turn:
                with self._learning(key):
                    yield

    @contextmanager
    def wait(self, credential: Credential) -> Iterator[None]:
        """Hold one of the places from which a token may wait for others than this server, and no turn.

        However slow those are, the token's other calls have places.

        Raises:
            Refused: `SERVER_BUSY`, `TOO_MANY_AT_ONCE`.
        """
        with (
            self._token(credential, _key(credential)) as token,
            token.waits.pass_through(),
            self._waits.pass_through(),
        ):
            yield

    @contextmanager
    def stay(self, credential: Credential) -> Iterator[None]:
        """Hold one of a token's places without a turn, while something waits more than it works.

        Raises:
            Refused: `TOO_MANY_AT_ONCE`.
        """
        with self._token(credential, _key(credential)):
            yield

    @contextmanager
    def _token(self, credential: Credential, key: _Key) -> Iterator[_Token]:
        if credential.token is None:  # those who show none have nothing in common but that
            yield _Token(self._places, self._turns)
            return
        token = self._tokens.setdefault(key, _Token(self._places, self._turns))
        try:
            with token.places.pass_through():
                yield token
        finally:
            if token.places.is_empty:
                self._tokens.pop(key, None)

    @contextmanager
    def _learning(self, key: _Key) -> Iterator[None]:
        """Remember whose token the surface accepts, whatever else it says to the call."""
        try:
            yield
        except Refused as refused:
            if refused.code is Code.UNAUTHENTICATED:
                self._acquaintances.forget(key)
            elif refused.code not in _SAYS_NOTHING_OF_THE_TOKEN:
                self._acquaintances.remember(key)
            raise
        self._acquaintances.remember(key)


def _key(credential: Credential) -> _Key:
    # Of the whole text, secret and all: with the id alone, which is none, anybody could take another's places.
    return blake2b((credential.token or "").encode(), digest_size=16).digest()
