"""Frozen types of the guidance room: what is known of a customer, what the rules make of it, what was asked."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from services.contract.policy import Policy
from services.contract.types import Action, BlockerCode, HandoffTo, Starter
from services.contract.views import AuditEventView, ChatFact, CustomerBillingView, LedgerEntryView


class GuidanceInput(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer may rest on: the view, and the newest ledger entries and audit events, newest first.

    `policy` says which balance is low.
    """

    view: CustomerBillingView
    entries: tuple[LedgerEntryView, ...] = ()
    events: tuple[AuditEventView, ...] = ()
    policy: Policy = Policy()


class Question(msgspec.Struct, frozen=True):
    """A question that has been checked: the operator's words, or a starter's title with the starter.

    `names_another`: another customer of the store is named in it.
    """

    text: str
    starter: Starter | None = None
    names_another: bool = False


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class FactKind(StrEnum):
    """What a fact's value is.

    `TEXT` comes from records as somebody typed it, and a `SENTENCE` may quote such a text: neither leaves this machine.
    All others are computed here, from closed sets of words, numbers and the calendar.
    """

    TEXT = "text"
    SENTENCE = "sentence"
    WORD = "word"
    COUNT = "count"
    HOURS = "hours"
    MONEY = "money"
    DATE = "date"
    DAYS = "days"
    USAGE = "usage"
    """What a plan includes and what of it is used, `3`, `1.5 GiB`, `84 %`: named by reference alone."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing known of the customer: `value` is ready to read, `source` says where it comes from."""

    key: str
    kind: FactKind
    label: str
    value: str
    unit: str | None
    source: str

    @property
    def is_private(self) -> bool:
        """Whether the value may hold what somebody typed, and so stays on this machine."""
        return self.kind in (FactKind.TEXT, FactKind.SENTENCE)

    def as_chat_fact(self) -> ChatFact:
        """Return the fact as it is shown with an answer."""
        return ChatFact(key=self.key, label=self.label, value=self.value, source=self.source)


def make_fact(key: str, kind: FactKind, label: str, value: str, source: str, unit: str | None = None) -> Fact:
    """Return a fact."""
    return Fact(key=key, kind=kind, label=label, value=value, unit=unit, source=source)


class Facts:
    """The facts by key, in the order in which they were established. Immutable."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = {fact.key: fact for fact in facts}

    def __getitem__(self, key: str) -> Fact:
        return self._facts[key]

    def __contains__(self, key: object) -> bool:
        return key in self._facts

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __len__(self) -> int:
        return len(self._facts)

    def numbered(self, prefix: str) -> list[str]:
        """Return the stems of a numbered family: `invoice` gives `invoice.1`, `invoice.2`, … as far as they go."""
        stems = []
        for number in range(1, len(self._facts) + 1):
            stem = f"{prefix}.{number}"
            if not any(key.startswith(stem + ".") for key in self._facts):
                break
            stems.append(stem)
        return stems


# ── advice ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Topic(StrEnum):
    """What a question is about."""

    UNBLOCK = "unblock"
    NOT_PAID = "not_paid"
    DECLINED = "declined"
    INVOICE = "invoice"
    SUMMARY = "summary"
    PAYMENT = "payment"
    PLAN = "plan"
    TRIAL = "trial"
    CREDITS = "credits"
    READINESS = "readiness"
    ACTIONS = "actions"
    OTHER_CUSTOMER = "other_customer"
    UNRECOGNISED = "unrecognised"


class ActionAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """An audited action as the view states it, with the key that opens its confirmation.

    `params`: what the confirmation's form can begin with, from the facts.
    """

    action: Action
    title: str
    key: str
    allowed: bool
    params: tuple[tuple[str, str], ...] = ()


class PaymentLink(StrEnum):
    """A page of the payment provider's whose link can be handed to the customer, from the Billing page.

    What stands here is that there is one, never its address.
    """

    PAY_INVOICE = "pay_invoice"
    SET_UP_PAYMENT = "set_up_payment"


class BlockerAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """A blocker, the actions that can resolve it, who clears it where none does, and by which link they can."""

    code: BlockerCode
    actions: tuple[ActionAdvice, ...]
    handoff: HandoffTo | None
    link: PaymentLink | None = None

    @property
    def allowed(self) -> tuple[ActionAdvice, ...]:
        """The actions that are allowed now."""
        return tuple(action for action in self.actions if action.allowed)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the way out: an allowed action (with allowed ones that serve as well), or a handoff with links."""

    resolves: tuple[BlockerCode, ...]
    action: ActionAdvice | None = None
    instead: tuple[ActionAdvice, ...] = ()
    handoff: HandoffTo | None = None
    links: tuple[PaymentLink, ...] = ()


class CustomerStep(StrEnum):
    """What the customer can do, in words that are safe to send."""

    CHOOSE_PAYMENT_RAIL = "choose_payment_rail"
    CHOOSE_PLAN = "choose_plan"
    CONFIRM_COMMERCIAL_REFERENCE = "confirm_commercial_reference"
    PAY_INVOICES = "pay_invoices"
    PAY_FOR_PLAN = "pay_for_plan"
    TRY_ANOTHER_CARD = "try_another_card"
    ADD_PAYMENT_METHOD = "add_payment_method"
    TOP_UP = "top_up"
    RETRY_PROVISIONING = "retry_provisioning"
    RETRY_MANAGED_AI = "retry_managed_ai"
    RETRY = "retry"


class Condition(StrEnum):
    """The conditions of an operator's invoice verification, in the order in which they are tested (PRODUCT.md §3)."""

    INVOICE_RAIL = "invoice_rail"
    NOT_VERIFIED = "not_verified"
    OWNERSHIP_ESTABLISHED = "ownership_established"


class Grounds(StrEnum):
    """On what commercial ownership rests, or what it lacks."""

    OWNED = "owned"
    RAIL_APPROVED = "rail_approved"
    REFERENCE_MISSING = "reference_missing"
    RAIL_NOT_APPROVED = "rail_not_approved"


class InvoiceException(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the customer can be marked invoice verified: the action's state decides, the conditions explain."""

    action: ActionAdvice
    conditions: tuple[tuple[Condition, bool], ...]
    grounds: Grounds
    resolves: tuple[BlockerCode, ...]
    remaining: tuple[BlockerCode, ...]


class Unpaid(StrEnum):
    """Why what a live subscription costs is not paid, as far as it is known."""

    COLLECTION_FAILED = "collection_failed"
    NOT_PAID_BY_HAND = "not_paid_by_hand"


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules make of the facts. Engines phrase it; they add nothing to it.

    `actions` holds all six as the view states them. `asked_to_act`: the question asks the chat to carry something out.
    `links`: what can be handed over whether or not anything blocks. `subscription_at_risk`: it is live, and not paid or
    paused; `unpaid`: why it is not paid. `offers`: the stems of the facts of the plans that the question names.
    """

    topics: tuple[Topic, ...]
    blockers: tuple[BlockerAdvice, ...]
    actions: tuple[ActionAdvice, ...]
    steps: tuple[Step, ...]
    customer_steps: tuple[CustomerStep, ...]
    invoice: InvoiceException
    asked_to_act: bool
    links: tuple[PaymentLink, ...] = ()
    subscription_at_risk: bool = False
    unpaid: Unpaid | None = None
    offers: tuple[str, ...] = ()

    @property
    def allowed_actions(self) -> tuple[Action, ...]:
        """The actions that are allowed now: the only ones an answer may suggest."""
        return tuple(action.action for action in self.actions if action.allowed)
