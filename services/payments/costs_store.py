"""`GetCostDrivers`: reads what was used on each day and where, within the caller's transaction."""

from msgspec import convert
from sqlalchemy import Connection, bindparam, select

from services.contract.context import CallContext
from services.contract.requests import GetCostDrivers
from services.contract.views import CostDrivers
from services.payments.costs import DayUse, cost_drivers_view, period_of
from services.storage.tables import usage_days

_DAY_TYPE = usage_days.c.day.type
# The primary key's own order. What was reversed whole is nothing.
_USES = (
    select(*(usage_days.c[name] for name in DayUse.__struct_fields__))
    .where(
        usage_days.c.customer_id == bindparam("customer_id"),
        usage_days.c.day >= bindparam("first_day", type_=_DAY_TYPE),
        usage_days.c.day <= bindparam("last_day", type_=_DAY_TYPE),
        usage_days.c.amount != 0,
    )
    .order_by(usage_days.c.day)
)


def cost_drivers(conn: Connection, context: CallContext, request: GetCostDrivers) -> CostDrivers:
    """Return where the cost of a period comes from, and what changed against the one before it.

    The caller has made sure that there is such a customer.
    """
    period = period_of(request.period, request.back, context.now)
    span = {"customer_id": request.customer_id, "first_day": period.previous_start, "last_day": period.days[-1]}
    uses = (convert(row, DayUse) for row in conn.execute(_USES, span).mappings())
    return cost_drivers_view(period, uses, context.policy.plans.workspace_hour_micros)
