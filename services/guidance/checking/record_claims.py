"""What is said to have happened to the record, to be happening to it, or to be about to happen."""

import re

from services.guidance.checking.phrases import any_of, pattern_of

_NEVER_TRUE = any_of(
    """refunded, reimbursed, cancell?ed, deleted, written off, unblocked, cleared, resolved, fixed, lifted, restored,
    processed, submitted, transferred, settled, updated, changed, corrected, reset, removed, escalated, sorted,
    taken care of, handled, reinstated, reactivated, unlocked, fulfilled, actioned, carried out, executed, adjusted,
    increased, topped up, accepted, received, switched(?! on| off), upgraded, downgraded, converted, renewed, declined,
    charged, put on hold, started, restarted, arranged, scheduled, notified, informed, contacted,
    made, initiated, forgiven, paid(?! (?:by|from|lot|in advance|credit|plan|with)\b)"""
)
BOOKED = any_of("applied, granted, credited, issued, added, given, booked, reversed, voided, deposited, put back")
_STATED = any_of(
    "verified, approved, extended, completed, closed, waived, activated, enabled, switched on, turned on, done, marked"
)
_CHANGED = f"(?:{_NEVER_TRUE}|{BOOKED}|{_STATED})"

_ADVERB = any_of(
    "now, just, already, also, successfully, hereby, all, both, fully, finally, since, again, officially, recently"
)
_ADVERBS = rf"(?:{_ADVERB} )*"
_PASSIVE = any_of(
    rf"""(?:has|have|had|having)(?: \w+ly)? {_ADVERBS}been, 's been, (?<!\bi )was, were, is being, are being, gets?,
    got, being, been, (?:is|are) (?:now|hereby|already)"""
)

HAPPENED = re.compile(rf"\b{_PASSIVE} {_ADVERBS}(?:being )?{_CHANGED}(?!\w)")
STANDS = re.compile(
    rf"\b(?:is|are|'s|'re) {_ADVERBS}(?:invoice[- ])?(?:{_NEVER_TRUE}|verified|approved|completed|waived|done)(?!\w)"
)
_OTHERS = any_of(
    """finance, support, team, engineering, stripe, billing, operator, someone, somebody, they, staff, manager,
    colleague, system, platform, accounting, management, sales, legal, §"""
)
BY_OTHERS = re.compile(
    rf"\b{_OTHERS}(?: team)?(?:'ve|'s| has| have| had)? {_ADVERBS}"
    rf"(?:{_CHANGED}|confirmed (?:the|your|that)|agreed)(?! by\b)(?!\w)"
)
_MOVED = any_of(
    """arrived, come in, came in, landed, cleared, gone through, went through, been received, expired, been declined,
    declined, been charged, failed, bounced"""
)
PAYMENTS = re.compile(
    rf"\b(?:payment|money|transfer|top-up|card|charge|cheque)(?: (?:of|for|from|on|file|the|customer|§)){{0,4}}"
    rf"(?: has| have| was| is|'s)? {_ADVERBS}{_MOVED}(?!\w)"
    r"|\b(?:stripe|bank)(?: has)? (?:declined|rejected|refused|charged|blocked)\b"
    rf"|\b(?:customer|they|client|§)(?: has| have|'ve|'s)? {_ADVERBS}"
    r"(?:paid|added|topped up|settled|transferred|cancell?ed|signed|updated|bought|switched|upgraded)(?!\w)"
)
"""Money and cards: nothing but a fact says what became of them."""
# A clause without a verb: `Extension granted`.
_DEEDS = any_of("verification, request, refund, approval, extension, action, operation, update, change, activation")
FRAGMENT = re.compile(
    rf"^(?!.*\bmark (?:\w+ ){{0,3}}verified)(?:the |your |and )?(?:\w+ ){{1,3}}(?:successfully |now )?{_CHANGED}[.!]?$"
    rf"|^(?:the |your )?(?:\w+ ){{0,2}}{_DEEDS} (?:is )?(?:complete|successful|through|finished|confirmed)[.!]?$"
)

_MAY_COME = any_of(
    """not, never, need, have to, want, remain, stay, continue to be blocked, expire, end, lapse, run out, still, help,
    find, ask, only, show, reject, refuse, require, fail, keep, tell, matter, depend, let you know, get back, look,
    come back, answer, explain, say, see what, see whether, be (?:in touch|glad),
    be (?:asked|refused|needed|blocked|required|rejected|overdue|empty|shown|told|due|happy)"""
)
WILL = re.compile(
    r"(?:\bwill|'ll|\bshall|\b(?:is|are|'re) (?:going|about|set|due|scheduled) to) "
    r"(?:(?:now|soon|then|also|shortly|be able to|automatically|immediately) )*"
    rf"(?!{_MAY_COME}\b)\w+(?: \w+){{0,3}}"
)

GIVES = pattern_of(
    """refund, reimburse, waive, discount, compensate, forgive, write off, credit (?:the|your?|them), return the,
    pay back"""
)
"""What finance may or may not decide: no step of anybody brings it about."""

# ── what is said in other words ───────────────────────────────────────────────────────────────────────────────────────

UNDER_WAY = pattern_of(
    r"""(?:refund|credit|extension|discount|reimbursement|trial|payment|fix|activation|verification)s? (?:is |are
    )?(?:now )?(?:on (?:its|the|their) way|underway|in (?:progress|process|the works)|coming|being), expect
    (?:a|the|your|to (?:see|receive|get)), money back, within the hour, you now (?:have|can|get|own), you can now,
    leave (?:it|this|that) (?:to|with) (?:me|us), comes off, trust me, (?:is|are) being
    (?!asked|blocked|stopped|held|refused|used|reviewed|shown|looked)\w+ed,
    (?:blocker|block|problem|issue|hold|obstacle|restriction)s? (?:has|have|is|are|was|were) (?:now |both |all |been
    )*(?:disappeared|gone|vanished|cleared|lifted|over|history|solved|out of the way)"""
)
IDIOMS = pattern_of(
    r"""consider (?:it|this|that|the \w+|your \w+|yourself), (?:it|that|this|all|everything)(?:'s| is|'re| are)?
    (?:now |all |been )*(?:done|sorted|set|taken care of|fixed|settled|good), all
    (?:done|set|sorted|fixed|good|clear), done and dusted,
    (?:gave|(?:has|have) given) (?:\w+ )?(?:green light|blessing|go-ahead), good to go, problem solved, no longer
    (?:blocked|stuck|overdue|stopped|on hold|due|owed|(?:needs?|has|have) to), guarante\w+, promis(?:e|es|ed|ing),
    rest assured, assur(?:e|ed|es|ing|ance), count on, commit(?:ted|s|ting)?, you have my word, took effect, takes
    effect, effective immediately, with immediate effect, as of (?:now|today), went through, gone through,
    success(?:ful|fully), up and running, back in business, just (?:ran|did|made), your
    (?:account|workspace|billing|service|trial|access) is (?:now |again
    )?(?:active|live|ready|open|verified|unblocked|restored|enabled|working), (?:is|are) now
    (?:active|live|ready|unblocked|available|working|free|clear|good|on trial|running|open|back)"""
)
_DONE = any_of(
    """done, finished, fixed, refunded, resolved, sorted, completed, approved, verified, extended, applied, granted,
    cleared, processed, credited, cancelled, reversed, waived, marked, updated, issued, unblocked, activated"""
)
_DOING = any_of(
    """applying, extending, approving, granting, verifying, marking, refunding, crediting, waiving, cancell?ing,
    reversing, completing, clearing, unblocking, processing, updating, issuing, adding, fixing, resetting, executing,
    submitting"""
)
_ARTICLE = any_of("the, an?, your, their, this, that, both, all, it, §")
_AT_ONCE = any_of(r"(?<!from )\bnow, right away, immediately, at once, for you, as we speak, straight away")
STARTS = re.compile(
    rf"^(?:[✓✅✔☑] ?)?{_DONE}(?:$|[.!]| ?[-:] |(?= {_ARTICLE}(?!\w)))"
    rf"|^(?:(?:okay|ok|sure|now|currently),? )*{_DOING}\b[^,]*"
    rf"(?:{_AT_ONCE}(?=$|[.!])|\.\.)"
)
"""What a sentence begins with that reports: `Done.`, `Refunded the invoice`, `Applying it now`."""
