"""A customer with nodes, over a test store: tokens issued as administrators do, heartbeats as nodes send them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import jwt
import msgspec
from sqlalchemy import Connection, update

from services.contract.context import CallContext
from services.contract.plans import PlanCatalogue
from services.contract.policy import Policy
from services.contract.principals import Credential, Role
from services.contract.requests import CreateToken, ListNodes, ListTokens, RevokeToken
from services.contract.types import Resource
from services.contract.views import CustomerBillingView, NewToken, NodePage
from services.payments.nodes.heartbeats import Heartbeats
from services.payments.nodes.listing import list_nodes
from services.payments.nodes.model import Heartbeat, HeartbeatAnswer
from services.storage.engine import Store
from services.storage.tables import billing_records, payment_profiles, usage_levels
from services.storage.upsert import insert_or_update
from tests.surface import ADMIN, OPERATOR, ManualClock, Workbench, counting_ids, customer

TOLD = Heartbeat(version="4.2.1", users=12, storage_bytes=5_000_000, applied_generation=1)


class Site:
    """A bench with the customers `acme-eu` and `beta`, whose nodes speak to `heartbeats`."""

    def __init__(self, store: Store, heartbeats: Heartbeats, bench: Workbench) -> None:
        self.store = store
        self.heartbeats = heartbeats
        self.bench = bench

    @property
    def clock(self) -> ManualClock:
        """The clock of all."""
        return self.bench.clock

    def token(self, node_id: str = "node-1", customer_id: str = "acme-eu", *, expires_in: str = "90d") -> NewToken:
        """Register a node, and return its token."""
        request = CreateToken(
            role=Role.SERVICE,
            name=f"{node_id} of {customer_id}",
            expires_in=expires_in,
            customer_id=customer_id,
            node_id=node_id,
        )
        issued: NewToken = self.bench.call(request, ADMIN)
        return issued

    def revoke(self, token: NewToken) -> None:
        """Take a token back."""
        self.bench.call(RevokeToken(token_id=token.token_id), ADMIN)

    async def beat(self, token: NewToken, told: Heartbeat = TOLD, node_id: str | None = None) -> HeartbeatAnswer:
        """Send a node's heartbeat; return the answer."""
        answer = await self.heartbeats.answer(Credential(token.token), node_id or token.node_id or "", told)
        return msgspec.json.decode(answer, type=HeartbeatAnswer)

    def change_plan(self, plan: str, customer_id: str = "acme-eu", generation: int = 2) -> None:
        """Give the customer another plan, as an event of Stripe's does."""

        def change(conn: Connection) -> None:
            conn.execute(
                update(billing_records).where(billing_records.c.customer_id == customer_id).values(usage_tier=plan)
            )
            row = {"customer_id": customer_id, "generation": generation, "generation_at": self.clock()}
            insert_or_update(conn, payment_profiles, [row])

        self.store.transact(change)

    def level(self, resource: Resource, amount: int, customer_id: str = "acme-eu") -> None:
        """Tell of use beside the nodes', as the platform does."""
        row = {"customer_id": customer_id, "resource": resource.value, "amount": amount}
        now = self.clock()
        self.store.transact(
            lambda conn: insert_or_update(conn, usage_levels, [row | {"measured_at": now, "source": "test"}])
        )

    def last_used(self, token: NewToken) -> datetime | None:
        """Return when a token was last used, as it is listed."""
        tokens = self.bench.call(ListTokens(), ADMIN).tokens
        found: datetime | None = next(each.last_used_at for each in tokens if each.token_id == token.token_id)
        return found

    def view(self, customer_id: str = "acme-eu") -> CustomerBillingView:
        """Return the customer's view."""
        return self.bench.view(customer_id)

    def used(self, customer_id: str = "acme-eu") -> dict[Resource, int]:
        """Return what the customer's view says is used."""
        return {meter.resource: meter.used for meter in self.view(customer_id).usage}

    def nodes(self, customer_id: str = "acme-eu", **page: Any) -> NodePage:
        """Return the list of a customer's nodes."""
        context = CallContext(principal=OPERATOR, now=self.clock(), policy=Policy(), new_id=counting_ids())
        with self.store.read() as conn:
            return list_nodes(conn, context, ListNodes(customer_id=customer_id, **page))


@contextmanager
def open_site(store: Store, **how: Any) -> Iterator[Site]:
    """Yield a site; `how`: as `Heartbeats` takes it."""
    bench = Workbench(store)
    bench.feed(customer(), customer("beta", legal_name="Beta Ltd"))
    heartbeats = Heartbeats(store, PlanCatalogue(), clock=bench.clock, new_id=counting_ids(), **how)
    try:
        yield Site(store, heartbeats, bench)
    finally:
        heartbeats.close()
        bench.surface.close()


def opened(answer: HeartbeatAnswer, keys: dict[str, Any]) -> dict[str, Any]:
    """Return the entitlements of an answer, checked as a node does."""
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(answer.entitlements)["kid"]]
    entitlements: dict[str, Any] = jwt.decode(answer.entitlements, key, algorithms=["EdDSA"])
    return entitlements
