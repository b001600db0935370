"""Networks as they are written in a request, and those that are never reached whatever the policy says. Pure."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from services.contract.quoting import quoted

Network = IPv4Network | IPv6Network

_LONGEST = 64  # no network takes more characters; what is longer is not even looked at

_UNREACHABLE: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "unspecified addresses"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, where machines get their credentials"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved addresses"),
        # Where Azure and Alibaba answer for what stands at 169.254.169.254 elsewhere.
        ("168.63.129.16/32", "where machines get their credentials"),
        ("100.100.100.200/32", "where machines get their credentials"),
        ("::/128", "unspecified addresses"),
        ("::1/128", "loopback"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        # The same of AWS and Google.
        ("fd00:ec2::254/128", "where machines get their credentials"),
        ("fd20:ce::254/128", "where machines get their credentials"),
        # Each of these has IPv4 addresses inside, and with them all of the above by another name.
        ("::/96", "IPv4 addresses written as IPv6"),
        ("::ffff:0:0/96", "IPv4 addresses written as IPv6"),
        ("::ffff:0:0:0/96", "IPv4 addresses written as IPv6"),
        ("64:ff9b::/96", "IPv4 addresses written as IPv6"),
        ("64:ff9b:1::/48", "IPv4 addresses written as IPv6"),
        ("2001::/32", "IPv4 addresses written as IPv6"),
        ("2002::/16", "IPv4 addresses written as IPv6"),
    )
)
"""RFC 6890 and its registries; RFC 2765, RFC 6052 and RFC 8215 (NAT64), RFC 4380 (Teredo), RFC 3056 (6to4)."""

_INSIDE: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("10.0.0.0/8", "private networks"),
        ("100.64.0.0/10", "networks of carriers"),
        ("172.16.0.0/12", "private networks"),
        ("192.0.0.0/24", "protocols' own addresses"),
        ("192.88.99.0/24", "relays of 6to4"),
        ("192.168.0.0/16", "private networks"),
        ("198.18.0.0/15", "networks for tests"),
        ("100::/64", "addresses that are thrown away"),
        ("2001:10::/28", "names of machines"),
        ("2001:20::/28", "names of machines"),
        ("5f00::/16", "segments of one operator's network"),
        ("fc00::/7", "private networks"),
        ("fec0::/10", "private networks"),
    )
)
"""RFC 1918, 2544, 3879, 4193, 4843, 6598, 6666, 6890, 7343, 7526, 9602: what stands there differs from place to place,
and may be the platform's own inside."""

_ISATAP = frozenset([0x0000_5EFE, 0x0200_5EFE])
"""What stands before the IPv4 address in an address of RFC 5214."""


def parse_network(text: str) -> Network:
    """Return a network in CIDR notation; a single address is the network of it alone.

    Raises:
        ValueError: it is no network, its address is not the first one of it, or all of it is unreachable; one sentence
            says what to write.
    """
    # An interface's name behind a % is that of one machine.
    readable = text if len(text) <= _LONGEST and "%" not in text else ""
    try:
        network = ip_network(readable, strict=False)
    except ValueError as error:
        raise ValueError(f"Write a network like 203.0.113.0/24, not {quoted(text)}.") from error
    try:
        ip_network(readable)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is an address within a network: write {network} for all of it.") from error
    if network.version == 6 and network.prefixlen > 64 and _interface(network) in _ISATAP:
        raise ValueError(f"{network} is an IPv4 address written as IPv6, which is never possible.")
    for unreachable, what in _UNREACHABLE:
        if network.version == unreachable.version and network.subnet_of(unreachable):  # type: ignore[arg-type]
            raise ValueError(f"{network} lies within {unreachable} ({what}), which is never possible.")
    return network


def unreachable_within(network: Network) -> Network | None:
    """Return a network within this one that is never reached; null: there is none."""
    return next((each for each, _ in _UNREACHABLE if network.overlaps(each)), None)


def inside(network: Network) -> str | None:
    """Return what a network holds of those that are somebody's own, ready to read; null: nothing."""
    held = next(((each, what) for each, what in _INSIDE if network.overlaps(each)), None)
    return None if held is None else f"{held[0]} ({held[1]})"


def _interface(network: Network) -> int:
    return int(network.network_address) >> 32 & 0xFFFF_FFFF
