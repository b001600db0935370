"""How people put the six actions beside their titles, and what no action does. All in lower case."""

import re
from collections.abc import Mapping

from services.contract.types import Action
from services.guidance.checking.phrases import any_of

_GAP = r"(?:[ ,]+(?!and\b|or\b)[\w§'-]+){0,5}?[ ]+"
_SHORT_GAP = (
    r"(?: (?:an?|the|them|another|new|second|free|fresh|this|that|their|one|on|onto|to|customer|short|more|§))*"
)
_MAY_BE = r"(?:can|may|could|should|must|might|ought to|needs? to|is to|will) (?:(?!only )\w+ )?be (?:\w+ )?"
_IS_OPEN = r" (?:is|would be|seems|looks) (?:\w+ )?" + any_of(
    "allowed, possible, available, open, an option, in order, fine, right, justified"
)
_QUALIFIES = (
    r"(?:qualif(?:y|ies)|eligible|ready|cleared|entitled|due|suitable|set) (?:for|to) "
    r"(?:(?:an?|the|be|invoice|manual|another|second|further|new)[ -])*"
)

PHRASES: Mapping[Action, tuple[str, ...]] = {
    Action.MARK_INVOICE_VERIFIED: (
        rf"mark(?:ed|ing)?(?:{_GAP}| )(?:invoice[- ])?verified",
        r"verify(?:ing)?(?: (?:the|this|that|their|an?|its|invoice|unpaid|external|customer))* "
        r"(?:invoice|billing|account|customer|client|them|it|one|§)",
        r"(?:then|just|now|can|may|should|could|to) verify(?: now| anyway| first)?(?=[.!]?$)",
        rf"{_MAY_BE}(?:invoice[- ]|operator-)?verified",
        rf"(?:set|move|switch|put|flip)(?:ting)?{_GAP}(?:to|as) verified",
        rf"(?:invoice[- ])?verification{_IS_OPEN}",
        rf"{_QUALIFIES}(?:verification|verified)",
    ),
    Action.APPROVE_TRIAL: (
        rf"approv(?:e|ing){_GAP}trial",
        rf"(?:grant|give|start|offer|begin|open|set up|activat|put)(?:e|ing|ting)?{_SHORT_GAP} trial"
        r"(?! (?:extension|end))",
        rf"trial {_MAY_BE}(?:approved|granted|started|given|activated)",
        rf"trial approval{_IS_OPEN}",
        rf"{_QUALIFIES}trial(?! extension)",
    ),
    Action.EXTEND_TRIAL: (
        rf"(?:extend|prolong|lengthen|renew)(?:ing)?{_GAP}trial",
        r"(?:extend|prolong)(?:ing)? (?:it|this|that)\b",
        rf"trial {_MAY_BE}(?:extended|prolonged|renewed|lengthened)",
        rf"(?:grant|giv|add|us|offer|apply|approv)(?:e|ing)?{_GAP}(?:trial extension|extension of)",
        rf"(?:trial |further |second |another )extension{_IS_OPEN}",
        rf"(?:grant|giv|add)(?:e|ing)?{_GAP}more (?:days|time|trial)",
        rf"{_QUALIFIES}(?:trial )?extension",
    ),
    Action.APPLY_SUPPORT_CREDIT: (
        rf"(?:apply|grant|giv|add|issu|book)(?:e|ing)?(?:{_GAP}| )(?:support|goodwill|ai|workspace) credits?",
        rf"support credits? {_MAY_BE}(?:applied|granted|given|added|issued)",
    ),
    Action.REVERSE_SUPPORT_CREDIT: (
        rf"(?:revers|void|undo|revok|withdraw|claw|tak)(?:e|ing)?(?:{_GAP}| )(?:support )?credits?",
        rf"credits? {_MAY_BE}(?:reversed|voided|revoked|withdrawn|taken back)",
    ),
    Action.COMPLETE_BILLING_CHECKLIST: (
        rf"(?:complet|clos|tick|finish|check|waiv|mark)(?:e|ing)?{_GAP}(?:checklist |billing |onboarding )item",
        rf"item {_MAY_BE}(?:completed|closed|ticked|waived|finished)",
    ),
}


_SECRETS = any_of(
    """card (?:numbers?|details|data), full card, card, cvc, cvv, iban, passwords?, pin, security code, api keys?,
    secrets?"""
)

FINANCE_DECIDES = re.compile(
    r"\b(?:"
    + any_of(
        r"""refund(?:s|ing)?, chargebacks?, reimburs\w+, writ(?:e|ing)[ -]?(?:\w+ )?(?:\w+ )?(?:\w+ )?off,
        forgiv(?:e|ing), discounts?, promotional credit,
        compensat\w+"""
    )
    + rf"|waiv(?:e|ing){_GAP}(?:invoice|fee|amount|overage|bill|debt|charge|payment|interest|cost|money|rest|§)s?"
    rf"|waiv(?:e|ing) (?:it|this|that|them)|mark(?:ing)?{_GAP}(?:paid|settled|void)"
    rf"|void(?:ing)?{_GAP}invoices?"
    rf"|(?:postpon|mov|defer|extend|push)(?:e|ing)?{_GAP}(?:due date|invoice|deadline)"
    r")(?!\w)"
)
CUSTOMER_CHOOSES = re.compile(
    r"\b(?:cancel(?:l?ing)?|downgrad(?:e|ing)|upgrad(?:e|ing)"
    rf"|(?:chang|switch|mov|set|flip|convert|reset)(?:e|ing|ting)?{_GAP}"
    r"(?:rail|tier|plan|state|due date|terms|status)"
    r")(?!\w)"
)
"""What no action here does: finance or the customer may, and an answer may say so."""

NEVER = re.compile(
    r"\b(?:"
    + any_of(
        r"""overrid(?:e|es|ing), bypass(?:es|ing)?, circumvent(?:s|ing)?, delet(?:e|es|ing), purg(?:e|ing), work
        around, sidestep(?:ping)?, impersonat\w+, (?:log|sign)(?:ging|ing)? in as, on (?:the customer's|their) behalf,
        skip(?:ping)?(?! (?:this|that|the) step), forc(?:e|ing), disabl(?:e|ing), ignor(?:e|ing) (?:the |this |that
        )?(?:blocker|check|rule|polic|limit|condition|refusal)\w*, hack\w*, falsif\w+, fak(?:e|ing), made-up,
        invent(?:ed|ing)?, backdat\w+, split(?:ting)? (?:the|it|your), database, sql, shell, script,
        (?:approve|confirm|sign) (?:it |this |the request )?yourself,
        (?<!they )(?<!customer )(?<!someone )(?:pretend|claim|say) (?:that )?(?:finance|it|they|the customer)"""
    )
    + rf"|(?:edit|chang|updat|modify|alter|patch|tweak|touch)(?:e|ing)?{_GAP}(?:record|ledger|table|row|audit)\w*"
    r"|(?:shar|send|collect|tak|ask|giv|tell|read|repl|provid|writ|get|e?mail|paste|dictat|request|not(?=e|ing))"
    rf"(?:e|es|y|ing|ting)?(?:{_GAP}| ){_SECRETS}"
    r"|(?:clos|terminat|suspend|deactivat|remov|block)(?:e|ing)? (?:the|their|this|its|your)(?: [\w§]+)? account"
    r"|(?:enter|add|typ|fill in|sav)(?:e|ing)? (?:the|their|an?) (?:\w+ )?(?:card|payment method) (?:for them|yourself)"
    r"|(?:another|a different|a new|some other|a private|a personal) (?:bank )?account|(?:long|full|whole|card) number"
    r"|number on (?:the (?:front|back) of )?(?:the|their) card"
    r")(?!\w)"
)
"""What nobody is to do."""
