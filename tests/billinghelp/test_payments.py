"""The sandbox that comes along: it is there when it is needed, furnished as it is told, and gone afterwards."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billinghelp.payments import PaymentOffice
from services.contract.errors import Refused
from services.contract.plans import PlanCatalogue
from services.contract.server_address import parse_address
from services.payments.sandbox.sandbox import Sandbox


def answers(base: str) -> bool:
    """Return whether somebody listens at an address of this machine."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", int(parse_address(base).host.rpartition(":")[2]))) == 0


def test_it_is_furnished_before_it_is_used_and_as_long_as_it_runs() -> None:
    said: list[str] = []

    @contextmanager
    def furnished(sandbox: Sandbox) -> Iterator[None]:
        with sandbox.world() as world:
            said.append(f"{len(world.all('price'))} prices")
        yield
        said.append("over")

    office = PaymentOffice(None, None, PlanCatalogue(), furnished)
    assert office.is_sandbox
    assert said == []
    office.provider()
    office.provider()
    assert said == ["6 prices"]
    office.close()
    assert said == ["6 prices", "over"]


def test_what_cannot_be_furnished_leaves_nothing_running() -> None:
    bases: list[str] = []

    @contextmanager
    def furnished(sandbox: Sandbox) -> Iterator[None]:
        bases.append(sandbox.base)
        raise KeyError
        yield

    office = PaymentOffice(None, None, PlanCatalogue(), furnished)
    with pytest.raises(KeyError):
        office.provider()
    assert not answers(bases[0])
    office.close()


def test_a_file_that_is_no_sandboxs_is_named_with_what_to_do(tmp_path: Path) -> None:
    state = tmp_path / "stripe-sandbox.db"
    state.write_text("something else" * 1_000)
    office = PaymentOffice(None, state, PlanCatalogue())
    with pytest.raises(Refused, match=r"cannot use .*stripe-sandbox\.db .*: move it away") as caught:
        office.provider()
    assert caught.value.reason == "PAYMENTS_NOT_CONFIGURED"
    office.close()
    assert state.read_text().startswith("something else")
