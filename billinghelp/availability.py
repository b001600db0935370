"""When a command can be used: each rule returns None, or one sentence that says why not and what to do."""

from typing import TYPE_CHECKING

from billinghelp.command import Availability, Presence, Situation
from widgets.chat.allowed import can_be_copied, can_be_sent, can_be_taken

if TYPE_CHECKING:  # as in command.py
    from services.contract.views import ActionStateView, CustomerBillingView

NO_DESK = "The store is not open yet."
READ_ONLY = "This desk is read-only: start it without --read-only to act."
NOBODY = "Nobody is selected: find a customer first."


def desk_open(situation: Situation) -> str | None:
    """Available once the store answered who is signed in."""
    return None if situation.identity else NO_DESK


def customer_selected(situation: Situation) -> str | None:
    """Available with a customer on the screen."""
    return desk_open(situation) or (None if situation.view else NOBODY)


def offered(method: str, inner: Availability = desk_open) -> Availability:
    """Return `inner`, and that the surface offers `method` to this role."""

    def available(situation: Situation) -> str | None:
        if situation.identity and method not in situation.identity.methods:
            return "Your role may not do this: ask someone who may, or sign in as someone else."
        return inner(situation)

    return available


def in_role(method: str) -> Presence:
    """Return whether the surface offers `method` to this role; while nobody is known yet it is not ruled out."""

    def there(situation: Situation) -> bool:
        return situation.identity is None or method in situation.identity.methods

    return there


def with_clients(situation: Situation) -> bool:
    """Whether there are several tenants to choose from."""
    return situation.has_clients


def unless_read_only(inner: Availability) -> Availability:
    """Return `inner`, on a desk that is not read-only."""

    def available(situation: Situation) -> str | None:
        # First of all: a read-only desk offers no action to anybody, which is not for want of a role.
        return READ_ONLY if situation.identity and situation.identity.read_only else inner(situation)

    return available


def action_allowed(action: str) -> Availability:
    """Return that the audited `action` is allowed for the selected customer now."""

    def available(situation: Situation) -> str | None:
        if (missing := customer_selected(situation)) is not None:
            return missing
        state = action_state(situation.view, action)
        if state is None or state.allowed:
            return None
        return state.message or "This is not allowed for this customer now."

    return unless_read_only(offered(action, available))


def action_state(view: "CustomerBillingView | None", action: str) -> "ActionStateView | None":
    """Return what the view says about `action`, null where it says nothing."""
    return next((state for state in view.actions if state.action == action), None) if view else None


def answer_there(situation: Situation) -> str | None:
    """Available once the guide has answered something."""
    missing = customer_selected(situation)
    return missing or (None if situation.answer is not None else "There is no answer yet: press i and ask.")


def fresh_answer_there(situation: Situation) -> str | None:
    """Available while what the latest answer rests on has not changed."""
    if (missing := answer_there(situation)) is not None:
        return missing
    fresh = situation.answer is not None and can_be_copied(situation.answer)
    return None if fresh else "The facts have changed since that answer: ask again first."


def reply_there(situation: Situation) -> str | None:
    """Available where the latest answer says something to the customer."""
    if (missing := fresh_answer_there(situation)) is not None:
        return missing
    there = situation.answer is not None and can_be_sent(situation.answer)
    return None if there else "The latest answer has no words for the customer."


def suggestion_there(situation: Situation) -> str | None:
    """Available where the latest answer suggests an action."""
    if situation.identity and situation.identity.read_only:
        return READ_ONLY
    if (missing := fresh_answer_there(situation)) is not None:
        return missing
    there = situation.answer is not None and can_be_taken(situation.answer)
    return None if there else "The latest answer suggests no action."


def handoff_there(situation: Situation) -> str | None:
    """Available for a selected customer whom something blocks."""
    if (missing := customer_selected(situation)) is not None:
        return missing
    blocked = situation.view and situation.view.blockers
    return None if blocked else "Nothing blocks this customer, so there is nothing to hand over."


def request_selected(situation: Situation) -> str | None:
    """Available with a change request under the cursor."""
    return desk_open(situation) or (None if situation.asked else "There is no request here: press / for others.")


def decidable(method: str) -> Availability:
    """Return that the selected change request can be decided by the caller now, by `method`."""

    def available(situation: Situation) -> str | None:
        if (missing := request_selected(situation)) is not None:
            return missing
        asked = situation.asked
        return None if asked is None or asked.decidable else asked.why_not or "This is not for you to decide."

    return unless_read_only(offered(method, available))


def openable(ask: Availability) -> Availability:
    """Return that a request is under the cursor, or that a change of the kind under it can be asked for."""

    def available(situation: Situation) -> str | None:
        return ask(situation) if situation.on_kind else cursor_on_request(situation)

    return available


def opens_something(method: str) -> Presence:
    """Return whether there is anything to open: on a kind of change only where the role may ask for one."""

    def there(situation: Situation) -> bool:
        return not situation.on_kind or in_role(method)(situation)

    return there


def cursor_on_request(situation: Situation) -> str | None:
    """Available with a tenant's request under the cursor."""
    missing = "There is no request here: turn to the tenant's requests first."
    return desk_open(situation) or (None if situation.asked else missing)


def is_not_over(situation: Situation) -> bool:
    """Whether the selected request, where there is one, waits or is being applied."""
    return situation.asked is None or situation.asked.status in ("pending", "approved", "applying")


def lies_over_a_page(situation: Situation) -> bool:
    """Whether there is a page to go back to."""
    return situation.over_a_page


def cancellable(situation: Situation) -> str | None:
    """Available while the selected change request can be taken back."""
    if situation.asked is None:
        return cursor_on_request(situation)
    if situation.asked.cancellable:
        return None
    if situation.asked.status == "applying":
        return "The platform is applying this already: it cannot be taken back."
    return "This request is over: there is nothing to take back."
