"""What plans cost, as Stripe last said. Each function runs inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select

from services.contract.types import BillingInterval
from services.payments.port import RemotePrice
from services.storage.tables import payment_prices

_PRICES = select(*(payment_prices.c[name] for name in RemotePrice.__struct_fields__), payment_prices.c.fetched_at)


class KnownPrices(msgspec.Struct, frozen=True):
    """The prices by their lookup keys, and when Stripe was asked for them; null: it never was."""

    by_key: dict[str, RemotePrice]
    fetched_at: datetime | None


def load(conn: Connection) -> KnownPrices:
    """Return the prices that are known."""
    found: dict[str, RemotePrice] = {}
    fetched: datetime | None = None
    for *fields, fetched_at in conn.execute(_PRICES):
        row = dict(zip(RemotePrice.__struct_fields__, fields, strict=True))
        price = RemotePrice(**(row | {"interval": BillingInterval(row["interval"])}))
        found[price.lookup_key] = price
        fetched = fetched_at if fetched is None else min(fetched, fetched_at)
    return KnownPrices(found, fetched)


def replace(conn: Connection, prices: Sequence[RemotePrice], now: datetime) -> None:
    """Write the prices that Stripe has now; others are no longer known."""
    conn.execute(delete(payment_prices))
    rows = [msgspec.structs.asdict(p) | {"interval": p.interval.value, "fetched_at": now} for p in prices]
    if rows:
        conn.execute(insert(payment_prices), rows)


def forget(conn: Connection) -> None:
    """Let Stripe be asked for the prices the next time."""
    conn.execute(delete(payment_prices))
