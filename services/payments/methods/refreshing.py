"""What came of the payment setup, and of everything else that a customer has at Stripe: asked for now."""

from services.billing.views import billing_view
from services.contract.requests import RefreshBillingPaymentSetup
from services.contract.views import PaymentSetupReceipt, PaymentSetupView
from services.contract.wording import minute
from services.payments.accounts import account_of, unknown_account
from services.payments.calls import PaymentCall
from services.payments.mirror.sync import sync
from services.payments.mirror.under_lock import UnknownAccountError, hold, release
from services.payments.model import Hint, Subject

_LOCK_WITHIN = 10.0  # seconds: as long as Stripe is usually waited for


async def refresh_payment_setup(call: PaymentCall, request: RefreshBillingPaymentSetup) -> PaymentSetupReceipt:
    """Read a customer's account at Stripe again, and return where its payment setup stands.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `ACCOUNT_UNKNOWN`, and what the provider's port names.
    """
    facts = await call.facts(request.customer_id)
    account_id = account_of(facts)
    if account_id is not None:
        await _read_again(call, account_id)
        facts = await call.facts(request.customer_id)
    view = billing_view(facts, call.context.now, call.context.policy)
    setup = view.payment_setup or PaymentSetupView(status="none", method=None, open_until=None)
    return PaymentSetupReceipt(status=setup.status, notice=_notice(setup), view=view)


async def _read_again(call: PaymentCall, account_id: str) -> None:
    mirror = call.mirror
    held = await hold(mirror, Hint(Subject.ACCOUNT, account_id), within=_LOCK_WITHIN)
    try:
        await sync(mirror, held)
    except UnknownAccountError as error:
        await release(mirror, held)
        raise unknown_account() from error
    except BaseException:
        await release(mirror, held)
        raise


def _notice(setup: PaymentSetupView) -> str:
    match setup.status:
        case "complete":
            return "A payment method is on file." if setup.method is None else f"{setup.method.text} is on file."
        case "open":
            until = "" if setup.open_until is None else f" until {minute(setup.open_until)}"
            return f"The page to register a payment method waits{until}."
        case "none":
            return "No payment method is on file: start the payment setup."
