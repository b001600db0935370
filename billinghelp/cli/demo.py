"""The demo without a terminal: one blocked customer's summary, blockers and guidance as text."""

from billinghelp.cli.output import Output
from billinghelp.cli.session import Session
from billinghelp.cli.text import answer_footer, view_lines
from billinghelp.desk_port import DeskPort
from services.contract.errors import Refused
from services.contract.requests import AskBillingChat, GetCustomerBillingView, ListBillingCustomers
from services.contract.types import STARTER_TITLES, Starter
from services.contract.views import ChatAnswer


def print_demo(desk: DeskPort, why: Refused, customer_id: str | None, output: Output) -> int:
    """Print what the app would show of one blocked customer, and why it is printed."""
    session = Session(desk)
    try:
        if customer_id is None:
            blocked = session.call(ListBillingCustomers(blocked_only=True, page_size=1))
            customer_id = blocked.customers[0].customer_id
        view = session.call(GetCustomerBillingView(customer_id=customer_id))
        answer = session.run(_answer(session, customer_id))
    finally:
        session.close()
    if output.as_json:
        output.json({"message": why.message, "view": view, "guidance": answer.message})
    else:
        output.text(why.message, "Here is one customer of the demo store as text.", "", *view_lines(view), "")
        output.text(
            f"> {STARTER_TITLES[Starter.UNBLOCK_BILLING]}", "", answer.message.text, "", answer_footer(answer.message)
        )
    return 0


async def _answer(session: Session, customer_id: str) -> ChatAnswer:
    request = AskBillingChat(customer_id=customer_id, starter=Starter.UNBLOCK_BILLING)
    events = [event async for event in session.desk.stream(request)]
    last = events[-1]
    if not isinstance(last, ChatAnswer):
        raise TypeError(f"the guide ended with {type(last).__name__}, not with an answer")
    return last
