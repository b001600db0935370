"""What Stripe has of a case's customer: an import file cannot say it, so it is recorded as if Stripe had been read."""

from datetime import timedelta

import msgspec
from sqlalchemy import Connection

from services.billing import store as billing_store
from services.billing.model import Invoice, PaymentMethod, Subscription
from services.contract.context import CallContext
from services.contract.ids import NewId
from services.contract.policy import Policy
from services.contract.types import BillingInterval, InvoiceStatus, SubscriptionStatus
from services.payments.actors import STRIPE
from services.payments.mirror import recording
from services.payments.mirror import store as mirror_store
from tests.evals.times import moment
from tests.surface import START

_PERIOD = timedelta(days=30)
_VISA = PaymentMethod(method_id="pm_of_the_case", kind="card", brand="visa", last4="4242", expires="12/2029")


class OpenInvoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An open invoice with a page to be paid on; moments are told from the moment of the question.

    Args:
        due_at: null for one that Stripe collects by itself.
    """

    number: str
    amount: int
    currency: str
    issued_at: str
    due_at: str | None = None

    def as_kept(self) -> Invoice:
        """Return the invoice as it is kept.

        Raises:
            ValueError: a moment cannot be read.
        """
        return Invoice(
            number=self.number,
            amount=self.amount,
            currency=self.currency,
            status=InvoiceStatus.OPEN,
            issued_at=moment(self.issued_at, START),
            due_at=None if self.due_at is None else moment(self.due_at, START),
            invoice_id=f"in_{self.number}",
            payable=True,
        )


class AtStripe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A monthly subscription in the middle of its period, a card on file, and what is open.

    Args:
        plan: the slug of one of the plans that are offered by default.
        automatic: whether Stripe collects the invoices by itself.
    """

    plan: str
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    automatic: bool = True
    invoices: list[OpenInvoice] = []


def record(conn: Connection, customer_id: str, found: AtStripe, new_id: NewId) -> None:
    """Write what Stripe has of an imported customer."""
    before = billing_store.load_facts(conn, customer_id)
    plan = Policy().plans.find(found.plan)
    assert before is not None
    assert plan is not None, f"there is no plan {found.plan}"
    subscription = Subscription(
        subscription_id="sub_of_the_case",
        status=found.status,
        plan=plan.slug,
        plan_name=plan.name,
        interval=BillingInterval.MONTH,
        amount=7_900,
        currency="usd",
        period_start=START - _PERIOD / 2,
        period_end=START + _PERIOD / 2,
        collects_automatically=found.automatic,
    )
    after = msgspec.structs.replace(
        before,
        billing=msgspec.structs.replace(
            before.billing, usage_tier=plan.slug, payment_method_on_file=True, automatic_collection=found.automatic
        ),
        payments=msgspec.structs.replace(before.payments, method=_VISA),
        subscription=subscription,
    )
    context = CallContext(principal=STRIPE, now=START, policy=Policy(), new_id=new_id)
    mirror_store.set_account(conn, customer_id, "cus_of_the_case")
    recording.record(conn, context, before, after, action=recording.SUBSCRIPTION, because=(), reason="Read anew.")
    mirror_store.save_invoices(conn, customer_id, [invoice.as_kept() for invoice in found.invoices])
