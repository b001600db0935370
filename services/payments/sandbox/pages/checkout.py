"""`/c/pay/{session}`: Checkout, where a person subscribes or leaves a card."""

from collections.abc import Mapping

from starlette.responses import Response

from services.contract.wording import money
from services.payments.sandbox import checkout_outcome
from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.pages.bank import card_of
from services.payments.sandbox.pages.card_form import TEST_CARDS, UnreadableForm, kept_values
from services.payments.sandbox.pages.posting import looking, posting
from services.payments.sandbox.pages.rendering import go, message, page
from services.payments.sandbox.pages.wording import price_text, rhythm
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import Object, World

_PATH = "/c/pay/{session}"


def show(world: World, asked: PageRequest, session_id: str) -> Response:
    """Show an open session's form, or how a session ended."""
    session = _current(world, session_id)
    if session["status"] == "open":
        return _form(world, asked, session)
    if session["status"] == "expired":
        return _expired(session)
    subscribed = session["mode"] == "subscription"
    title = "Thank you" if subscribed else "Card saved"
    sentence = f"{'The subscription is paid' if subscribed else 'The card is on file'}. You can close this page."
    return message(title, sentence, link=_success_url(session), link_text="Continue")


def pay(world: World, asked: PageRequest, session_id: str) -> Response:
    """Take the card: on to the merchant's success page, or the form again with what was wrong."""
    session = _current(world, session_id)
    if session["status"] == "expired":
        return _expired(session)
    if session["status"] == "complete":  # by another form of the same session: there is nothing left to pay
        return go(_success_url(session))
    try:
        card = card_of(world, asked, asks_email=_asks_email(session))
        return go(_success_url(checkout_outcome.complete(world, session, card)))
    except UnreadableForm as unreadable:
        return _form(world, asked, session, problems=unreadable.problems, status=400)
    except ApiError as declined:
        if not declined.keeps_work:
            raise
        return _form(world, asked, _current(world, session_id), refusal=declined.message, status=402)


def _form(
    world: World,
    asked: PageRequest,
    session: Object,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: str | None = None,
    status: int = 200,
) -> Response:
    lines = checkout_outcome.lines(world, session)
    details = session["customer_details"] or {}
    return page(
        world,
        "checkout.html",
        status,
        title=f"Subscribe to {lines[0]['description']}" if lines else "Save a card",
        button=f"Pay {money(session['amount_total'], session['currency'])}" if lines else "Save card",
        session=session,
        lines=[line | {"price": price_text(line["price"])} for line in lines],
        rhythm=rhythm(lines[0]["price"]) if lines else "",
        asks_email=_asks_email(session),
        email=details.get("email"),
        action=f"/c/pay/{session['id']}",
        refusal=refusal,
        problems=problems or {},
        values=kept_values(asked.form),
        test_cards=TEST_CARDS,
    )


def _expired(session: Object) -> Response:
    sentence = "Nothing was charged. Ask for a new link where you found this one."
    return message("This link has expired", sentence, link=session["cancel_url"], status=410)


def _current(world: World, session_id: str) -> Object:
    session = world.get("checkout.session", session_id)
    if session["status"] == "open" and session["expires_at"] <= world.now:
        return checkout_outcome.expire(world, session)
    return session


def _asks_email(session: Object) -> bool:
    return session["customer"] is None and session["customer_email"] is None


def _success_url(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


PAGES = (looking(_PATH, show), posting(_PATH, pay))
