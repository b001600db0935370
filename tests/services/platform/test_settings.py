"""Where the platform is must be safe to speak to; what is wrong is one sentence that shows no secret."""

import pytest

from services.contract.errors import Refused
from services.platform.settings import PlatformSettings


@pytest.mark.parametrize(
    "url",
    ["https://platform.example/changes", "http://127.0.0.1:9/", "http://localhost:8080", "http://[::1]:9/a"],
)
def test_an_address_is_taken_that_is_encrypted_or_this_machine_s(url: str) -> None:
    assert PlatformSettings(url=url).url == url


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://platform.example/changes", "without encryption"),
        ("http://10.0.0.1/changes", "without encryption"),
        ("https://ops:hunter2@platform.example", "no user and no password"),
        ("ftp://platform.example", "must begin with http"),
        ("https://", "names no host"),
        ("https://platform.example/?a=hunter2", "without ?"),
        ("", "must begin with http"),
    ],
)
def test_any_other_is_refused(url: str, wrong: str) -> None:
    with pytest.raises(Refused) as caught:
        PlatformSettings(url=url)
    assert caught.value.reason == "CONFIG_INVALID"
    assert wrong in caught.value.message
    assert "[platform] url" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("token", ["", "a\nb", "schlüssel"])
def test_a_token_that_no_header_takes_is_refused(token: str) -> None:
    with pytest.raises(Refused, match="no token can hold"):
        PlatformSettings(url="https://platform.example", token=token)


def test_a_token_is_not_shown() -> None:
    assert "hunter2" not in repr(PlatformSettings(url="https://platform.example", token="hunter2"))
