"""A database, and servers on it that come and go: `with Site(…) as site: with site.serving(point) as server: …`."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select as select_readable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import func, select

from services.contract.policy import Policy
from services.contract.principals import Role
from services.contract.requests import (
    AuditedRequest,
    CreateToken,
    GetCustomerBillingView,
    ImportCustomers,
    ListTenantChangeRequests,
    Request,
    VerifyAuditTrail,
)
from services.contract.views import CustomerBillingView
from services.storage.engine import Store
from services.storage.tables import audit_events, credit_lots, ledger_entries
from services.surface.surface import Surface
from tests.faults.client import PATIENCE, post
from tests.faults.launcher import Point
from tests.surface import OWNER

_ADDRESS = re.compile(r" on http://127\.0\.0\.1:(\d+)$")
_ENDED = re.compile(r"ended (-?\d+)$")


class Recorded(NamedTuple):
    """What is on record of one customer."""

    etag: str
    entries: int
    lots: int
    events: int


class Site:
    """A database, and a launcher of servers on it. `surface`: the same records in this process, to look behind them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(url)
        self.surface = Surface(self.store, policy=Policy())
        own = {"BILLINGHELP_DATABASE_URL": url, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BILLINGHELP_")}
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.launcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=kept | own,
        )
        self._said = b""

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *_: object) -> None:
        self._launcher.communicate(timeout=PATIENCE)  # nothing more is asked for, so it ends
        self.surface.close()

    @contextmanager
    def serving(self, point: Point = Point.NOWHERE) -> Iterator["Server"]:
        """Yield a server that dies at a point; otherwise it is killed on leaving."""
        assert self._launcher.stdin is not None
        self._launcher.stdin.write(f"{point}\n".encode())
        process = int(self._line())
        while not (found := _ADDRESS.search(line := self._line())):
            assert not _ENDED.match(line), f"the server did not start: {line}"
        # New tokens each time: a process takes a batch of a token's calls for itself, and a minute has few of them.
        server = Server(int(found[1]), {name: self._token(name) for name in ("olga", "omar")})
        try:
            yield server
        except BaseException:
            self._kill(process)  # it may not have come to the point at all
            raise
        server.ended = self._kill(process) if point is Point.NOWHERE else self._end()

    def _kill(self, process: int) -> int:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        return self._end()

    def _end(self) -> int:
        """Return how the process ended."""
        while not (found := _ENDED.match(self._line())):
            pass
        return int(found[1])

    def _line(self) -> str:
        """Return the next line that the launcher or its server wrote."""
        assert self._launcher.stdout is not None
        while b"\n" not in self._said:
            readable, _, _ = select_readable([self._launcher.stdout], [], [], PATIENCE)
            assert readable, f"nothing more was heard, after {self._said!r}"
            said = self._launcher.stdout.read(65_536)
            assert said, f"the launcher ended, after {self._said!r}"
            self._said += said
        line, _, self._said = self._said.partition(b"\n")
        return line.decode()

    def feed(self, line: dict[str, Any]) -> None:
        """Import a customer."""
        self.surface.dispatch(OWNER, ImportCustomers(source="test", format="jsonl", content=msgspec.json.encode(line)))

    def view(self, customer_id: str) -> CustomerBillingView:
        """Return a customer's view."""
        view: CustomerBillingView = self.surface.dispatch(OWNER, GetCustomerBillingView(customer_id=customer_id))
        return view

    def recorded(self, request: AuditedRequest) -> Recorded:
        """Return what is on record of a request's customer, and how many events of the request."""
        customer_id = request.customer_id
        counted = {
            "entries": select(func.count()).where(ledger_entries.c.customer_id == customer_id),
            "lots": select(func.count()).where(credit_lots.c.customer_id == customer_id),
            "events": select(func.count()).where(
                audit_events.c.stream == customer_id, audit_events.c.request_id == request.request_id
            ),
        }
        with self.store.read() as conn:
            found = {name: conn.execute(statement).scalar_one() for name, statement in counted.items()}
        return Recorded(etag=self.view(customer_id).billing.etag, **found)

    def numbers_given(self) -> tuple[int, int] | None:
        """Return the last numbers that PostgreSQL gave to a ledger entry and to an audit event, committed or not.

        They tell whether a statement was executed. None on SQLite, where none is sent that is not executed at once.
        """
        if self.store.kind != "postgresql":
            return None
        sequences = ("ledger_entries_entry_number_seq", "audit_events_event_number_seq")
        with self.store.read() as conn:
            entry, event = (conn.exec_driver_sql(f"SELECT last_value FROM {name}").scalar_one() for name in sequences)
        return entry, event

    def waiting(self, customer_id: str) -> str:
        """Return the id of the customer's one change request that waits."""
        page = self.surface.dispatch(OWNER, ListTenantChangeRequests(customer_id=customer_id))
        [request] = page.change_requests
        return str(request.change_request_id)

    def _token(self, name: str) -> str:
        return str(self.surface.dispatch(OWNER, CreateToken(role=Role.OPERATOR, name=name)).token)


class Server:
    """A server as the operators «olga» and «omar» see it. `ended`: how its process ended, once it has."""

    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self._port = port
        self._tokens = tokens
        self.ended: int | None = None

    def call(self, actor: str, request: Request) -> Any:
        """Return the answer's body, or None where the connection broke before there was one."""
        answer = post(self._port, self._tokens[actor], request)
        if answer is None:
            return None
        assert answer.status == 200, answer.body
        return answer.body

    def finds_everything_sound(self) -> bool:
        """Return whether every chain verifies, and the ledger."""
        found = self.call("omar", VerifyAuditTrail())
        return {stream["status"] for stream in found["streams"]} == {"OK"} and found["ledger"]["mismatched"] == []
