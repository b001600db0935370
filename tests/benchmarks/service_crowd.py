"""What a crowd of operators works on: three databases of the same customers, and two servers in front of the first."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import ApplySupportCredit, AuditedRequest, CreateToken, VerifyAuditTrail
from services.contract.views import AuditVerification
from services.storage.engine import Store
from services.surface.surface import Surface
from services.surface.wire import encode
from tests.benchmarks.processors import Usage, backends
from tests.benchmarks.service_load import FIRST_ETAG, Load, Told
from tests.databases import durable_cluster
from tests.serve_process import ServeProcess, serve_process
from tests.surface import OPERATOR, OTHER_OPERATOR, OWNER, Workbench, customer

OPERATORS = 32
REASON = "agreed with finance"
SMALL = {"workspace_hours": "0.01", "ai_cents": "0.25"}

_SERVERS = 2
_ACTORS = (OPERATOR.actor, *(f"operator-{number}" for number in range(OPERATORS)))
_LIMITS = {"operator_limit_hours": 1_000_000, "operator_limit_cents": 1_000_000_000}
"""More than any crowd here grants."""
_NEVER_ALONE = Policy(action_limit_hours=0, action_limit_cents=0)
_CONFIG = "[server]\nrequests_per_minute = 1000000\n[policy]\n" + "".join(f"{k} = {v}\n" for k, v in _LIMITS.items())


@dataclass(frozen=True)
class Crowd:
    """Operators with their tokens.

    Attributes:
        url: of the database that the servers work on.
        floor: of the one for bare connections.
        watched: the one that tells what is written.
        pending: the ids of the change requests that wait, by customer.
        process: acts for the operators.
    """

    url: str
    floor: str
    watched: Workbench
    pending: Mapping[str, Sequence[str]]
    tokens: Sequence[str]
    servers: Sequence[ServeProcess]
    process: "subprocess.Popen[bytes]"

    def act(self, requests: Sequence[AuditedRequest], operators: int, usage: Usage, *, servers: int = 1) -> Told:
        """Let so many operators make the requests through so many of the servers."""
        used = self.servers[:servers]
        load = Load(
            ports=[int(server.url.rpartition(":")[2]) for server in used],
            tokens=list(self.tokens[:operators]),
            method=type(requests[0]).__name__,
            bodies=[encode(request) for request in requests],
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with usage.watched(
            {"serve": [server.process.pid for server in used], "PostgreSQL": backends(self.url)},
        ):
            self.process.stdin.write(msgspec.json.encode(load) + b"\n")
            self.process.stdin.flush()
            told = msgspec.json.decode(self.process.stdout.readline(), type=Told)
        usage.add("the crowd", told.cpu)
        return told

    def require_whole_chains(self) -> None:
        """Raise `AssertionError` unless the audit trail that the servers have written is whole."""
        store = Store(self.url)
        bench, request = Workbench(store), VerifyAuditTrail(page_size=200)
        while True:
            page: AuditVerification = bench.call(request, OWNER)
            if any(stream.status != "OK" for stream in page.streams):
                raise AssertionError("a chain of audit events is broken")
            if page.next_page_token is None:
                break
            request = VerifyAuditTrail(page_size=200, page_token=page.next_page_token)
        store.close()


@contextmanager
def crowd(customers: Sequence[str], asked_for: Mapping[str, int]) -> Iterator[Crowd]:
    """Yield a crowd at its work.

    Args:
        customers: that there are.
        asked_for: for which of them support credits are asked for, and how many.
    """
    with ExitStack() as opened:
        cluster = opened.enter_context(durable_cluster())
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="billinghelp-benchmark-")))
        url = cluster.create("ours")
        _feed(url, customers)
        pending, tokens = _pending(url, asked_for), _tokens(url)
        floor, watched = (cluster.create(name, "ours") for name in ("floor", "watched"))
        store = Store(watched)
        opened.callback(store.close)
        config = folder / "config" / "billinghelp" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(_CONFIG)
        servers = [opened.enter_context(serve_process(url, folder)) for _ in range(_SERVERS)]
        process = opened.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.service_load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        yield Crowd(
            url, floor, Workbench(store, policy=msgspec.convert(_LIMITS, Policy)), pending, tokens, servers, process
        )


def _feed(url: str, customers: Sequence[str]) -> None:
    store = Store(url)
    store.upgrade()
    Workbench(store).feed(*map(customer, (*map(_own, _ACTORS), *customers)))
    store.close()


def _own(actor: str) -> str:
    return f"first-of-{actor}"


def _credit(customer_id: str, request_id: str) -> ApplySupportCredit:
    return ApplySupportCredit(customer_id=customer_id, reason=REASON, request_id=request_id, etag=FIRST_ETAG, **SMALL)


def _pending(url: str, asked_for: Mapping[str, int]) -> dict[str, list[str]]:
    """Ask for support credits, so many for each customer; return the ids of the requests."""
    surface = Surface(Store(url), policy=_NEVER_ALONE)
    found: dict[str, list[str]] = {}
    for customer_id, count in asked_for.items():
        asked = [_credit(customer_id, f"ask-{number}") for number in range(count)]
        found[customer_id] = [surface.dispatch(OTHER_OPERATOR, each).change_request_id for each in asked]
    surface.close()
    return found


def _tokens(url: str) -> list[str]:
    """Return the operators' tokens."""
    surface = Surface(Store(url), policy=Policy())  # whose clock is the servers'
    for actor in _ACTORS:  # an operator's row is made at the first credit, which is not to be one that is measured
        surface.dispatch(Principal(actor=actor, role=Role.OPERATOR), _credit(_own(actor), "first"))
    requests = [CreateToken(role=Role.OPERATOR, name=actor, expires_in="1d") for actor in _ACTORS[1:]]
    tokens = [surface.dispatch(OWNER, request).token for request in requests]
    surface.close()
    return tokens
