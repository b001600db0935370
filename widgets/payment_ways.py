"""`PaymentWays`: how a customer pays, whether its invoices are collected by themselves, and what it may use so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.wording import capital
from widgets.format import BRIGHT, DIM, GOOD, WARNING, Mark, billing_state, payment_rail, relative
from widgets.glance import Row, glance_lines
from widgets.line_block import Line, LineBlock
from widgets.payment_keys import Key, Keys

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import CustomerBillingView, PaymentMethodView, ReadyView

_LABELS = ("Payment method", "Collection", "Payment rail", "Billing state", "Provisioning", "Managed AI")
_READY, _BLOCKED = Mark("✓", "ready", GOOD), Mark("▲", "blocked", WARNING)


class PaymentWays(LineBlock):
    """Payment method with its setup, automatic collection, payment rail, billing state with its trial, readiness."""

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    keys: reactive[Keys] = reactive(Keys(), layout=True)
    """What serves at the rows."""

    now: reactive[datetime | None] = reactive(None, layout=True)
    """From when moments are counted; None: from when the view was read."""

    compact: reactive[bool] = reactive(default=False, layout=True)
    """One line a row."""

    def lines(self, width: int) -> list[Line]:
        """Return the rows."""
        if self.view is None:
            return glance_lines([Row(label, "–", DIM) for label in _LABELS], width, compact=self.compact)
        view, now = self.view, self.now or self.view.as_of
        state = billing_state(view.billing.state)
        rows = [
            _method(view, now, self.keys.setup),
            _collection(view, self.keys.collection, compact=self.compact),
            Row("Payment rail", payment_rail(view.billing.payment_rail), BRIGHT),
            Row("Billing state", str(state), f"bold {state.style}", _trial(view, now)),
            _ready("Provisioning", view.readiness.provisioning),
            _ready("Managed AI", view.readiness.managed_ai),
        ]
        return glance_lines(rows, width, compact=self.compact)


def _method(view: CustomerBillingView, now: datetime, key: Key) -> Row:
    setup = view.payment_setup
    usable = not key.why_not
    if setup is None:
        return Row("Payment method", "–", DIM, None, key.text, usable)
    if setup.status == "open":
        until = f"the page waits, ends {relative(setup.open_until, now)}" if setup.open_until else "the page waits"
        return Row("Payment method", "… setup begun", f"bold {WARNING}", until, key.text, usable)
    if setup.method is not None:
        expires = f"expires {clean(setup.method.expires)}" if setup.method.expires else None
        return Row("Payment method", f"✓ {_short(setup.method)}", f"bold {GOOD}", expires, key.text, usable)
    on_file = view.billing.payment_method_on_file
    if setup.status == "complete" or on_file:
        return Row("Payment method", "✓ on file", f"bold {GOOD}", None, key.text, usable)
    value = "? not known" if on_file is None else "○ none on file"
    return Row("Payment method", value, BRIGHT, None, key.text, usable)


def _short(method: PaymentMethodView) -> str:
    """Return a method in few cells, and nothing of it cut: «Visa ·· 4242»."""
    if method.last4 is None:
        return clean(method.text)
    return f"{capital(clean(method.brand or method.kind).replace('_', ' '))} ·· {clean(method.last4)}"


def _collection(view: CustomerBillingView, key: Key, *, compact: bool) -> Row:
    collection = view.automatic_collection
    if collection is None:
        return Row("Collection", "–", DIM)
    value, style = ("✓ automatic", f"bold {GOOD}") if collection.enabled else ("○ by hand", BRIGHT)
    why_not = None if compact else key.why_not or None  # a sentence is not to be cut
    return Row("Collection", value, style, why_not, key.text, not key.why_not)


def _trial(view: CustomerBillingView, now: datetime) -> str | None:
    ends = view.billing.trial_ends_at
    if view.billing.state != "trial_approved" or ends is None:
        return None
    return f"trial {'ended' if ends <= now else 'ends'} {relative(ends, now)}"


def _ready(label: str, ready: ReadyView) -> Row:
    mark = _READY if ready.status == "ready" else _BLOCKED
    return Row(label, str(mark), f"bold {mark.style}")
