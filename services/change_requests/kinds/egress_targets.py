"""How the targets and ports of egress are written, each in one notation. Pure."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from services.change_requests.hosts import parse_host_name
from services.change_requests.networks import parse_network
from services.change_requests.tenant import EgressRule
from services.contract.quoting import quoted

_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LAST_PORT = 65_535


def parse_host(text: str) -> str:
    """Return the target that a host is: its name, or, for an address, the network of it alone.

    Raises:
        ValueError: one sentence says what to write.
    """
    try:
        ip_address(text)
    except ValueError:
        return parse_host_name(text)
    return parse_network_target(text)


def parse_network_target(text: str) -> str:
    """Return the target that a network is.

    Raises:
        ValueError: one sentence says what to write.
    """
    return str(parse_network(text))


def parse_port(text: str) -> str:
    """Return a single port.

    Raises:
        ValueError: one sentence says what to write.
    """
    if not _PORT.fullmatch(text) or int(text) > _LAST_PORT:
        raise ValueError(f"Write each port by itself, as a number from 1 to {_LAST_PORT}, not {quoted(text)}.")
    return text


def known_target(text: str, egress: Iterable[EgressRule]) -> str:
    """Return the target of `egress` that is meant: as it is shown, or an address without its prefix.

    Raises:
        ValueError: it is none of them.
    """
    name = text.lower().removesuffix(".")
    spellings = {name, f"{name}/32", f"{name}/128"}
    for rule in egress:
        if rule.target in spellings:
            return rule.target
    raise ValueError(f"{quoted(text)} is not open: remove hosts and networks as they are shown.")


def is_network(target: str) -> bool:
    """Return whether a target is a network and no host name."""
    return "/" in target


def shown(rule: EgressRule) -> str:
    """Return a target with its ports: «api.github.com:80,443», «[2001:db8::/56]:443»."""
    target = f"[{rule.target}]" if ":" in rule.target else rule.target
    return f"{target}:{','.join(map(str, rule.ports))}"
