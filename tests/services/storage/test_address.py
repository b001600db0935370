"""A store's URL is understood once, and what it hides stays hidden."""

import pytest

from services.contract.errors import Refused
from services.storage.address import parse_address
from services.storage.engine import Store

SECRETS = [
    "postgresql://olga:hunter2@db.example.com:5433/billing",
    "postgresql://olga@db.example.com:5433/billing?password=hunter2",
    "postgresql+psycopg://olga:hunter2@db.example.com:5433/billing?sslpassword=hunter2&host=db.example.com",
]


@pytest.mark.parametrize("url", SECRETS)
def test_no_secret_of_the_url_can_be_seen(url: str) -> None:
    store = Store(url)
    for shown in (store.label, store.url, repr(store), str(store), repr(parse_address(url))):
        assert "hunter2" not in shown
    assert store.label == "billing on db.example.com:5433"
    assert store.url.startswith("postgresql://olga@db.example.com:5433/billing")


def test_a_socket_folder_names_the_host() -> None:
    assert parse_address("postgresql://postgres@/billing?host=/run/postgresql").label == "billing on /run/postgresql"


def test_a_file_is_named_by_its_path(tmp_path: object) -> None:
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    assert (store.kind, store.label, store.url) == ("sqlite", f"{tmp_path}/desk.db", f"sqlite:///{tmp_path}/desk.db")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "desk.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///desk.db?mode=ro",
        "sqlite:///de\0sk.db",
        "mysql://olga:hunter2@db.example.com/billing",
        "postgresql+asyncpg://olga:hunter2@db.example.com/billing",
        "postgresql://olga:hunter2@db.example.com:many/billing",
    ],
)
def test_any_other_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(Refused) as refusal:
        Store(url)
    assert refusal.value.reason == "STORE_URL_INVALID"
    assert "hunter2" not in refusal.value.message
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_password_whose_signs_are_not_escaped_is_refused_and_not_shown() -> None:
    with pytest.raises(Refused, match="%40") as caught:
        parse_address("postgresql://desk:p@ss/word@db.internal:5499/billinghelp")
    assert "word" not in caught.value.message.replace("password", "")
