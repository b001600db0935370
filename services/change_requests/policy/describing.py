"""How far a bound of the policy reaches, in words. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from services.change_requests.policy.bounds import ANY, Backups, Choices, Compute, Egress, Hostnames, Storage
from services.contract.wording import join


def describe(bound: object) -> str:
    """Return what a bound allows, ready to read: «up to 8 CPU and 16Gi of memory», «internal and public»."""
    return _DESCRIBE[type(bound)](bound)


def count(number: int, what: str) -> str:
    """Return a number of things: `1 target`, `5 targets`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _compute(bound: Compute) -> str:
    return f"up to {bound.cpu} CPU and {bound.memory} of memory"


def _storage(bound: Storage) -> str:
    return f"up to {bound.storage}"


def _egress(bound: Egress) -> str:
    hosts = "any host" if bound.hosts == ANY else join(sorted(bound.hosts)) or "no host"
    ports = "any port" if bound.ports == ANY else f"port {join([str(port) for port in sorted(bound.ports)]) or 'none'}"
    networks = [
        f"{family} addresses" if prefix == longest else f"{family} networks of /{prefix} and smaller"
        for family, prefix, longest in (("IPv4", bound.ipv4_prefix, 32), ("IPv6", bound.ipv6_prefix, 128))
        if prefix <= longest
    ]
    return f"up to {count(bound.targets, 'target')} ({hosts}, {join(networks) or 'no network'}, on {ports})"


def _hostnames(bound: Hostnames) -> str:
    domains = "any domain" if bound.domains == ANY else join(sorted(bound.domains)) or "no domain"
    return f"up to {count(bound.count, 'host name')} in {domains}"


def _choices(bound: Choices) -> str:
    return join(sorted(bound.values)) or "none"


def _backups(bound: Backups) -> str:
    schedules = join([*bound.schedules]) or "as they are"
    protection = "on or off" if bound.unprotected else "on"
    kept = f"{bound.least_days} to {count(bound.most_days, 'day')}"
    return f"backups {schedules} (kept {kept}, default protection {protection})"


_DESCRIBE: Mapping[type, Callable[[Any], str]] = {
    Compute: _compute,
    Storage: _storage,
    Egress: _egress,
    Hostnames: _hostnames,
    Choices: _choices,
    Backups: _backups,
}
