"""What is read again for which subject."""

from services.payments import prices_store
from services.payments.mirror.account import sync_account
from services.payments.mirror.invoices import sync_invoice, sync_invoices
from services.payments.mirror.under_lock import Held, Mirror, settle
from services.payments.model import Subject


async def sync(mirror: Mirror, held: Held) -> None:
    """Read a subject again and record what it has become; its lock is given back, and its events are done, with that.

    Raises:
        Refused: what Stripe or the store refuses; nothing was recorded then, and the lock is still held.
        UnknownAccountError: nobody here is this customer of Stripe's.
        LostLockError: nothing was recorded, because somebody else reads it by now.
    """
    match held.hint.subject:
        case Subject.ACCOUNT:
            await sync_account(mirror, held)
        case Subject.INVOICE:
            await sync_invoice(mirror, held)
        case Subject.INVOICES:
            await sync_invoices(mirror, held)
        case Subject.PRICES:
            await settle(mirror, held, prices_store.forget)
