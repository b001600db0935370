"""The stores that the benchmarks read: demo customers with ten ledger entries each, fed through the ordinary import.

They are made once, in the folder for temporary files, and made anew when the code that writes them has changed.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import services
from services.contract.clock import system_clock, to_text
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import ImportCustomers, ListBillingCustomers
from services.feeding.demo import demo_customers
from services.feeding.demo_kinds import Record
from services.storage.engine import Store
from services.surface.surface import Surface

SMALL, LARGE = 1_000, 100_000
"""How many customers the two stores have that are compared."""

OPERATOR = Principal(actor="benchmark", role=Role.OPERATOR, local=True)

_FOLDER = Path(tempfile.gettempdir()) / "billinghelp-benchmarks"
_WRITTEN_BY = ("feeding", "storage")  # the rooms that decide which rows there are
_SEED = 20
_ENTRIES = 10
_AT_ONCE = 10_000  # customers a file: what the import holds in memory
_LONG_AGO = timedelta(days=300)


def cache_folder() -> Path:
    """Return the folder for what is made once; those that outdated code has made are removed."""
    current = _FOLDER / _fingerprint()
    if not current.exists():
        shutil.rmtree(_FOLDER, ignore_errors=True)
        current.mkdir(parents=True)
    return current


def cached_store(customers: int) -> str:
    """Return the URL of the SQLite store with so many customers, brought up to date with today's clock."""
    folder = cache_folder()
    path = folder / f"{customers}.db"
    if not path.exists():
        unfinished = folder / "unfinished.db"
        for left in folder.glob(f"{unfinished.name}*"):
            left.unlink()
        feed(f"sqlite:///{unfinished}", customers)
        unfinished.rename(path)
    url = f"sqlite:///{path}"
    catch_up(url)
    return url


def environment(url: str) -> dict[str, str]:
    """Return the environment of a program on this store, without the configuration of whoever measures."""
    home = str(cache_folder() / "home")
    return {"BILLINGHELP_DATABASE_URL": url, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}


def catch_up(url: str) -> None:
    """Let the clock's own changes since the store was made reach the lists, so that nobody's measure pays for it."""
    surface = Surface(Store(url), policy=Policy())
    surface.dispatch(OPERATOR, ListBillingCustomers(page_size=1))
    surface.close()


def feed(url: str, customers: int) -> None:
    """Import demo customers into an empty store."""
    store = Store(url)
    store.upgrade()
    surface = Surface(store, policy=Policy())
    now = system_clock()
    records = (with_history(record, now) for record in demo_customers(customers, _SEED, now))
    done = 0
    while batch := list(islice(records, _AT_ONCE)):
        content = b"".join(json.dumps(record).encode() + b"\n" for record in batch)
        surface.dispatch(OPERATOR, ImportCustomers(source="benchmark", format="jsonl", content=content))
        done += len(batch)
        sys.stderr.write(f"\rmaking the store of {customers:,} customers, once: {done:,}")
    sys.stderr.write("\n")
    surface.close()


def with_history(record: Record, now: datetime) -> Record:
    """Return the customer with a past that leaves nothing behind but ledger entries: ten of them at least in all."""
    grants, uses = record.get("credit_grants", []), record.get("usage", [])
    missing = (_ENTRIES - 2 * (len(grants) + len(uses))) // 2  # each grant and each use books two
    if missing <= 0:
        return record
    hours = max(missing - 1, 1)
    begun = now - _LONG_AGO
    lot = {
        "unit": "workspace_hours",
        "amount": str(hours),
        "category": "paid",
        "priority": 0,  # burnt down before the customer's other lots, and by these uses alone
        "effective_at": to_text(begun),
    }
    past = [
        {"unit": "workspace_hours", "amount": "1", "occurred_at": to_text(begun + timedelta(hours=hour))}
        for hour in range(1, hours + 1)
    ]
    return record | {"credit_grants": [lot, *grants], "usage": [*past, *uses]}


def _fingerprint() -> str:
    found = hashlib.sha256()
    for source in _sources():
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def _sources() -> list[Path]:
    rooms = [Path(services.__path__[0]) / room for room in _WRITTEN_BY]
    return [Path(__file__), *sorted(source for room in rooms for source in room.rglob("*.py"))]
