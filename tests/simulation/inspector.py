"""Looks at the database after every step, beside the oracle, and at the views that the product makes of it."""

from collections import Counter
from datetime import datetime

import msgspec

from services.contract.requests import GetCustomerBillingView, VerifyAuditTrail
from services.contract.views import CustomerBillingView
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.clocks import FakeClock
from tests.simulation import invariants
from tests.simulation.image import Camera, Image
from tests.simulation.oracle import Desk
from tests.simulation.steps import TEAM


class Inspector:
    """Checks one database.

    Attributes:
        previous: what the database held before the last step.
        written_at: when the index of each customer's blockers was written last.
        views: the last view of each customer, and when that was.
        importing: whether the step is an import, which leaves the index of those who exist already as it was.
    """

    def __init__(self, desk: Desk, clock: FakeClock, store: Store, surface: Surface) -> None:
        self._desk = desk
        self._clock = clock
        self._latest = clock.now
        self._camera, self._ledger, self._trail = Camera(), invariants.Ledger(), invariants.Trail()
        self._image = self._camera.take(store)
        self.use(store, surface)
        self.written_at: dict[str, datetime] = {}
        self.views: dict[str, tuple[datetime, CustomerBillingView]] = {}
        self.importing = False

    def use(self, store: Store, surface: Surface) -> None:
        """Look through these from now on: the process has started anew."""
        self._store, self._surface = store, surface

    def check(self) -> Image:
        """Look at the database, and check all that must hold of it."""
        self._latest = max(self._latest, self._clock.now)
        self.previous, image = self._image, self._camera.take(self._store)
        self._image = image
        self._learn(image)
        self._ledger.check(image)
        self._trail.check(image, self._desk)
        invariants.check_against(self._desk, image)
        if image.rows["operator_credits"] != self.previous.rows["operator_credits"]:
            invariants.check_limits(self._desk, image)
        self._check_projections(image)
        return image

    def _learn(self, image: Image) -> None:
        """Learn the ids that the product has given."""
        for row in image.rows["credit_lots"]:
            if row.grant_id not in self._desk.grants:
                self._desk.grants[row.grant_id] = row.customer_id, str(row.position)
        for row in image.rows["change_requests"]:
            if row.change_request_id not in self._desk.requests:
                self._desk.requests[row.change_request_id] = row.customer_id, row.request_id

    def _check_projections(self, image: Image) -> None:
        before = {row.customer_id: row for row in self.previous.rows["customer_status"]}
        changed = [row for row in image.rows["customer_status"] if before.get(row.customer_id) != row]
        if not changed:
            return
        with self._store.read() as conn:
            for row in changed:
                old = before.get(row.customer_id)
                # A new name or parent blocks nobody: an import leaves the index of who exists as it was.
                if old is None or not self.importing:
                    was_revised = old is None or old.revision != row.revision
                    changed_at = self._desk.customers[row.customer_id].changed_at
                    self.written_at[row.customer_id] = changed_at if was_revised else self._clock.now
                invariants.check_projection(conn, image, row.customer_id, self.written_at[row.customer_id])

    def view(self, customer_id: str) -> CustomerBillingView | None:
        """Return a customer's view, which must be what the oracle says, and the same as before under the same etag."""
        customer = self._desk.customers.get(customer_id)
        if customer is None:
            return None
        now = self._clock.now
        view: CustomerBillingView = self._surface.dispatch(TEAM[0], GetCustomerBillingView(customer_id=customer_id))
        assert [blocker.code.value for blocker in view.blockers] == customer.blockers(now)
        assert view.as_of == now
        at, known = self.views.get(customer_id, (now, view))
        if known.view_etag == view.view_etag and at <= now == self._latest:
            assert _facts_of(known) == _facts_of(view), "another view under the same etag"
        self.views[customer_id] = now, view
        return view

    def check_views(
        self, before: dict[str, CustomerBillingView | None], revisions: dict[str, int], image: Image
    ) -> None:
        """Check that views and revisions tell of each change of a customer's facts, and of nothing else.

        Args:
            before: the views of those whom the call was about.
            revisions: everybody's, before the call.
        """
        for customer_id, old in before.items():
            new = self.view(customer_id)
            changed = image.facts(customer_id) != self.previous.facts(customer_id)
            if old is not None and new is not None:
                assert (old.view_etag != new.view_etag) == changed, "the view's etag does not tell of a change"
        for customer_id, customer in self._desk.customers.items():
            changed = image.facts(customer_id) != self.previous.facts(customer_id)
            assert changed == (customer.revision != revisions.get(customer_id)), "a change without a new revision"

    def check_whole(self) -> None:
        """Let the product verify the whole trail and ledger, and compare the receipts with the oracle's."""
        found = self._surface.dispatch(TEAM[0], VerifyAuditTrail())
        assert {stream.status for stream in found.streams} == {"OK"}
        assert {stream.stream: stream.length for stream in found.streams} == Counter(
            e.stream for e in self._desk.events
        )
        assert found.ledger is not None
        assert found.ledger.sound
        assert found.next_page_token is None
        with self._store.read() as conn:
            kept = set(conn.exec_driver_sql("SELECT customer_id, request_id FROM idempotency_records").all())
        assert kept == {(c, r) for c, customer in self._desk.customers.items() for r in customer.calls}


def _facts_of(view: CustomerBillingView) -> CustomerBillingView:
    """Return what an etag stands for: all but the moment of reading, and notices that only time brings."""
    return msgspec.structs.replace(view, as_of=view.changed_at, notices=[])
