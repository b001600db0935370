"""A browser is pointed at safe addresses alone, and never at one that would take the terminal."""

import webbrowser

import pytest

from billinghelp.browser import is_openable, open_in_browser

SAFE = [
    "https://checkout.stripe.com/c/pay/cs_test_a1?x=1#fid",
    "http://127.0.0.1:8420/c/pay/1",
    "http://localhost:1/",
    "http://[::1]:80/p",
]
UNSAFE = [
    *("", "checkout.stripe.com", "http://checkout.stripe.com/", "ftp://127.0.0.1/", "javascript:alert(1)"),
    *("file:///etc/passwd", "https://", "https://a b.example/", "https://näme.example/", "https://[::1", "--help"),
    *(
        "https://user:secret@checkout.stripe.com/",
        "https://x.example/\x1b]52;c;AA\x07",
        "http://127.0.0.1.example.com/",
    ),
]


class Window(webbrowser.BaseBrowser):
    """A browser with a window of its own."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        opened.append(url)
        return True


opened: list[str] = []


@pytest.mark.parametrize("url", SAFE)
def test_https_and_this_machine_are_opened(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.clear()
    monkeypatch.setattr(webbrowser, "get", Window)
    assert open_in_browser(url)
    assert opened == [url]


@pytest.mark.parametrize("url", UNSAFE)
def test_nothing_else_is_opened(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.clear()
    monkeypatch.setattr(webbrowser, "get", Window)
    assert not is_openable(url)
    assert not open_in_browser(url)
    assert opened == []


def test_a_browser_that_runs_in_the_terminal_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("true"))
    assert not open_in_browser(SAFE[0])


def test_where_there_is_none_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def get() -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", get)
    assert not open_in_browser(SAFE[0])
