"""`/i/{invoice}`: an invoice as its customer sees it, to pay by card and to print."""

from collections.abc import Mapping

from starlette.responses import Response

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.pages.bank import card_of
from services.payments.sandbox.pages.card_form import TEST_CARDS, UnreadableForm, kept_values
from services.payments.sandbox.pages.posting import PageGone, looking, posting
from services.payments.sandbox.pages.rendering import HEADERS, go, page
from services.payments.sandbox.pages.wording import INVOICE_TONES, customer_name, invoice_moment
from services.payments.sandbox.resources import invoices
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import Object, World

_PATH = "/i/{invoice}"
_PAYABLE = ("open", "uncollectible")


def show(world: World, asked: PageRequest, invoice_id: str) -> Response:
    """Show an invoice, and the form to pay it while it is open."""
    return _page(world, asked, _issued(world, invoice_id))


def pay(world: World, asked: PageRequest, invoice_id: str) -> Response:
    """Charge a card that is used this once, and show the paid invoice, or the form again with what was wrong."""
    invoice = _issued(world, invoice_id)
    address = f"/i/{invoice_id}"
    if invoice["status"] not in _PAYABLE:  # another form was first: there is nothing left to pay
        return go(address)
    try:
        invoices.pay_with(world, invoice_id, card_of(world, asked))
    except UnreadableForm as unreadable:
        return _page(world, asked, invoice, problems=unreadable.problems, status=400)
    except ApiError as declined:
        if not declined.keeps_work:
            raise
        return _page(world, asked, _issued(world, invoice_id), refusal=declined.message, status=402)
    return go(address)


def download(world: World, _: PageRequest, invoice_id: str) -> Response:
    """Return the invoice as a PDF file."""
    from services.payments.sandbox.pages.invoice_pdf import to_pdf  # 0.6 s of imports that only this needs

    invoice = _issued(world, invoice_id)
    name = f'attachment; filename="{invoice["number"]}.pdf"'
    return Response(to_pdf(invoice), headers=HEADERS | {"Content-Disposition": name}, media_type="application/pdf")


def _issued(world: World, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] == "draft":
        raise PageGone("Not issued yet", "This invoice is still a draft. Come back when it is issued.", status=404)
    return invoice


def _page(
    world: World,
    asked: PageRequest,
    invoice: Object,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: str | None = None,
    status: int = 200,
) -> Response:
    address = f"/i/{invoice['id']}"
    return page(
        world,
        "invoice.html",
        status,
        invoice=invoice,
        lines=invoice["lines"]["data"],
        customer_name=customer_name(invoice),
        tone=INVOICE_TONES[invoice["status"]],
        moment=invoice_moment(invoice),
        payable=invoice["status"] in _PAYABLE,
        action=address,
        pdf=f"{address}/pdf",
        refusal=refusal,
        problems=problems or {},
        values=kept_values(asked.form),
        test_cards=TEST_CARDS,
    )


PAGES = (looking(_PATH, show), posting(_PATH, pay), looking(f"{_PATH}/pdf", download))
