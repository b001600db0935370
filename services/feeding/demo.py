"""Believable customers for demos, tests and benchmarks, in the import format: the same seed, the same customers."""

import json
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from random import Random

from services.feeding import demo_kinds, demo_usage
from services.feeding.demo_kinds import KINDS, Kind, Record
from services.feeding.demo_names import any_name

_ONE_IN_MSP, _ONE_IN_CLIENT, _ONE_IN_NAMESAKE = 15, 6, 60
_ONE_IN_DETAILED, _ONE_IN_LEVELLED = 200, 8

# The first customers of every demo: each blocker, each rail, an MSP and two clients of one name.
_MSP = "demo-0010"
_OPENING: tuple[tuple[str, Kind, str | None], ...] = (
    ("Brindlemoor Analytics GmbH", demo_kinds.approved_invoice, None),
    ("Ormswick Robotics Inc.", demo_kinds.expired_trial, None),
    ("Tesselbrook Freight B.V.", demo_kinds.empty_prepaid, None),
    ("Velmorrow Publishing plc", demo_kinds.overdue_invoice, None),
    ("Pellaroo Studios LLC", demo_kinds.card_without_method, None),
    ("株式会社青霧情報設計", demo_kinds.new_signup, None),
    ("Nordevalla Platform Operations AB", demo_kinds.platform_invoice, None),
    ("Éclairval Optics S.A.", demo_kinds.unapproved_invoice, None),
    ("Halvornis Geodata Oy", demo_kinds.open_checklist, None),
    ("Umberlake Managed Services Ltd.", demo_kinds.supported_prepaid, None),
    ("Farrowmere Textiles Ltd.", demo_kinds.low_prepaid, _MSP),
    ("Farrowmere Textiles Ltd.", demo_kinds.running_trial, _MSP),
)

# Of their plan. The latter two are on trial, which is on the smallest one, whichever tier others come to.
_OPENING_PARTS = {1: 0.5, 2: 1.2, 12: 0.84}


def demo_customers(count: int, seed: int, now: datetime) -> Iterator[Record]:
    """Yield `count` customers as records of the import format.

    The first dozen are the same in every demo, but for their figures. A parent always comes before its clients.
    """
    rng = Random(seed)  # noqa: S311  a demo has no secrets
    measured = Random(seed)  # noqa: S311  apart, so that what is used changes nothing else about anybody
    metered = Random(seed)  # noqa: S311  and again
    now = now.replace(second=0, microsecond=0)
    kinds, weights = list(KINDS), list(KINDS.values())
    msps = [_MSP]
    name = ""
    for number in range(1, count + 1):
        customer_id = f"demo-{number:04d}"
        if number <= len(_OPENING):
            name, kind, parent = _OPENING[number - 1]
        else:
            kind = rng.choices(kinds, weights)[0]
            parent = rng.choice(msps) if rng.randrange(_ONE_IN_CLIENT) == 0 else None
            if rng.randrange(_ONE_IN_NAMESAKE):
                name = any_name(rng)  # else it has the name of the customer before it
            if parent is None and rng.randrange(_ONE_IN_MSP) == 0:
                msps.append(customer_id)
        identity = {"customer_id": customer_id, "legal_name": name, "parent_customer_id": parent}
        record = identity | kind(rng, now)
        yield record | demo_kinds.use_of(record, measured) | _metered(record, number, metered, now)


def _metered(record: Record, number: int, rng: Random, now: datetime) -> Record:
    """Return what a customer uses: the first ones in detail, as they are looked at first, the others as cheaply."""
    is_opening = number <= len(_OPENING)
    found: Record = {}
    if is_opening or rng.randrange(_ONE_IN_DETAILED) == 0:
        found |= demo_usage.day_by_day(record, rng, now)
    elif "usage" in record:
        found["usage"] = demo_usage.placed(record["usage"], rng)
    if is_opening or rng.randrange(_ONE_IN_LEVELLED) == 0:
        found |= demo_usage.levels(record, rng, now, part=_OPENING_PARTS.get(number))
    return found


def demo_file(count: int, seed: int, now: datetime) -> bytes:
    """Return demo customers as a JSONL file for `ImportCustomers`."""
    file = BytesIO()
    for record in demo_customers(count, seed, now):
        file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
    return file.getvalue()
