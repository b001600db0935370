"""What the Billing page asks the desk for its views."""

from typing import Literal

from msgspec.structs import replace

from billinghelp.desk_port import DeskPort, ask
from services.contract.requests import (
    GetCostDrivers,
    GetInvoice,
    ListInvoices,
    ListNodes,
    ListPlans,
    RefreshBillingPaymentSetup,
)
from services.contract.types import BillingInterval
from services.contract.views import (
    CostDrivers,
    InvoiceDetail,
    InvoicePage,
    NodePage,
    NodeView,
    PaymentSetupReceipt,
    PlanList,
)

PAGE_SIZE = 50
"""Invoices a page: more than a screen shows, few enough for one question to Stripe."""

_NODES_A_PAGE = 500

CostPeriod = Literal["week", "month"]


async def read_invoices(
    desk: DeskPort, customer_id: str, *, refresh: bool = False, token: str | None = None
) -> InvoicePage:
    """Return a page of invoices."""
    request = ListInvoices(customer_id=customer_id, refresh=refresh, page_size=PAGE_SIZE, page_token=token)
    return await ask(desk, request, InvoicePage)


async def read_invoice(desk: DeskPort, customer_id: str, invoice: str, *, pdf: bool = False) -> InvoiceDetail:
    """Return one invoice in full, with its document where that is asked for."""
    return await ask(desk, GetInvoice(customer_id=customer_id, invoice=invoice, pdf=pdf), InvoiceDetail)


async def read_plans(
    desk: DeskPort, customer_id: str, plan: str | None = None, interval: BillingInterval = BillingInterval.MONTH
) -> PlanList:
    """Return all plans, and with `plan` what Stripe would charge for it now."""
    return await ask(desk, ListPlans(customer_id=customer_id, plan=plan, interval=interval), PlanList)


async def read_costs(desk: DeskPort, customer_id: str, period: CostPeriod, back: int) -> CostDrivers:
    """Return where the cost of a period comes from."""
    return await ask(desk, GetCostDrivers(customer_id=customer_id, period=period, back=back), CostDrivers)


async def read_nodes(desk: DeskPort, customer_id: str) -> NodePage:
    """Return all nodes on one page, asked for page by page."""
    nodes: list[NodeView] = []
    token: str | None = None
    while True:
        request = ListNodes(customer_id=customer_id, page_size=_NODES_A_PAGE, page_token=token)
        page = await ask(desk, request, NodePage)
        nodes += page.nodes
        token = page.next_page_token
        if token is None:
            return replace(page, nodes=nodes)


async def refresh_payments(desk: DeskPort, customer_id: str) -> PaymentSetupReceipt:
    """Have Stripe asked for everything that is the customer's there, and return what came of it."""
    return await ask(desk, RefreshBillingPaymentSetup(customer_id=customer_id), PaymentSetupReceipt)
