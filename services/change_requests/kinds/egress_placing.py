"""Within which bounds of a tier's policy it lies to open more egress. Pure."""

from collections.abc import Sequence
from ipaddress import ip_network

from services.change_requests.hosts import within
from services.change_requests.kinds.egress_targets import is_network, shown
from services.change_requests.kinds.model import Placement
from services.change_requests.networks import inside, unreachable_within
from services.change_requests.policy.bounds import Bounds, Egress
from services.change_requests.tenant import EgressRule
from services.contract.quoting import some
from services.contract.types import PolicyDecision

_NEED_NO_REQUEST = "need no request"
_AT_ONCE = "are approved at once"
_POSSIBLE = "are possible on this tier"


def place(before: Sequence[EgressRule], after: Sequence[EgressRule], bounds: Bounds[Egress]) -> Placement:
    """Return within which bound it lies to go from `before` to `after`: what is open already is not judged again.

    They differ.
    """
    opened = _opened(before, after)
    if not opened:
        removed = sorted({rule.target for rule in before} - {rule.target for rule in after})
        return Placement(PolicyDecision.SELF_SERVICE, f"Giving up {some(removed)} needs no request.")
    if never := _never(opened):
        return Placement(PolicyDecision.NEVER, f"{never}.")
    targets = len(after) if len(after) > len(before) else 0
    internal = _inside(opened)
    needs_request = internal or _beyond(bounds.self_service, opened, targets, _NEED_NO_REQUEST)
    if not needs_request:
        more = f" and {len(opened) - 1} more are" if len(opened) > 1 else " is"
        return Placement(
            PolicyDecision.SELF_SERVICE, f"{shown(opened[0])}{more} within the hosts and ports that {_NEED_NO_REQUEST}."
        )
    needs_review = internal or _beyond(bounds.auto_approve, opened, targets, _AT_ONCE)
    if not needs_review:
        return Placement(PolicyDecision.AUTO_APPROVE, f"{needs_request}, but this is approved at once.")
    impossible = _beyond(bounds.review, opened, targets, _POSSIBLE)
    if not impossible:
        return Placement(PolicyDecision.REVIEW, f"{needs_review}, but an operator may approve it.")
    return Placement(PolicyDecision.NEVER, f"{impossible}.")


def _opened(before: Sequence[EgressRule], after: Sequence[EgressRule]) -> list[EgressRule]:
    """Return each target of `after` with the ports that `before` does not open on it, where there are any."""
    old = {rule.target: rule.ports for rule in before}
    new = (EgressRule(rule.target, tuple(sorted({*rule.ports} - {*old.get(rule.target, ())}))) for rule in after)
    return [rule for rule in new if rule.ports]


def _never(opened: Sequence[EgressRule]) -> str | None:
    """Return what no policy can allow."""
    for rule in opened:
        if is_network(rule.target) and (held := unreachable_within(ip_network(rule.target))):
            return f"{rule.target} is too wide: it holds {held}, which is never possible"
    return None


def _inside(opened: Sequence[EgressRule]) -> str | None:
    """Return what no policy opens by itself: what is reached there, only somebody who knows the place can tell."""
    for rule in opened:
        if is_network(rule.target) and (held := inside(ip_network(rule.target))):
            return f"{rule.target} reaches into {held}"
    return None


def _beyond(bound: Egress, opened: Sequence[EgressRule], targets: int, are: str) -> str | None:
    """Return the first thing that lies beyond a bound, with what the bound allows; null: nothing does."""
    for rule in opened:
        if beyond := _target_beyond(bound, rule.target, are):
            return beyond
        if beyond := _ports_beyond(bound, rule.ports, are):
            return beyond
    if targets > bound.targets:
        return f"{targets} egress targets are above the {bound.targets} that {are}"
    return None


def _target_beyond(bound: Egress, target: str, are: str) -> str | None:
    if not is_network(target):
        unlisted = isinstance(bound.hosts, list) and not within(target, bound.hosts)
        return f"{target} is not among the hosts that {are}" if unlisted else None
    network = ip_network(target)
    prefix = bound.ipv4_prefix if network.version == 4 else bound.ipv6_prefix
    if network.prefixlen >= prefix:
        return None
    if prefix > network.max_prefixlen:
        return f"{target} is a network, and only hosts {are}"
    return f"{target} is too wide: only networks of /{prefix} and smaller {are}"


def _ports_beyond(bound: Egress, ports: Sequence[int], are: str) -> str | None:
    if not isinstance(bound.ports, list) or not (closed := sorted({*ports} - {*bound.ports})):
        return None
    listed = ", ".join(map(str, sorted(bound.ports))) or "none"
    return f"Port {closed[0]} is not among the ports that {are} ({listed})"
