"""What the assistant, or «we», says of itself: it may have read and may explain, and all else would be a change."""

import re

from services.guidance.checking.phrases import any_of

_ADVERB = any_of("just, already, now, also, then, still, only, gladly, really, therefore, currently, simply, always")
_FILLER = rf"(?:{_ADVERB} )*"

_MAY_HAVE = any_of(
    """everything, what, all, enough, not, no, never, nothing, none, only, reviewed, looked, checked, read, seen,
    found, listed, summari[sz]ed, noted,
    confirmed, heard, been asked, based, to, on, a record, any, the facts, one, kept, left, yet, received no, answered,
    explained"""
)
_MAY_WILL = any_of(
    """not(?! (?:charge|bill|ask you to pay|block|stop|suspend)), never, need, let you know, keep (?:you|this|it),
    get back, come back, tell, explain, summari[sz]e, list,
    look, be happy to (?:help|look|explain), be glad to, be in touch, see, confirm, stick, focus, ask, write to you,
    answer, walk, start with, be able to (?:see|tell|say), know, understand, suggest, recommend"""
)
_MAY_BE = any_of(
    """not, sorry, unable, here, aware, happy to (?:help|look|explain|clarify), looking, seeing, asking, reading, only,
    happy, waiting, missing, glad, afraid, sure, limited, working from, basing, guessing, told, scoped, still,
    ready to help, checking, reviewing"""
)
_WILL = any_of("'ll, will, shall, would like to, 'd like to, (?:'m|am|'re|are) (?:about|going) to")
_FEW_WORDS = r"\w+(?: \w+){0,3}"

_CHANGE = any_of(
    """approve, extend, apply, grant, give, verify, mark, refund, credit, waive, cancel, delete, reverse, void,
    update, change, complete, close, clear, unblock, resolve, fix, process, reset, restore, activate, enable, issue,
    add, remove, settle, correct, adjust, top up, increase, lift, override, submit, transfer, take care, sort, handle,
    push, escalate, write off, do (?:it|this|that), make sure, set, switch, move, carry out, execute, run, perform, go
    ahead, arrange, send you, reimburse, promise, guarantee, raise, open a"""
)
_CHANGED = any_of(
    """approved, extended, applied, granted, gave, verified, marked, refunded, credited, waived, cancell?ed, deleted,
    reversed, voided, updated, changed, completed, closed, cleared, unblocked, resolved, fixed, processed, reset,
    restored, activated, enabled, issued, added, removed, settled, corrected, adjusted, topped up, increased, lifted,
    overrode, submitted, transferred, took, sorted, handled, escalated, wrote off, did it, set, switched, moved, ran,
    executed, arranged, sent, raised, opened, made, put, reimbursed, booked, scheduled, informed, notified, contacted"""
)
_OFFERS = any_of(
    """let me, allow me to, shall (?:i|we), should i, may i, would you like me to, want me to,
    (?:happy|glad|able|ready|pleased) to"""
)
_ONESELF = r"(?:i|we)(?: (?:can|could|may|might|do|did|hereby|now|also|just|then|gladly))*"
_MAY_PAST = any_of(
    """checked, reviewed, looked, noted, asked, listed, summari[sz]ed, mentioned, used, needed, wanted, based, answered,
    assumed, received, named, explained, described, compared, counted, omitted, included, worked, called, suggested"""
)

OFFER = re.compile(rf"\b{_OFFERS} {_CHANGE}\b")

OWN_CLAIMS = (
    re.compile(rf"\b(?:i|we)(?:'ve| have) {_FILLER}(?!{_FILLER}{_MAY_HAVE}\b){_FEW_WORDS}"),
    re.compile(rf"\b(?:i|we)(?:'d| had) {_FILLER}(?!{_FILLER}{_MAY_HAVE}\b)\w+ed\b(?: \w+){{0,3}}"),
    re.compile(rf"\b(?:i|we) ?{_WILL} {_FILLER}(?!{_FILLER}{_MAY_WILL}\b){_FEW_WORDS}"),
    re.compile(rf"\b(?:i|we)(?:'m| am|'re| are) {_FILLER}(?!{_FILLER}{_MAY_BE}\b)(?:\w+ing|\w+ed)\b(?: \w+){{0,3}}"),
    OFFER,
    re.compile(rf"\b{_ONESELF} {_CHANGE}\b"),
    re.compile(rf"\bi {_FILLER}(?!{_MAY_PAST}\b)\w+ed\b"),
    re.compile(rf"\b(?:i|we) (?:(?:just|already|also|now|hereby|then|went ahead and|successfully) )*{_CHANGED}\b"),
)
"""Claims, promises and offers in the first person."""
