"""`/p/session/{session}/cards/…`: the portal's pages to add a card, choose the one that pays, and remove one."""

from collections.abc import Mapping

from starlette.responses import Response

from services.payments.sandbox.errors import ApiError, missing
from services.payments.sandbox.pages.bank import card_of
from services.payments.sandbox.pages.card_form import TEST_CARDS, UnreadableForm, kept_values
from services.payments.sandbox.pages.portal_visit import PortalVisit, enter
from services.payments.sandbox.pages.posting import PageGone, looking, posting
from services.payments.sandbox.pages.rendering import page
from services.payments.sandbox.resources import customers, payment_methods, setup_intents
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import Object, World

_FLOW = "payment_method_update"
_PATH = "/p/session/{session}/cards"


def show(world: World, asked: PageRequest, session_id: str) -> Response:
    """Show the form of a new card."""
    return _form(_allowed(world, session_id), asked)


def add(world: World, asked: PageRequest, session_id: str) -> Response:
    """Keep a card, and let it pay from now on."""
    visit = _allowed(world, session_id)
    try:
        method = card_of(world, asked)
    except UnreadableForm as unreadable:
        return _form(visit, asked, problems=unreadable.problems, status=400)
    except ApiError as refused:
        return _refused(visit, asked, refused)
    intent = setup_intents.new(world, customer=visit.customer)
    try:
        setup_intents.confirm(world, setup_intents.Confirmation(payment_method=method["id"]), intent["id"])
    except ApiError as declined:
        return _refused(visit, asked, declined)
    _let_pay(visit, method["id"])
    return visit.finish(_FLOW)


def make_default(world: World, _: PageRequest, session_id: str, card_id: str) -> Response:
    """Let a card pay from now on."""
    visit = _allowed(world, session_id)
    _let_pay(visit, _card(visit, card_id)["id"])
    return visit.finish()


def remove(world: World, _: PageRequest, session_id: str, card_id: str) -> Response:
    """Forget a card; the one that pays stays."""
    visit = _allowed(world, session_id)
    card = _card(visit, card_id)
    if card["id"] == visit.default_card():
        raise PageGone("This card pays the plan", "Make another card the default, then remove this one.", status=409)
    payment_methods.detach_from_customer(world, card)
    return visit.finish()


def _let_pay(visit: PortalVisit, card: str) -> None:
    """Make a card the customer's default, also for subscriptions that had one of their own."""
    settings = customers.InvoiceSettings(default_payment_method=card)
    customers.update(visit.world, customers.CustomerFields(invoice_settings=settings), visit.customer)
    for before in visit.subscriptions():
        if before["default_payment_method"] not in (None, card):
            after = before | {"default_payment_method": card}
            visit.world.put(after)
            visit.world.emit("customer.subscription.updated", after, before)


def _allowed(world: World, session_id: str) -> PortalVisit:
    visit = enter(world, session_id)
    visit.require(_FLOW)
    return visit


def _card(visit: PortalVisit, card_id: str) -> Object:
    for card in visit.cards():
        if card["id"] == card_id:
            return card
    raise missing("payment_method", card_id)


def _refused(visit: PortalVisit, asked: PageRequest, error: ApiError) -> Response:
    if not error.keeps_work:
        raise error
    return _form(visit, asked, refusal=error.message, status=402)


def _form(
    visit: PortalVisit,
    asked: PageRequest,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: str | None = None,
    status: int = 200,
) -> Response:
    return page(
        visit.world,
        "portal_card.html",
        status,
        action=f"{visit.path}/cards/new",
        back=visit.back(_FLOW),
        refusal=refusal,
        problems=problems or {},
        values=kept_values(asked.form),
        test_cards=TEST_CARDS,
    )


PAGES = (
    looking(f"{_PATH}/new", show),
    posting(f"{_PATH}/new", add),
    posting(f"{_PATH}/{{card}}/default", make_default),
    posting(f"{_PATH}/{{card}}/remove", remove),
)
