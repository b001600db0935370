"""The bank's page (3-D Secure): between a typed card and what is done with it, its cardholder confirms, or does not."""

from starlette.responses import Response

from services.payments.sandbox.errors import missing
from services.payments.sandbox.pages.card_form import read_card
from services.payments.sandbox.pages.rendering import page
from services.payments.sandbox.pages.wording import card_title
from services.payments.sandbox.resources import cardholders, payment_methods
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import Object, World


class BankAsks(Exception):
    """A card cannot be used before its cardholder has answered its bank."""

    def __init__(self, method: Object) -> None:
        super().__init__(method["id"])
        self.method = method


def card_of(world: World, asked: PageRequest, *, asks_email: bool = False) -> Object:
    """Return the card that a form brings, which is nobody's yet: typed, or answered for on the bank's page.

    Raises:
        UnreadableForm: with a sentence for each field that is empty or wrong.
        ApiError: 402, for what is no test card.
        BankAsks: for a card that was typed and has to be answered for.
    """
    if typed_before := asked.form.get("payment_method"):
        method = world.get("payment_method", typed_before)
        if method["customer"] is not None:
            raise missing("payment_method", typed_before)
        cardholders.answer(world, method, confirmed=asked.form.get("confirmed") == "yes")
        return method
    method = payment_methods.create(world, read_card(asked.form, world.now, asks_email=asks_email))
    if cardholders.is_asked(world, method):
        raise BankAsks(method)
    return method


def question(world: World, method: Object) -> Response:
    """Return the bank's page, whose form leads to where the card was typed."""
    return page(world, "bank.html", action=world.path, card=card_title(method), payment_method=method["id"])
