"""What no customer may be told because it promises something: access, time, money, or that nothing is to be paid."""

import re

from services.guidance.checking.phrases import any_of, pattern_of

_SERVICE = any_of(
    """access, service, services, workspace, account, platform, provisioning, managed ai, credit, credits, balance,
    trial, invoice, invoices, bill, card, order, purchase order, payment, request"""
)
_BILL = (
    r"(?:(?:this|the|that|your|any|these|those) )?(?:\w+ )?(?:invoices?|bills?|reminders?|amounts?|overage|payments?)"
)

FREED = pattern_of(
    rf"""(?:do not|don't|need not|needn't|no longer|never|not) (?:have to|need to|required to|must)? ?(?:pay|settle)\b,
    nothing (?:is |more is |else is |left |more |else )*(?:due|owed|to pay|to settle|outstanding|payable),
    no (?:payment|money) (?:is |will be )?(?:due|needed|required|necessary|owed),
    (?:ignore|disregard|forget(?: about)?|skip|leave) {_BILL}"""
)
"""Says that nothing has to be paid: wrong wherever something is open."""

PROMISED = pattern_of(
    rf"""your {_SERVICE} (?:is|are|stays?|remains?|keeps?|continues?) (?:now |all |still |again |fully )?(?:back|free
    |safe|secured?|restored|fine|active|open|on|available|up|working|running|forgiven|gone|accepted|unaffected
    |untouched|as (?:it is|usual)|on us|cancell?ed|uninterrupted|to work|enabled),
    your (?:trial|extension|access|service) (?:starts|begins|continues|resumes|restarts),
    you (?:now |also |then )*(?:get|receive|gain|keep|are getting|are given|are entitled to|have been given|own),
    (?:a|the|your|another|free|new|extra) (?:\w+ )?(?:gift|bonus|goodwill \w+|courtesy), on the house, free of charge,
    for free, at no cost, (?:as|out of) (?:a )?(?:\w+ )?(?:courtesy|goodwill|gesture), goodwill gesture, on us, no rush,
    take your time, in your own time, (?:pay|settle)(?: it| this| that)? (?:\w+ )?(?:later|whenever),
    we (?:(?:can|now|also|just|always) )*(?:look after|take care of|deal with|see to|sort|cover|absorb|hold off|give|
    grant|make an exception), leave (?:it|this|that|everything) (?:to|with) us,
    (?:don't|do not|no need to|never) worry,
    you can (?:\w+ )?(?:start|begin|resume|continue|keep on|go on|carry on|keep) (?:to )?(?:us\w+|work\w+|provision\w+|
    right|now|again|straight),
    you can (?:\w+ ){{1,3}}(?:again|right away|immediately|straight away|at once)"""
)
"""Promises access, time, money or care."""

IS_CONDITION = re.compile(r"\b(?:when|whether|if|once|as soon as|until|before)\b[^,;:]*$")
"""What leads to a promise that is none: `we let you know when you can try again`."""
