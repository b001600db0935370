"""The server dies at every point of an action, by SIGKILL; the same request, sent again, has one effect, one event."""

import operator
import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    AuditedRequest,
    MarkInvoiceVerified,
)
from tests.faults.launcher import Point
from tests.faults.site import Recorded, Site
from tests.surface import customer

_numbers = count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), folder / "desk.db")
        with Site(f"sqlite:///{path}", folder) as site:
            yield site
        return
    cluster = request.getfixturevalue("postgres_cluster")
    name = f"kill_{request.getfixturevalue('postgres_template')}"
    with Site(cluster.create(name, request.getfixturevalue("postgres_template")), folder) as site:
        yield site
    cluster.drop(name)


def fields(site: Site) -> dict[str, str]:
    """Return the fields of an audited request on a new customer's record."""
    number = next(_numbers)
    site.feed(customer(f"c{number}"))
    etag = site.view(f"c{number}").billing.etag
    return {"customer_id": f"c{number}", "request_id": f"req-{number}", "reason": "agreed with finance", "etag": etag}


def verification(site: Site) -> AuditedRequest:
    return MarkInvoiceVerified(**fields(site))


def credit(site: Site) -> AuditedRequest:
    return ApplySupportCredit(**fields(site), workspace_hours="2")


def approval(site: Site) -> AuditedRequest:
    """Return the approval of a credit that somebody else asked for."""
    common = fields(site)
    asked = ApplySupportCredit(**(common | {"request_id": "asked"}), workspace_hours="200")
    asking = Principal(actor="ida", role=Role.OPERATOR)
    assert site.surface.dispatch(asking, asked).outcome == "pending_approval"
    return ApproveTenantChangeRequest(**common, change_request_id=site.waiting(common["customer_id"]))


ALL = [point for point in Point if point is not Point.NOWHERE]
AFTER_AUDIT = {Point.AFTER_AUDIT, Point.BEFORE_COMMIT, Point.BEFORE_REPLY}
AFTER_LEDGER = {Point.AFTER_LEDGER, *AFTER_AUDIT}
MATRIX = [
    *((verification, point, 0) for point in ALL if point is not Point.AFTER_LEDGER),
    *((action, point, 2) for action in (credit, approval) for point in ALL),
]


@pytest.mark.parametrize(("make", "point", "entries"), MATRIX, ids=lambda each: getattr(each, "__name__", str(each)))
def test_an_action_whose_server_was_killed_has_one_effect_and_one_event(
    site: Site, make: Callable[[Site], AuditedRequest], point: Point, entries: int
) -> None:
    request = make(site)
    before = site.recorded(request)
    done = Recorded("b2", before.entries + entries, before.lots + entries // 2, 1)
    with site.serving(point) as server:
        numbers = site.numbers_given()
        assert server.call("olga", request) is None
    assert server.ended == -signal.SIGKILL
    if numbers is not None:
        entries_grew, events_grew = map(operator.gt, site.numbers_given() or (), numbers)
        assert entries_grew == (entries > 0 and point in AFTER_LEDGER)
        assert events_grew == (point in AFTER_AUDIT)
    assert site.recorded(request) == (done if point is Point.BEFORE_REPLY else before)

    with site.serving() as server:
        answers = [server.call("olga", request) for _ in range(2)]
        assert [answer.pop("replayed") for answer in answers] == [point is Point.BEFORE_REPLY, True]
        assert answers[0] == answers[1]
        assert server.finds_everything_sound()
    assert site.recorded(request) == done
