"""What all pages have in common: a form does its work once, and a page that is gone says so."""

from collections.abc import Callable

from starlette.responses import Response

from services.payments.sandbox.pages.bank import BankAsks, question
from services.payments.sandbox.pages.rendering import go, message
from services.payments.sandbox.routing import PageRequest, PageRoute
from services.payments.sandbox.world import World

Handle = Callable[..., Response]


class PageGone(Exception):
    """A page that cannot be shown (any more): `title` and `sentence` tell why."""

    def __init__(self, title: str, sentence: str, *, status: int = 410) -> None:
        super().__init__(sentence)
        self.title = title
        self.sentence = sentence
        self.status = status


def looking(template: str, handle: Handle) -> PageRoute:
    """Declare a page that a person looks at."""
    return PageRoute("GET", template, _told(handle))


def posting(template: str, handle: Handle) -> PageRoute:
    """Declare what a form does, once for each time that it was shown.

    A handler that redirects has done its work: the same form again leads where it led the first time, and does nothing.
    One that answers with a page (a declined card, a bank's question) has not.
    """

    def handle_once(world: World, asked: PageRequest, *path_ids: str) -> Response:
        token = asked.form.get("token", "")
        if not token.startswith("form_"):
            return message("This form is incomplete", "Open the page again and send it from there.", status=400)
        form_id = f"{token}{world.path}"  # the forms of one page share its token
        sent = world.find("sandbox.form", form_id)
        if sent is not None:
            return go(sent["outcome"])
        response = handle(world, asked, *path_ids)
        if response.status_code == 303:
            outcome = response.headers["location"]
            world.put({"id": form_id, "object": "sandbox.form", "created": world.now, "outcome": outcome})
        return response

    return PageRoute("POST", template, _told(handle_once))


def _told(handle: Handle) -> Handle:
    def handle_or_tell(world: World, asked: PageRequest, *path_ids: str) -> Response:
        try:
            return handle(world, asked, *path_ids)
        except PageGone as gone:
            return message(gone.title, gone.sentence, status=gone.status)
        except BankAsks as bank:
            return question(world, bank.method)

    return handle_or_tell
