"""The app on a real surface over a real store, with the clock, ids and people of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from billinghelp.app import BillingHelpApp
from billinghelp.desk import Desk
from services.contract.policy import Policy
from services.contract.principals import Principal
from services.guidance.guide import Guide
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.migrated import migrated
from tests.surface import OPERATOR, Workbench, counting_ids, customer

CUSTOMERS: tuple[dict[str, Any], ...] = (
    customer(
        "c7-000035",
        legal_name="AvalonBay Communities",
        billing={"commercial_reference": "PO-2978"},
        use={"cpu": "6500m", "memory": "12Gi", "storage": "88Gi"},
    ),
    customer("c7-000036", legal_name="株式会社日立製作所", billing={"payment_rail": "none"}),
    customer(
        "c7-000037",
        legal_name="Clear Skies Ltd",
        billing={"state": "verified", "payment_rail": "prepaid", "usage_tier": "business"},
        checklist=[{"item": "billing", "status": "complete"}],
        credit_grants=[
            {"unit": "workspace_hours", "amount": "40", "category": "paid", "source": "order-1"},
            {"unit": "ai_cents", "amount": "1234.5", "category": "promotional", "source": "spring"},
        ],
        usage=[{"unit": "workspace_hours", "amount": "12.25", "occurred_at": "2026-11-01T09:00:00Z"}],
        use={"cpu": "9", "memory": "40Gi", "storage": "410Gi"},
    ),
)


@contextmanager
def real_app(
    folder: Path, guide: Guide | None = None, *, read_only: bool = False, principal: Principal = OPERATOR, **how: Any
) -> Iterator[tuple[BillingHelpApp, Workbench]]:
    """Yield the app on a fresh SQLite store with three customers, and a bench on the same store.

    Args:
        guide: who answers; null: the rules.
        principal: who sits at the app.
        read_only: whether the app's own surface refuses every change; the bench's does not.
    """
    bench = Workbench(Store(f"sqlite:///{migrated(folder / 'desk.db')}"), guide=guide)
    bench.feed(*CUSTOMERS)
    store = bench.store
    surface = Surface(store, policy=Policy(), clock=bench.clock, guide=guide, read_only=True) if read_only else None
    app = BillingHelpApp(
        lambda: Desk(surface or bench.surface, principal),
        demo=True,  # the header names no path of the machine that runs the test
        folder=folder,
        clock=bench.clock,
        new_id=counting_ids(),
        **{"theme": "dark", **how},
    )
    yield app, bench
    bench.surface.close()
