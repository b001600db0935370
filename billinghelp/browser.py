"""Pointing a browser at a page: only at what is safe to open, and never one that would take the terminal."""

import webbrowser
from urllib.parse import urlsplit

from services.contract.server_address import parse_address


def is_openable(url: str) -> bool:
    """Return whether an address that came from outside may be opened: https, or http on this machine."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        server = parse_address(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return False
    return server.credentials is None and (parts.scheme == "https" or server.is_loopback)


def open_in_browser(url: str) -> bool:
    """Open a page in a browser of its own window, in a worker thread; return whether there is one that does."""
    if not is_openable(url):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return not _takes_the_terminal(browser) and browser.open(url)


def _takes_the_terminal(browser: webbrowser.BaseBrowser) -> bool:
    """Whether a browser runs in the terminal, as lynx and w3m do: there the app is."""
    return isinstance(browser, webbrowser.GenericBrowser) and not isinstance(browser, webbrowser.BackgroundBrowser)
