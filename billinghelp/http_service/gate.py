"""How much is done at once: whoever comes when it is full is told to come again, instead of waiting unseen."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.contract.errors import Code, Refused

_RETRY_SECONDS = 1  # calls take milliseconds: a moment later there is room


class Gate:
    """Lets through so many at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0

    @contextmanager
    def pass_through(self) -> Iterator[None]:
        """Hold a place while something is done.

        Raises:
            Refused: `SERVER_BUSY`.
        """
        if self._inside >= self._most:
            raise Refused(
                Code.UNAVAILABLE,
                "SERVER_BUSY",
                "The server has its hands full: try again in a moment.",
                {"retry_after": _RETRY_SECONDS},
            )
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
