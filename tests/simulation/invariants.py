"""What must hold of the records after every step, whatever was called, refused, lost or crashed."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from services.audit.model import StoredEvent
from services.audit.rules import ChainCheck
from services.billing.projection import project
from services.billing.store import load_facts
from services.contract.types import Account, Unit
from services.storage.connection import Connection
from services.storage.tables import SinceMoment
from tests.simulation.grains import GRAIN, POLICY, grains
from tests.simulation.image import Image
from tests.simulation.oracle import WINDOW, Desk
from tests.simulation.records import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOVED_TO = (Account.CONSUMED, Account.EXPIRED, Account.VOIDED)


class Ledger:
    """Folds the ledger entry by entry, beside the balances and lots that the database keeps."""

    def __init__(self) -> None:
        self._accounts: Counter[tuple[str, str, str]] = Counter()
        self._grants: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def check(self, image: Image) -> None:
        """Check that new entries cancel out, and that balances and lots are the fold of all entries."""
        sums: Counter[tuple[str, str]] = Counter()
        for entry in image.new_entries:
            assert entry.amount != 0
            sums[entry.transaction_id, entry.unit] += entry.amount
            account = (entry.customer_id, entry.unit, entry.account)
            self._accounts[account] += entry.amount
            assert entry.balance_after == self._accounts[account]
            if entry.grant_id is not None:
                self._grants[entry.grant_id][entry.account] += entry.amount
        assert not any(sums.values()), "a transaction does not sum to zero"
        self._check_balances(image)
        self._check_lots(image)

    def _check_balances(self, image: Image) -> None:
        held = {
            (row.customer_id, row.unit, account.value): getattr(row, account.value)
            for row in image.rows["credit_balances"]
            for account in Account
        }
        assert {key: amount for key, amount in held.items() if amount} == {
            key: amount for key, amount in self._accounts.items() if amount
        }

    def _check_lots(self, image: Image) -> None:
        assert len(image.rows["credit_lots"]) == len(self._grants)
        for lot in image.rows["credit_lots"]:
            moved = self._grants[lot.grant_id]
            assert 0 <= lot.remaining <= lot.amount
            assert not (lot.closed and lot.remaining)
            assert lot.remaining == moved[Account.AVAILABLE]
            assert lot.amount == lot.remaining + sum(moved[account] for account in _MOVED_TO) == -moved[Account.ISSUED]


class Trail:
    """Verifies the chains event by event, and that each tells what the oracle says happened."""

    def __init__(self) -> None:
        self._chains: dict[str, ChainCheck] = {}
        self._seen = 0
        self._applied: set[tuple[str, str]] = set()

    def check(self, image: Image, desk: Desk) -> None:
        """Check the new events."""
        for row in image.new_events:
            chain = self._chains.setdefault(row.stream, ChainCheck(row.stream))
            chain.take([getattr(row, name) for name in StoredEvent.__struct_fields__])
            assert chain.result().status == "OK", chain.result()
            if row.outcome == "applied" and row.request_id is not None:
                assert (row.stream, row.request_id) not in self._applied, "two events for one request id"
                self._applied.add((row.stream, row.request_id))
        told = [Event(*(getattr(row, name) for name in Event._fields)) for row in image.new_events]
        assert told == desk.events[self._seen :]
        self._seen = len(desk.events)
        assert image.receipts == len(self._applied), "not as many receipts as events"


def check_against(desk: Desk, image: Image) -> None:
    """Check that the records are what the oracle says they are."""
    status = {row.customer_id: row for row in image.rows["customer_status"]}
    items = {row.customer_id: row.status for row in image.rows["checklist_items"]}
    named = {row.customer_id: row for row in image.rows["customers"]}
    assert status.keys() == desk.customers.keys()
    for row in image.rows["billing_records"]:
        customer = desk.customers[row.customer_id]
        assert (row.state, row.payment_rail, row.version) == (customer.state, customer.rail, customer.version)
        assert (_moment(row.trial_ends_at), bool(row.trial_extended)) == (
            customer.trial_ends_at,
            customer.trial_extended,
        )
        assert items.get(row.customer_id) == customer.item
        assert status[row.customer_id].revision == customer.revision
        assert named[row.customer_id].legal_name == customer.fields["legal_name"]
        assert named[row.customer_id].parent_customer_id == customer.fields["parent_customer_id"]
    _check_credits(desk, image)
    _check_requests(desk, image)
    uses = {(row.customer_id, row.event_id): row.reversed_by is not None for row in image.rows["usage_events"]}
    assert uses == {(c, e): use.is_reversed for c, one in desk.customers.items() for e, use in one.uses.items()}


def _check_credits(desk: Desk, image: Image) -> None:
    lots = {(row.customer_id, str(row.position)): (row.remaining, row.closed) for row in image.rows["credit_lots"]}
    assert lots == {
        (customer_id, name): (lot["left"] * GRAIN[Unit(lot["unit"])], lot["closed"])
        for customer_id, customer in desk.customers.items()
        for name, lot in customer.credits.lots.items()
    }
    for row in image.rows["credit_balances"]:
        accounts = desk.customers[row.customer_id].credits.accounts
        for account in Account:
            assert getattr(row, account.value) == accounts[row.unit, account.value] * GRAIN[Unit(row.unit)]


def _check_requests(desk: Desk, image: Image) -> None:
    found = {
        (row.customer_id, row.request_id): (row.requested_by, row.status, row.decided_by)
        for row in image.rows["change_requests"]
    }
    assert found == {
        (customer_id, request_id): (asked.actor, asked.status, asked.decided_by)
        for customer_id, customer in desk.customers.items()
        for request_id, asked in customer.asked.items()
    }
    assert all(asked_by != decided_by for asked_by, _, decided_by in found.values()), "not four eyes"


def check_limits(desk: Desk, image: Image) -> None:
    """Check that what each operator granted alone was within the policy's limits in every window."""
    drawn = {(row.customer_id, row.request_id): row for row in image.rows["operator_credits"]}
    assert drawn.keys() == desk.draws.keys()
    direct = defaultdict(list)
    for key, row in drawn.items():
        draw = desk.draws[key]
        amounts = {Unit.WORKSPACE_HOURS: row.workspace_seconds, Unit.AI_CENTS: row.ai_micros}
        assert (row.actor, _moment(row.applied_at)) == (draw.actor, draw.at)
        assert amounts == {unit: draw.asked[unit] * GRAIN[unit] for unit in Unit}
        if draw.direct:
            direct[draw.actor].append(draw)
    most = {Unit.WORKSPACE_HOURS: POLICY.operator_limit_hours, Unit.AI_CENTS: POLICY.operator_limit_cents}
    for draws in direct.values():
        for last in draws:
            window = [each.asked for each in draws if last.at - WINDOW < each.at <= last.at]
            for unit in Unit:
                assert sum(asked[unit] for asked in window) <= grains(unit, most[unit]), "above the operator's limit"


def check_projection(conn: Connection, image: Image, customer_id: str, written_at: datetime) -> None:
    """Check that the index of a customer's blockers says what the rule says of the moment at which it was written."""
    facts = load_facts(conn, customer_id)
    assert facts is not None
    due = project(facts, written_at)
    row = next(row for row in image.rows["customer_status"] if row.customer_id == customer_id)
    since = None if row.blocked_since == SinceMoment.UNKNOWN else _moment(row.blocked_since)
    codes = {each.code for each in image.rows["customer_blockers"] if each.customer_id == customer_id}
    assert codes == {code.value for code in due.codes}
    assert (bool(row.blocked), since, _moment(row.next_change_at)) == (
        bool(due.codes),
        due.blocked_since,
        due.next_change_at,
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)
