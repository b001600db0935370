"""Egress: the hosts and networks that workspaces may connect to, and on which ports. Pure."""

from collections.abc import Mapping

import msgspec

from services.change_requests.kinds.desired import MOST_AT_ONCE, given, nothing_to_change, read_list, refused
from services.change_requests.kinds.egress_placing import place
from services.change_requests.kinds.egress_targets import (
    is_network,
    known_target,
    parse_host,
    parse_network_target,
    parse_port,
    shown,
)
from services.change_requests.kinds.model import Field, Kind, Measure
from services.change_requests.policy.bounds import TierPolicy
from services.change_requests.tenant import Allowance, EgressRule, Growth, Tenant
from services.contract.quoting import some
from services.contract.types import ChangeRequestKind

_FIELDS = (
    Field(
        name="hosts",
        label="Hosts",
        example="api.github.com, registry.npmjs.org",
        hint="Names to connect to, each in full, separated by commas.",
    ),
    Field(
        name="networks",
        label="Networks",
        example="203.0.113.0/28",
        hint="Networks to connect to in CIDR notation, separated by commas.",
    ),
    Field(
        name="ports",
        label="Ports",
        example="443, 5432",
        hint="The ports to open on all of these hosts and networks, separated by commas.",
    ),
    Field(
        name="remove",
        label="Remove",
        example="old.example.com",
        hint="Hosts and networks to give up, separated by commas.",
    ),
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Targets to open on ports, and targets to remove; all in ascending order."""

    targets: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    remove: tuple[str, ...] = ()


def _parse(desired: Mapping[str, str], tenant: Tenant) -> Wanted:
    texts = given(desired, _FIELDS)
    hosts = read_list(texts, "hosts", parse_host)
    networks = read_list(texts, "networks", parse_network_target)
    wanted = Wanted(
        targets=tuple(sorted({*hosts, *networks})),  # both at once, as a host that is an address is a network
        ports=tuple(sorted(map(int, read_list(texts, "ports", parse_port)))),
        remove=read_list(texts, "remove", lambda text: known_target(text, tenant.allowance.egress)),
    )
    if len(wanted.targets) > MOST_AT_ONCE:
        raise refused("networks", f"Give at most {MOST_AT_ONCE} hosts and networks at once.")
    if wanted.targets and not wanted.ports:
        raise refused("ports", "Give the ports that these hosts and networks are for, such as 443.")
    if wanted.ports and not wanted.targets:
        raise refused("hosts", "Give the hosts or networks that these ports are for.")
    if both := sorted({*wanted.targets} & {*wanted.remove}):
        raise refused("remove", f"Either open or remove {some(both)}, not both.")
    if _after(wanted, tenant) == tenant.allowance:
        raise nothing_to_change("Nothing would change: these targets are open on these ports already.")
    return _that_differs(wanted, tenant.allowance)


def _that_differs(wanted: Wanted, now: Allowance) -> Wanted:
    """Return a wish without what is open: approved later, it would open again what was withdrawn meanwhile."""
    opened = {rule.target: {*rule.ports} for rule in now.egress}
    missing = {target: {*wanted.ports} - opened.get(target, set()) for target in wanted.targets}
    return Wanted(
        targets=tuple(target for target, ports in missing.items() if ports),
        ports=tuple(sorted({port for ports in missing.values() for port in ports})),
        remove=wanted.remove,
    )


def _canonical(wanted: Wanted) -> dict[str, str]:
    values = {
        "hosts": [target for target in wanted.targets if not is_network(target)],
        "networks": [target for target in wanted.targets if is_network(target)],
        "ports": [str(port) for port in wanted.ports],
        "remove": wanted.remove,
    }
    return {name: ", ".join(words) for name, words in values.items() if words}


def _after(wanted: Wanted, tenant: Tenant) -> Allowance:
    ports = {rule.target: set(rule.ports) for rule in tenant.allowance.egress if rule.target not in wanted.remove}
    for target in wanted.targets:
        ports.setdefault(target, set()).update(wanted.ports)
    rules = sorted(EgressRule(target, tuple(sorted(opened))) for target, opened in ports.items())
    return msgspec.structs.replace(tenant.allowance, egress=tuple(rules))


def _lines(allowance: Allowance) -> list[tuple[str, str]]:
    return [("Egress", "; ".join(map(shown, allowance.egress)) or "none")]


def _added(old: Allowance, new: Allowance) -> int:
    return len({rule.target for rule in new.egress} - {rule.target for rule in old.egress})


def _impact(old: Allowance, new: Allowance) -> str:
    counts = (("+", _added(old, new)), ("-", _added(new, old)))
    return ", ".join(f"{sign}{count} egress target{'' if count == 1 else 's'}" for sign, count in counts if count)


def _asks(params: Mapping[str, str]) -> str:
    opened = [name for field in ("hosts", "networks") for name in params.get(field, "").split(", ") if name]
    parts = [", ".join(f"+{name}" for name in opened) + f" on {params.get('ports', '')}"] if opened else []
    return ", ".join(parts + [f"-{name}" for name in params.get("remove", "").split(", ") if name])


def _measures(tenant: Tenant, policy: TierPolicy) -> list[Measure]:
    bounds, count = policy.egress, len(tenant.allowance.egress)
    least = bounds.self_service.targets
    return [
        Measure(
            label="Egress targets",
            used=count,
            allowed=max(count, least),
            self_service=least,
            auto_approve=bounds.auto_approve.targets,
            review=bounds.review.targets,
            shown=str,
        )
    ]


KIND = Kind(
    kind=ChangeRequestKind.EGRESS,
    fields=_FIELDS,
    example="The nightly import reads invoices from api.github.com on port 443 and cannot run before it is open.",
    parse=_parse,
    canonical=_canonical,
    after=_after,
    place=lambda wanted, tenant, policy: place(tenant.allowance.egress, _after(wanted, tenant).egress, policy.egress),
    lines=_lines,
    growth=lambda old, new: Growth(egress_targets=_added(old, new)),
    impact=_impact,
    measures=_measures,
    grows=("egress_targets",),
    asks=_asks,
)
