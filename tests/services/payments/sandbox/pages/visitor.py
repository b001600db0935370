"""A person at the hosted pages without a browser: opens them, reads them, follows links and sends forms."""

from html.parser import HTMLParser
from typing import NamedTuple

import httpx2

CARD = {"expiry": "04 / 30", "cvc": "123", "name": "Ada Example"}
"""What is typed beside a card's number."""


class SentForm(NamedTuple):
    """A form: where it goes and what it holds."""

    action: str
    fields: dict[str, str]


class Page(NamedTuple):
    """A page: `text` is what it says, `html` how; `links` are addresses by their words; `address` is a redirect's."""

    status: int
    text: str
    html: str
    links: dict[str, str]
    forms: list[SentForm]
    address: str | None

    def form(self, ending: str = "") -> SentForm:
        """Return the only form whose action ends so."""
        (found,) = (form for form in self.forms if form.action.endswith(ending))
        return found


class Visitor:
    """A person who visits a sandbox's pages."""

    def __init__(self, browser: httpx2.AsyncClient) -> None:
        self._browser = browser

    async def open(self, address: str) -> Page:
        """Return a page; a redirect of ours is not followed."""
        return _read(await self._browser.get(address))

    async def download(self, address: str) -> httpx2.Response:
        """Return a file."""
        return await self._browser.get(address)

    async def send(self, form: SentForm, **typed: str) -> Page:
        """Fill in and send a form."""
        return _read(await self._browser.post(form.action, data=form.fields | typed))

    async def follow(self, form: SentForm, **typed: str) -> Page:
        """Send a form that does its work, and return the page of ours that it leads to."""
        sent = await self.send(form, **typed)
        assert sent.status == 303, sent.text
        assert sent.address is not None
        return await self.open(sent.address)


def _read(response: httpx2.Response) -> Page:
    reader = _Reader()
    reader.feed(response.text)
    return Page(
        response.status_code,
        " ".join(" ".join(reader.words).split()),
        response.text,
        reader.links,
        reader.forms,
        response.headers.get("location"),
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self.forms: list[SentForm] = []
        self._link: str | None = None
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take links, forms and their fields."""
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        if tag == "a":
            self._link = values["href"]
            if "aria-label" in values:
                self.links[values["aria-label"]] = values["href"]
        elif tag == "form":
            self.forms.append(SentForm(values["action"], {}))
        elif tag == "input" and "name" in values:
            self.forms[-1].fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """End a link or the style."""
        self._in_style = False
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        """Take words."""
        if self._in_style:
            return
        self.words.append(data)
        if self._link is not None and data.strip():
            self.links[data.strip()] = self._link
