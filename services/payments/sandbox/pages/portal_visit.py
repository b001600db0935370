"""A person's visit to the portal: whose it is, what they may do, and where they go when a flow is done."""

from typing import Any, NamedTuple

from starlette.responses import Response

from services.payments.sandbox.errors import missing
from services.payments.sandbox.pages.posting import PageGone
from services.payments.sandbox.pages.rendering import go, message
from services.payments.sandbox.world import Object, World

LASTS = 3600
"""Seconds that a session serves; Stripe's do so while they are used and up to an hour more."""

_OVER = ("canceled", "incomplete_expired")


class PortalVisit(NamedTuple):
    """An open portal session; `path` is where its pages are."""

    world: World
    session: Object
    features: dict[str, Any]
    path: str

    @property
    def customer(self) -> str:
        """The id of the customer whose portal it is."""
        return str(self.session["customer"])

    def subscriptions(self) -> list[Object]:
        """Return the customer's subscriptions that are not over, newest first."""
        found = self.world.all("subscription", customer=self.customer)
        return [each for each in found if each["status"] not in _OVER]

    def subscription(self, subscription_id: str) -> Object:
        """Return one of them; no other customer's can be named here.

        Raises:
            ApiError: 404.
        """
        for each in self.subscriptions():
            if each["id"] == subscription_id:
                return each
        raise missing("subscription", subscription_id)

    def cards(self) -> list[Object]:
        """Return the customer's cards, newest first."""
        return self.world.all("payment_method", customer=self.customer)

    def default_card(self) -> str | None:
        """Return the id of the card that pays: the newest subscription's own, or else the customer's."""
        customer = self.world.get("customer", self.customer)
        own = (each["default_payment_method"] for each in self.subscriptions())
        default: str | None = customer["invoice_settings"]["default_payment_method"]
        return next((card for card in own if card), default)

    def require(self, feature: str) -> None:
        """Check that the configuration has a feature on.

        Raises:
            PageGone: when it is off.
        """
        if not self.features[feature]["enabled"]:
            raise PageGone("Not offered here", "This portal does not offer this. Go back to the merchant.", status=403)

    def back(self, flow_type: str) -> str:
        """Return where a page's way back leads: out of a flow, or to the portal's first page."""
        flow = self.session["flow"]
        if flow is not None and flow["type"] == flow_type and self.session["return_url"] is not None:
            return str(self.session["return_url"])
        return self.path

    def finish(self, *flow_types: str) -> Response:
        """Return what follows when something was done: as the flow says, or the portal's first page."""
        flow = self.session["flow"]
        if flow is None or flow["type"] not in flow_types:
            return go(self.path)
        after = flow["after_completion"]
        if after["type"] == "redirect":
            return go(after["redirect"]["return_url"])
        return go(f"{self.path}/done" if after["type"] == "hosted_confirmation" else self.path)


def enter(world: World, session_id: str) -> PortalVisit:
    """Return the visit of an open session.

    Raises:
        ApiError: 404, when there is no such session.
        PageGone: when its time is over, or its customer was deleted.
    """
    session = world.get("billing_portal.session", session_id)
    if world.now >= session["created"] + LASTS:
        raise PageGone("This link has expired", "Ask for a new link where you found this one.")
    if world.get("customer", session["customer"]).get("deleted"):
        raise PageGone("This customer was deleted", "There is nothing left to manage here.")
    configuration = world.get("billing_portal.configuration", session["configuration"])
    return PortalVisit(world, session, configuration["features"], f"/p/session/{session_id}")


def confirmation(visit: PortalVisit) -> Response:
    """Return the page that a flow with a hosted confirmation ends on."""
    flow = visit.session["flow"]
    said = flow and flow["after_completion"]["hosted_confirmation"]
    sentence = (said and said["custom_message"]) or "Your change is made. You can close this page."
    return message("Done", sentence, link=visit.session["return_url"], link_text="Return")
