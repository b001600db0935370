"""Words that may be written with a capital: the product's own, and everyday English at the start of what is said.

The tables are no dictionary: a word that is missing makes a capitalised word count as a name, which costs a retry; a
word too many lets a name through that is spelled like it.
"""

from services.contract import wording
from services.contract.types import (
    AUDITED_TITLES,
    STARTER_TITLES,
    Action,
    Category,
    EntryKind,
    InvoiceStatus,
    Outcome,
    SubscriptionStatus,
)
from services.guidance.checking.currencies import CODES
from services.guidance.checking.phrases import words_of

_PRODUCT = """
Billing Help Stripe Checkout Portal Console Markdown AI MSP PO VAT API UTC ID IDs PDF CSV JSON FAQ OK Enter Escape Esc
January February March April May June July August September October November December Monday Tuesday Wednesday
Thursday Friday Saturday Sunday Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Tab URL TUI CLI SaaS ERP N A I II E G
Q Z H Customer-safe Customer English SQL IT HR CRM SLA TL DR NB PS ETA FYI KYC
"""

_FIELD = """
account accounts action actions active activity adjustment adjustments admin administrator ai agreement allowed allowing
amount amounts answer approval approve approved audit audited automatic automation balance balances billing blocked
blocker blockers blocking blocks booking bookings burn business button card cards category chat check checklist checks
code codes collect collection commercial company complete completed confirmation consumed contact contract cost credit
credits currency current customer customers date dates day days debt decision detail details document dollars draft due
dunning email engineer engineering entitlement entries entry error euro events evidence exception expired expires expiry
external facts file finance fund funds grant granted grants grounds guidance handoff help history hour hours id internal
invoice invoices issue issued item items key keys latest ledger legal limit limits lot lots managed manual mark marked
method methods message money month net next none notice notices number onboarding open operator operators order orders
outcome outstanding overage overdue owned owner ownership paid panel part past pay payer paying payment payments pending
plan plans platform platform-owned policy portal prepaid priority problem process promotional provision provisioning
purchase queue rail rails readiness ready reason reasons receipt recommendation record records reference references
refund refunds remaining report request resolution result resolved retry reverse reversed review risk rule rules safe
scope section select service session settings settle settled setup source stage staff standing state statement status
step steps subscription suggestion summary support team tenant term terms tier time title total totals track trail
transaction trial trials unit units unpaid unverified usage use used user users value verification verified verify void
voided waived workspace workspaces year
"""

_EVERYDAY = """
a about above according across add after again against ago all almost alone along already also although always am among
an and another any anyone anything apart apply are around as aside ask asking at available away back based basically be
because become becomes been before begin below beneath beside besides best better between both bottom but by call can
cannot case cases change choose clear cleared clears clearly close come coming concerning condition conditions confirm
consider could dear despite did different do does done down during each earlier either else empty end ended ending ends
enough even eventually every everything exactly except explain fastest few finally find fine first follow following for
four from full further furthermore get give given gives giving go goes going good greetings had half hand happened has
have having he hello hence here hi hold holds how however if immediate immediately important in inside instead into is
it its just keep kind know last later lead least leave left less let like likewise list listed little long longer look
looking lost low main make makes many matter may maybe me mean means meanwhile meet might missing more moreover most
move much must my name namely near necessary need needed needs neither never new no nobody nor not note noted nothing
now of off on once one only option options or other others otherwise our out outside over own per perhaps place please
point points possible possibly press probably put question questions quick quickly quite rather read recap recent
recently recommended regarding regards related remains remember rest right root same second see seen send separately
set several shall she short should show shown shows side similarly simply since single so some something soon start
starting stay stays still stop stopped stopping stops such suggested sure take takes tell than thank thanks that the
their them then there therefore these they thing things third this those though three through thus to today together
too top towards trouble true try turn two type under understand unfortunately unless unlike until up upon us using
very via wait waiting want warning was watch way ways we well were what whatever when where whether which while who
whoever whole whose why will wish with within without work works worth would yes yet you your yours sir madam sincerely
kind best team everyone folks overview background context finding findings situation diagnosis cause causes explanation
assessment verdict conclusion bottom line caveat reminder tip tips example warning careful caution ask asks asked
apologies sorry welcome pick run runs running reach return returns returned confirm confirms confirmed bring brings
decide decides decided depends depending expected regardless given failing granted assuming provided granting
strictly speaking frankly honestly essentially effectively literally currently presently formerly previously
additionally alternatively ideally importantly notably specifically generally normally usually typically actually
hopefully fortunately luckily obviously evidently apparently
"""

_SHAPES = ("ing", "ed", "ly", "tion", "tions", "ment", "ments", "ness", "ity", "able", "ible", "ance", "ence", "ful")


def _titles() -> frozenset[str]:
    tables = (
        wording.STATE_TITLES,
        wording.RAIL_TITLES,
        wording.OWNERSHIP_TITLES,
        wording.CHECKLIST_TITLES,
        wording.AREA_TITLES,
        wording.KIND_TITLES,
        wording.HANDOFF_TITLES,
        wording.RESOURCE_TITLES,
        wording.INTERVAL_TITLES,
        AUDITED_TITLES,
        STARTER_TITLES,
    )
    phrases = [title for table in tables for title in table.values()]
    phrases += [word.value for words in (Category, EntryKind, InvoiceStatus, Outcome) for word in words]
    phrases += [status.value.replace("_", " ") for status in SubscriptionStatus]
    return frozenset(word.lower() for phrase in phrases for word in phrase.split())


PRODUCT = frozenset(words_of(_PRODUCT)) | CODES | frozenset(Action)
"""Spelled with capitals wherever they stand; dates and currencies are checked as such."""

WORDS = frozenset(words_of(_FIELD) + words_of(_EVERYDAY)) | _titles() | frozenset(word.lower() for word in PRODUCT)
"""In lower case."""


def is_known(word: str) -> bool:
    """Return whether a capitalised word is one of ours, or of everyday English in one of its simple forms."""
    if word in PRODUCT:
        return True
    lower = word.lower()
    return lower in WORDS or any(
        lower.endswith(ending) and (lower.removesuffix(ending) in WORDS or lower.removesuffix(ending) + "e" in WORDS)
        for ending in ("s", "es", "ed", "ing", "d", "ly")
    )


def looks_english(word: str) -> bool:
    """Return whether a word has the shape of an everyday one: enough where any word would have a capital."""
    return is_known(word) or (len(word) > 5 and word.lower().endswith(_SHAPES))
