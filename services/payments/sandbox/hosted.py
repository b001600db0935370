"""Hosted pages: one request of a browser in, one page out, in one transaction."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.responses import Response

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.pages.rendering import message
from services.payments.sandbox.routing import PageRequest, PageRoute, Router
from services.payments.sandbox.wire import Asked, Reply
from services.payments.sandbox.worlds import Worlds


class HostedPages:
    """Answers browsers."""

    def __init__(self, worlds: Worlds, pages: Iterable[PageRoute]) -> None:
        self._worlds = worlds
        self._router = Router[PageRoute](pages)

    def answer(self, asked: Asked) -> Reply:
        """Return a page, or one that says why there is none."""
        found = self._router.find(asked.method, asked.path)
        if found is None:
            return _reply(
                message("Nothing is here", "Check the address, or begin anew where it came from.", status=404)
            )
        route, path_ids = found
        try:
            request = PageRequest(_fields(asked.query), _fields(asked.body.decode("utf-8", "replace")))
            with self._worlds.open(path=asked.path) as world:
                return _reply(route.handle(world, request, *path_ids))
        except ApiError as error:
            return _reply(message("This is not possible", error.message, status=error.status))


def _fields(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _reply(response: Response) -> Reply:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Reply(response.status_code, bytes(response.body), headers)
