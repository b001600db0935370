"""A server's address: what is shown is what is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.server_address import UnusableAddressError, parse_address


@pytest.mark.parametrize(
    ("base_url", "url", "host"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1", "api.openai.com"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1", "api.openai.com"),
        ("HTTPS://API.OpenAI.com:443/v1", "https://api.openai.com/v1", "api.openai.com"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("http://localhost:11434", "http://localhost:11434", "localhost:11434"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1", "[::1]:8080"),
        ("https://models.example:80/a/b", "https://models.example:80/a/b", "models.example:80"),
        ("https://ada:secret@models.example/v1", "https://models.example/v1", "models.example"),
        ("https://api.openai.com@evil.example/v1", "https://evil.example/v1", "evil.example"),
        ("https://api.openai.com\\@evil.example/v1", "https://evil.example/v1", "evil.example"),
    ],
)
def test_an_address_shows_its_host_and_no_credentials(base_url: str, url: str, host: str) -> None:
    address = parse_address(base_url)
    assert (address.url, address.host) == (url, host)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.openai.com/v1",
        "ftp://models.example",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://:443/v1",
        "http://models.example:port/v1",
        "http://models.example:99999/v1",
        "http://[::1/v1",
        "http://[fe80::1%eth0]/v1",
        "http://[zz::]/v1",
        "https://models.example/v1?key=secret",
        "https://models.example/v1#secret",
        "https://models.example/v 1",
        "https://models.example/v1\n",
        "https://mödels.example/v1",
        "https://-models.example/v1",
        "https://mod_els!.example/v1",
        'https://models.example/"v1"',
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(base_url: str) -> None:
    with pytest.raises(UnusableAddressError) as caught:
        parse_address(base_url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("[::1]", True),
        ("localhost", True),
        ("models.localhost", True),
        ("192.168.0.5", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_this_machine_is_told_from_others(host: str, is_loopback: bool) -> None:
    assert parse_address(f"http://{host}:8080/v1").is_loopback is is_loopback


@pytest.mark.parametrize(
    ("base_url", "credentials"),
    [
        ("https://models.example", None),
        ("https://ada:secret@models.example", "Basic YWRhOnNlY3JldA=="),
        ("https://ada@models.example", "Basic YWRhOg=="),
        ("https://ada:s%40fe@models.example", "Basic YWRhOnNAZmU="),
    ],
)
def test_a_name_and_password_become_a_header(base_url: str, credentials: str | None) -> None:
    assert parse_address(base_url).credentials == credentials


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    for base_url in (text, f"https://{text}", f"https://models.example/{text}"):
        try:
            address = parse_address(base_url)
        except UnusableAddressError:
            continue
        assert parse_address(address.url).url == address.url
        assert address.host == address.url.split("/")[2]
