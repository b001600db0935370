"""The one door to Stripe. Importing this loads Stripe's library (110–140 ms): do it when it is first used."""

from services.payments.gateway.accounts import Accounts
from services.payments.gateway.events import EventsAndWebhooks
from services.payments.gateway.invoices import Invoices
from services.payments.gateway.pages import CheckoutPages
from services.payments.gateway.portal import Portal
from services.payments.gateway.subscriptions import Subscriptions


class StripeGateway(Portal, CheckoutPages, Accounts, Subscriptions, Invoices, EventsAndWebhooks):
    """Stripe, or a sandbox that speaks as it does, as the product asks it (`port.PaymentProvider`).

    Each part knows one subject; all ask through the same client, which belongs to one event loop. A page of a list is
    one call; a question has half a minute for all of its calls, and their repetitions.
    """
