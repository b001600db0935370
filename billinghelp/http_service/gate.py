"""How much is done at once: whoever comes when it is full is told to come again, instead of waiting unseen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.contract.errors import Code, Refused

_RETRY_SECONDS = 1  # calls take milliseconds: a moment later there is room


def server_busy() -> Refused:
    """Return the refusal of whom others have left no room."""
    return Refused(
        Code.UNAVAILABLE,
        "SERVER_BUSY",
        "The server has its hands full: try again in a moment.",
        {"retry_after": _RETRY_SECONDS},
    )


def too_many_at_once() -> Refused:
    """Return the refusal of who has taken all their room themselves."""
    return Refused(
        Code.RESOURCE_EXHAUSTED,
        "TOO_MANY_AT_ONCE",
        "This token has too many calls under way: wait for one of them, then try again.",
        {"retry_after": _RETRY_SECONDS},
    )


class Gate:
    """Lets through so many at a time.

    Args:
        refusal: what the others are told.
    """

    def __init__(self, most: int, refusal: Callable[[], Refused] = server_busy) -> None:
        self._most = most
        self._refusal = refusal
        self._inside = 0

    @property
    def is_empty(self) -> bool:
        """Whether nobody is inside."""
        return self._inside == 0

    @contextmanager
    def pass_through(self) -> Iterator[None]:
        """Hold a place while something is done.

        Raises:
            Refused: `SERVER_BUSY`, or what else this gate says.
        """
        if self._inside >= self._most:
            raise self._refusal()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
