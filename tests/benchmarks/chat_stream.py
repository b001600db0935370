"""What the chat benchmark and its floor share: an answer of 4 000 tokens, its pace, and the meter."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

TOKENS, PER_SECOND = 4_000, 200

_BEAT = 0.005  # seconds between two looks at the event loop's clock

_PART = """\
## What stops provisioning, part {number}

**Two things block this customer.** Billing is not verified, although they pay by invoice and the manual rail has been
approved under PO-{number}, and *one* checklist item is still open. Neither is unusual for an account of this age.

1. Mark them invoice verified with `v`: their commercial relationship is established, so that no other step is needed.
2. Complete the billing checklist item with `k`.
   - It was opened when the account was created, and nobody has looked at it since.
   - It blocks provisioning alone; managed AI is not concerned.
3. Ask them to retry, and look at the ledger with `l` if it fails again.

| Invoice | Amount | Due |
|---|--:|---|
| INV-{number} | $1,240.50 | 2026-10-01 |
| INV-{number}-B | $12.00 | 2026-11-01 |

```
billinghelp ask c7-{number:06} --json
```

**Customer-safe next steps**

> Hello, thank you for your patience.
>
> Once we have confirmed that billing is cleared, please retry provisioning. If it fails again, send us the time and
> the message you saw, and we will look into it at once.

"""


@dataclass(frozen=True)
class Stream:
    """What the meter found: processor seconds, and how late the event loop was, in seconds, look by look."""

    processor: float
    lags: list[float]


def tokens() -> list[str]:
    """Return the answer in pieces of about four characters, as models write."""
    text = "".join(_PART.format(number=number) for number in range(1, 40))
    return re.findall(r"\s*\S{1,4}|\s+", text)[:TOKENS]


async def feed(write: Callable[[str], Awaitable[object]]) -> Stream:
    """Write the answer at its pace, and return what it cost."""
    lags: list[float] = []
    looking = asyncio.create_task(_look(lags))
    began, processor = perf_counter(), process_time()
    for number, token in enumerate(tokens()):
        await asyncio.sleep(max(began + number / PER_SECOND - perf_counter(), 0))
        await write(token)
    found = Stream(process_time() - processor, lags)
    looking.cancel()
    return found


def tell(found: object) -> None:
    """Leave what was found in the file that the command names."""
    whole = Path(sys.argv[1])
    part = whole.with_suffix(".part")
    part.write_text(json.dumps(found), encoding="utf-8")
    part.rename(whole)


def tell_stream(found: Stream) -> None:
    """Leave what the meter found."""
    tell(asdict(found))


async def _look(lags: list[float]) -> None:
    while True:
        due = perf_counter() + _BEAT
        await asyncio.sleep(_BEAT)
        lags.append(perf_counter() - due)
