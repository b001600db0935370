"""A desk with payments, scripted: an MSP (Acme) with two clients, their invoices, plans, cost drivers and nodes.

Nothing of one customer stands in what another is answered: names of invoices and nodes begin with the customer's id.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from services.contract.errors import Code, Refused
from services.contract.requests import (
    GetCostDrivers,
    GetInvoice,
    ListInvoices,
    ListNodes,
    ListPlans,
    RefreshBillingPaymentSetup,
    Request,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
    StartRequest,
    UpdateBillingAutomaticCollection,
)
from services.contract.types import (
    BillingInterval,
    HostedPageKind,
    InvoiceStatus,
    PaymentRail,
    Resource,
    SubscriptionStatus,
)
from services.contract.views import (
    ActionReceipt,
    AutomaticCollectionView,
    Change,
    CostDayView,
    CostDrivers,
    CostDriverView,
    CustomerBillingView,
    FeatureView,
    HostedPage,
    Identity,
    InvoiceDetail,
    InvoiceLineView,
    InvoicePage,
    InvoiceView,
    LimitView,
    NodePage,
    NodeView,
    NoticeView,
    PaymentAttemptView,
    PaymentMethodView,
    PaymentSetupReceipt,
    PaymentSetupView,
    PlanChangeView,
    PlanList,
    PlanPreviewView,
    PlanView,
    PriceView,
    SubscriptionView,
    UsageMeterView,
)
from tests.billinghelp.fake_desk import METHODS, FakeDesk, make_identity
from tests.builders import NOW, make_view

READING = ["ListPlans", "ListInvoices", "GetInvoice", "GetCostDrivers", "ListNodes"]
LINKS = ["StartBillingPaymentSetup", "RefreshBillingPaymentSetup", "StartBillingInvoicePayment"]
OWN = ["StartPlanCheckout", "StartCustomerPortal", "UpdateBillingAutomaticCollection"]
TENANTS = ["WhoAmI", "ListBillingCustomers", "GetCustomerBillingView", "ListLedgerEntries", "ExportBillingReport"]
GIB = 1024**3
MONTH_START = datetime(2026, 10, 1, tzinfo=NOW.tzinfo)
MONTH_END = datetime(2026, 11, 1, tzinfo=NOW.tzinfo)
STRIPE_AWAY = Refused(Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "Stripe did not answer: try again in a moment.")
VISA = PaymentMethodView(kind="card", brand="visa", last4="4242", expires="04/2029", text="Visa ending in 4242")
HOSTED = "https://checkout.example.com/c/pay/cs_test_a1b2c3d4e5f6"


def operator() -> Identity:
    """Return an operator: links to hand to customers, and nothing that is the customer's own choice."""
    return replace(make_identity(methods=[*METHODS, *READING, *LINKS]), payments="Stripe sandbox")


def administrator(customer_id: str = "acme-eu", *, read_only: bool = False) -> Identity:
    """Return a tenant's administrator."""
    methods = TENANTS + READING + ([] if read_only else LINKS + OWN)
    identity = make_identity("customer_admin", methods=methods, read_only=read_only)
    return replace(identity, actor="tina", customer_id=customer_id, payments="Stripe sandbox")


def subscription(plan: str = "growth", **changed: Any) -> SubscriptionView:
    """Return a live monthly subscription."""
    name = plan.capitalize()
    made = SubscriptionView(
        plan=plan,
        plan_name=name,
        interval=BillingInterval.MONTH,
        status=SubscriptionStatus.ACTIVE,
        amount=PRICES[plan][0],
        currency="usd",
        period_start=MONTH_START,
        period_end=MONTH_END,
        ends_at=None,
        next_plan=None,
        next_plan_name=None,
        changes_at=None,
        collects_automatically=False,
        outlook=f"{name}, renews on 2026-11-01",
    )
    return replace(made, **changed)


def meter(resource: Resource, used: int, limit: int | None, text: str) -> UsageMeterView:
    """Return how much of a resource is used."""
    percent = None if limit is None else used * 100 // limit
    level = "ok" if percent is None or percent < 80 else "close" if percent < 100 else "reached"
    return UsageMeterView(
        resource=resource,
        title=resource.value.capitalize(),
        used=used,
        limit=limit,
        percent=percent,
        level=level,  # type: ignore[arg-type]  # one of the three
        text=text,
    )


USAGE = [
    meter(Resource.NODES, 3, 5, "3 of 5"),
    meter(Resource.USERS, 21, 25, "21 of 25"),
    meter(Resource.STORAGE, 500 * GIB, 500 * GIB, "500 GiB of 500 GiB"),
]


def payments_view(customer_id: str = "acme-eu", legal_name: str = "Acme GmbH", **changed: Any) -> CustomerBillingView:
    """Return a customer with a plan, a card, and an overdue invoice."""
    overdue = invoice(customer_id, 0)
    notices = [NoticeView(code="usage_at_limit", text="All storage of the plan is in use: 100 % of 500 GiB.")]
    view = make_view(
        customer_id=customer_id,
        legal_name=legal_name,
        payment_rail=PaymentRail.CARD,
        payment_method_on_file=True,
        open_invoices=[overdue],
        notices=notices,
    )
    made = replace(
        view,
        subscription=subscription(),
        usage=USAGE,
        payment_setup=PaymentSetupView(status="complete", method=VISA, open_until=None),
        automatic_collection=AutomaticCollectionView(enabled=False, allowed=True, reason=None, message=None),
    )
    return replace(made, **changed)


def new_view(customer_id: str, legal_name: str) -> CustomerBillingView:
    """Return a customer who has bought nothing yet."""
    view = make_view(customer_id=customer_id, legal_name=legal_name, usage_tier=None, parent_customer_id="acme-eu")
    why = "No payment method is on file: complete the payment setup first."
    return replace(
        view,
        payment_setup=PaymentSetupView(status="none", method=None, open_until=None),
        automatic_collection=AutomaticCollectionView(
            enabled=False, allowed=False, reason="PAYMENT_SETUP_INCOMPLETE", message=why
        ),
    )


def invoice(customer_id: str, months_ago: int, **changed: Any) -> InvoiceView:
    """Return the invoice of a month; the latest one is overdue."""
    start = datetime(2026 if months_ago < 9 else 2025, (9 - months_ago) % 12 or 12, 1, tzinfo=NOW.tzinfo)
    made = InvoiceView(
        number=f"{customer_id.upper()}-{100 - months_ago:04}",
        invoice_id=f"in_{customer_id}_{months_ago}",
        amount=4_900 if months_ago else 129_900,
        currency="usd",
        status=InvoiceStatus.PAID if months_ago else InvoiceStatus.OPEN,
        issued_at=start,
        due_at=NOW - timedelta(days=3) if not months_ago else start + timedelta(days=14),
        period_start=start - timedelta(days=30),
        period_end=start,
        has_pdf=True,
        payable=not months_ago,
    )
    return replace(made, **changed)


def invoices_of(customer_id: str) -> list[InvoiceView]:
    """Return a dozen invoices, among them of every status, and of currencies with no and with three decimals."""
    made = [invoice(customer_id, months) for months in range(12)]
    made[2] = replace(made[2], status=InvoiceStatus.VOID)
    made[4] = replace(made[4], status=InvoiceStatus.UNCOLLECTIBLE, currency="jpy", amount=128_000)
    made[6] = replace(made[6], status=InvoiceStatus.DRAFT, has_pdf=False, period_start=None, period_end=None)
    made[7] = replace(made[7], currency="kwd", amount=1_234_567)
    return made


PRICES = {"starter": (1_900, 19_000), "growth": (4_900, 49_000), "business": (19_900, 199_000)}
LIMITS = {"starter": (1, 5, 50), "growth": (5, 25, 500), "business": (20, 150, 4_096), "enterprise": (None, None, None)}
FEATURES = {
    "daily_backups": ("Daily backups", 0),
    "custom_domains": ("Own domain names", 1),
    "hourly_backups": ("Hourly backups", 2),
    "single_sign_on": ("Single sign-on", 2),
    "priority_support": ("Priority support", 3),
}
SLUGS = tuple(LIMITS)


def plans_for(view: CustomerBillingView) -> list[PlanView]:
    """Return the four plans as this customer sees them."""
    here = view.subscription.plan if view.subscription is not None else None
    return [_plan(slug, here) for slug in SLUGS]


def _plan(slug: str, here: str | None) -> PlanView:
    rank, had = SLUGS.index(slug), SLUGS.index(here) if here in SLUGS else -1
    direction = "new" if here is None else "current" if rank == had else "upgrade" if rank > had else "downgrade"
    how = {"new": "checkout", "upgrade": "checkout", "downgrade": "portal", "current": "none"}[direction]
    message = "This is the current plan." if how == "none" else None
    if slug == "enterprise":
        how, message = "contact", "Enterprise is agreed on with people: ask us for an offer."
    before, after = LIMITS[here] if here else (None, None, None), LIMITS[slug]
    lines = [
        Change(label=title, before=_limit(title, a) if here else "–", after=_limit(title, b))
        for title, a, b in zip(("Nodes", "Users", "Storage"), before, after, strict=True)
        if a != b
    ]
    return PlanView(
        plan=slug,
        name=slug.capitalize(),
        summary={"starter": "One node for a small team.", "business": "Many nodes, and who may do what."}.get(slug, ""),
        prices=[_price(slug, interval) for interval in BillingInterval],
        limits=[
            LimitView(resource=resource, title=resource.value.capitalize(), limit=limit, text=_limit(resource, limit))
            for resource, limit in zip(Resource, after, strict=True)
        ],
        features=[
            FeatureView(feature=name, title=title, included=rank >= least) for name, (title, least) in FEATURES.items()
        ],
        current=direction == "current",
        change=PlanChangeView(
            direction=direction,  # type: ignore[arg-type]  # one of the four
            how=how,  # type: ignore[arg-type]  # one of the four
            allowed=how in ("checkout", "portal"),
            reason=None,
            message=message,
            takes_effect="on 2026-11-01, when the current period ends" if how == "portal" else "when it is paid",
            lines=lines,
            over=["Nodes: 3 in use, 1 included"] if slug == "starter" and here else [],
        ),
    )


def _price(slug: str, interval: BillingInterval) -> PriceView:
    if slug not in PRICES:
        return PriceView(interval=interval, amount=None, currency=None, text="by contract")
    amount = PRICES[slug][interval is BillingInterval.YEAR]
    return PriceView(interval=interval, amount=amount, currency="usd", text=f"{amount / 100:,.2f} USD")


def _limit(title: str, limit: int | None) -> str:
    if limit is None:
        return "no limit"
    if title.casefold() != "storage":
        return f"{limit}"
    return f"{limit // 1024} TiB" if limit >= 1024 else f"{limit} GiB"


def costs_of(customer_id: str, period: str, back: int) -> CostDrivers:
    """Return what drove the cost of a month or week."""
    start = MONTH_START - timedelta(days=back * 30)
    length = 15 if period == "month" else 7
    rows = [
        ("production", "workspace-build", "workspace_hours", "310.50", "3726", "+12 %"),
        ("production", "assistant", "ai_cents", "1840.25", "1840.25", "−3 %"),
        ("staging", "workspace-run", "workspace_hours", "41.00", "492", "new"),
        ("", "", "ai_cents", "12", "12", "same"),
    ]
    return CostDrivers(
        period=period,  # type: ignore[arg-type]  # one of the two
        period_start=start,
        period_end=start + timedelta(days=length),
        previous_start=start - timedelta(days=30),
        previous_end=start - timedelta(days=30 - length),
        cost="6070.25",
        previous_cost="5421.5",
        change="+12 %",
        others=2,
        others_cost="84.5",
        drivers=[
            CostDriverView(
                namespace=f"{customer_id}-{namespace}" if namespace else "",
                resource=resource,
                unit=unit,
                used=used,
                previous_used="0",
                cost=cost,
                previous_cost="0",
                change=change,
            )
            for namespace, resource, unit, used, cost, change in rows
        ],
        days=[
            CostDayView(day=start + timedelta(days=day), cost=str((day * 37 % 11) * 60 + 40)) for day in range(length)
        ],
    )


def nodes_of(customer_id: str) -> list[NodeView]:
    """Return a node of each state."""
    made = []
    for number, state in enumerate(("current", "updating", "lagging", "silent", "never_seen")):
        seen = None if state == "never_seen" else NOW - timedelta(minutes=number**3)
        made.append(
            NodeView(
                node_id=f"node_{customer_id}_{number}",
                name=f"{customer_id}-{number}",
                registered_at=NOW - timedelta(days=40),
                last_seen_at=seen,
                version=None if seen is None else f"4.{number}.2",
                users=number * 4,
                storage_bytes=number * 90 * GIB,
                wanted_generation=4,
                applied_generation=4 if state == "current" else None if seen is None else 3,
                state=state,  # type: ignore[arg-type]  # one of the five
            )
        )
    return made


@dataclass
class PaymentsDesk(FakeDesk):
    """Answers what the Billing page asks; `change` is what Stripe will have told when it is asked again."""

    views: dict[str, CustomerBillingView] = field(
        default_factory=lambda: {
            "acme-eu": payments_view(),
            "bolt": new_view("bolt", "Bolt Works"),
            "crux": payments_view("crux", "Crux SA"),
        }
    )
    identity: Identity = field(default_factory=administrator)
    fetched_at: datetime | None = NOW - timedelta(seconds=12)
    problem: str | None = None
    hosted: str = HOSTED
    page_size: int = 50
    versions: int = 1
    held: asyncio.Event | None = None
    """While set and not open, what is started at Stripe waits for it."""

    async def call(self, request: Request) -> Any:
        """Answer a request."""
        if self.held is not None and isinstance(request, StartRequest):
            self.calls.append(request)
            await self.held.wait()
            return self._answer(request)
        return await super().call(request)

    def tell(self, customer_id: str, **changed: Any) -> None:
        """Change a customer's view, as a webhook would."""
        self.versions += 1
        view = replace(self.views[customer_id], view_etag=f"v{self.versions}", **changed)
        self.views[customer_id] = view

    def _answer(self, request: Request) -> Any:
        match request:
            case ListInvoices(customer_id=customer_id):
                return self._invoices(customer_id, request.page_token)
            case GetInvoice(customer_id=customer_id):
                return self._invoice(customer_id, request.invoice, pdf=request.pdf)
            case ListPlans(customer_id=customer_id):
                return self._plans(request)
            case GetCostDrivers(customer_id=customer_id):
                return costs_of(customer_id, request.period, request.back)
            case ListNodes(customer_id=customer_id):
                return NodePage(
                    nodes=nodes_of(customer_id), plan="growth", generation=4, changed_at=NOW, next_page_token=None
                )
            case RefreshBillingPaymentSetup(customer_id=customer_id):
                view = self._view(customer_id)
                status = view.payment_setup.status if view.payment_setup is not None else "none"
                return PaymentSetupReceipt(status=status, notice="", view=view)
            case UpdateBillingAutomaticCollection():
                return self._collect(request)
            case StartRequest():
                return self._page(request)
            case _:
                return super()._answer(request)

    def _invoices(self, customer_id: str, token: str | None) -> InvoicePage:
        found, first = invoices_of(customer_id), int(token or 0)
        rest = first + self.page_size
        return InvoicePage(
            invoices=found[first:rest],
            next_page_token=str(rest) if rest < len(found) else None,
            fetched_at=self.fetched_at,
            problem=self.problem,
        )

    def _invoice(self, customer_id: str, number: str, *, pdf: bool) -> InvoiceDetail:
        found = next(each for each in invoices_of(customer_id) if each.number == number)
        line = InvoiceLineView(
            description="Growth",
            quantity=1,
            amount=found.amount,
            currency=found.currency,
            period_start=found.period_start,
            period_end=found.period_end,
            proration=False,
        )
        failed = PaymentAttemptView(
            attempted_at=NOW - timedelta(days=2),
            amount=found.amount,
            currency=found.currency,
            status="failed",
            method="Visa ending in 4242",
            problem="Your card has insufficient funds.",
        )
        return InvoiceDetail(
            invoice=found,
            lines=[line],
            attempts=[failed],
            next_attempt_at=NOW + timedelta(days=1),
            amount_remaining=found.amount,
            hosted_url=self.hosted,
            pdf=b"%PDF-1.7 " + number.encode() if pdf else None,
        )

    def _plans(self, request: ListPlans) -> PlanList:
        plans = plans_for(self._view(request.customer_id))
        preview = None
        if request.plan is not None:
            preview = PlanPreviewView(
                plan=request.plan,
                interval=request.interval,
                currency="usd",
                due_now=7_420,
                total=7_420,
                lines=[
                    Change(label="Unused time on Growth", before="", after="-25.29 USD"),
                    Change(label="Remaining time on Business", before="", after="99.49 USD"),
                ],
                text="74.20 USD is due when it is bought.",
            )
        return PlanList(plans=plans, current="growth", priced_at=self.fetched_at, problem=self.problem, preview=preview)

    def _page(self, request: StartRequest) -> HostedPage:
        kinds = {
            StartPlanCheckout: HostedPageKind.CHECKOUT,
            StartCustomerPortal: HostedPageKind.PORTAL,
            StartBillingPaymentSetup: HostedPageKind.SETUP,
            StartBillingInvoicePayment: HostedPageKind.INVOICE,
        }
        return HostedPage(
            kind=kinds[type(request)],
            url=self.hosted,
            expires_at=NOW + timedelta(hours=24),
            notice="It shows here as soon as Stripe tells of it.",
            replayed=False,
            audit_event_id="event-1",
        )

    def _collect(self, request: UpdateBillingAutomaticCollection) -> ActionReceipt:
        view = self._view(request.customer_id)
        if request.etag != view.billing.etag:
            raise Refused(Code.ABORTED, "STALE_ETAG", "The record has changed since you looked: look at it again.")
        billing = replace(view.billing, automatic_collection=request.enabled, etag="b2")
        collection = AutomaticCollectionView(enabled=request.enabled, allowed=True, reason=None, message=None)
        self.tell(request.customer_id, billing=billing, automatic_collection=collection)
        return ActionReceipt(
            outcome="applied",
            replayed=False,
            notice="Invoices of Acme GmbH are collected automatically from now on.",
            audit_event_id="event-2",
            view=self.views[request.customer_id],
        )
