"""The desk as the screens see it: what they ask, and how an answer is told from any other."""

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:  # the first frame needs none of these types, and importing them would delay it
    from services.contract.requests import AskBillingChat, Request
    from services.contract.views import ChatEvent, View

Answer = TypeVar("Answer", bound="View")


class DeskPort(Protocol):
    """The one way in to records: see `Desk` in desk.py. It raises `Refused` for whatever a person can mend."""

    async def call(self, request: "Request") -> Any:
        """Return the answer to `request`."""

    def stream(self, request: "AskBillingChat") -> AsyncGenerator["ChatEvent", None]:
        """Return the events of an answer as it is written."""

    async def prepare(self) -> None:
        """Load what the first question needs, so that it need not wait for it."""

    async def hang_up(self) -> None:
        """Close connections, in the event loop in which they were opened."""

    def close(self) -> None:
        """Let calls under way finish, and give the store back."""


OpenDesk = Callable[[], DeskPort]
"""Opens the desk, in a worker thread and as often as it is tried again; raises `Refused` where it cannot be opened."""


async def ask(desk: DeskPort, request: "Request", kind: type[Answer]) -> Answer:
    """Return the desk's answer to `request`, which is of type `kind`."""
    answer = await desk.call(request)
    if not isinstance(answer, kind):
        raise TypeError(f"{type(request).__name__} was answered with {type(answer).__name__}, not {kind.__name__}")
    return answer
