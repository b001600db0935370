"""Templates to answers: Jinja2 with escaping on, and headers that let a page load nothing but itself."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from services.contract.wording import money
from services.payments.sandbox.pages import wording
from services.payments.sandbox.world import World

HEADERS = {
    "Cache-Control": "no-store",
    # No form-action: Chromium would apply it to the redirect to a merchant's success_url too.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(world: World, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """Return a page; every form on it carries `token`, which does its work once (see `serving`)."""
    body = _environment().get_template(template).render(token=world.new_id("form"), **facts)
    return HTMLResponse(body, status, HEADERS)


def message(
    title: str, sentence: str, *, link: str | None = None, link_text: str = "Back", status: int = 200
) -> HTMLResponse:
    """Return a page that says one thing."""
    body = (
        _environment()
        .get_template("message.html")
        .render(title=title, sentence=sentence, link=link, link_text=link_text)
    )
    return HTMLResponse(body, status, HEADERS)


def go(address: str) -> RedirectResponse:
    """Return a redirect after a form did its work, so that reloading the page does not post again."""
    return RedirectResponse(address, status_code=303, headers=HEADERS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("services.payments.sandbox.pages", ""),  # each page's template lies beside it
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"money": money, "day": wording.day}
    return environment
