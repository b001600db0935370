"""Networks are read exactly; those of one machine, one link or of machines' credentials are never possible."""

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.networks import parse_network, unreachable_within

networks = st.builds(
    lambda address, prefix: ip_network((address, prefix), strict=False), st.integers(0, 2**32 - 1), st.integers(0, 32)
) | st.builds(
    lambda address, prefix: IPv6Network((address, prefix), strict=False),
    st.integers(2**32, 2**128 - 1),
    st.integers(0, 128),
)
addresses = st.ip_addresses()


def _read(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return parse_network(text)
    except ValueError as error:
        refusal = str(error)
    assert refusal.endswith(".")
    assert len(refusal) < 160
    return None


@given(networks)
def test_a_network_is_read_as_itself_unless_all_of_it_is_out_of_reach(network: IPv4Network | IPv6Network) -> None:
    read = _read(str(network))
    assert read == network or (read is None and unreachable_within(network) is not None)


@given(st.text() | st.text("0123456789abcdef.:/%\u0661", max_size=50))
def test_any_text_is_a_network_or_refused_in_one_sentence(text: str) -> None:
    network = _read(text)
    assert network is None or parse_network(str(network)) == network


@given(addresses)
def test_an_address_is_the_network_of_it_alone(address: object) -> None:
    network = _read(str(address))
    assert network is None or (network.num_addresses == 1 and str(network.network_address) == str(address))


def test_a_text_of_megabytes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Write a network"):
        parse_network("1" * 10_000_000)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.7", "203.0.113.7/32"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("2001:DB8:0::/48", "2001:db8::/48"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
    ],
)
def test_networks_are_written_in_one_way(text: str, network: str) -> None:
    assert str(parse_network(text)) == network


@pytest.mark.parametrize(
    ("text", "meant"),
    [("10.1.2.3/8", "10.0.0.0/8"), ("203.0.113.1/24", "203.0.113.0/24"), ("2001:db8::1/64", "2001:db8::/64")],
)
def test_an_address_within_a_network_is_refused_with_the_network(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"write {meant} for all of it\.$"):
        parse_network(text)


@pytest.mark.parametrize(
    "text",
    [
        *["", "x", "api.github.com", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "010.0.0.1", "0x7f.0.0.1", "2130706433"],
        *["2001:db8::1%eth0", "fe80::1%1", "1.2.3.4/24/24", "١.2.3.4"],
    ],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write a network like 203\.0\.113\.0/24, not “"):
        parse_network(text)


@pytest.mark.parametrize(
    "text",
    [
        *["127.0.0.1", "127.0.0.0/8", "127.8.0.0/16", "169.254.169.254", "169.254.0.0/16", "224.0.0.1", "239.1.0.0/16"],
        *["0.0.0.0", "0.1.0.0/16", "255.255.255.255", "168.63.129.16", "100.100.100.200"],
        *["::", "::1", "fe80::1", "fe80::/10", "ff02::1", "fd00:ec2::254", "fd20:ce::254"],
        *["::ffff:0:10.0.0.1", "2001:db8::5efe:10.0.0.1", "2001:db8::200:5efe:203.0.113.9"],
        *["::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1"],
    ],
)
def test_what_nobody_may_reach_is_never_possible(text: str) -> None:
    with pytest.raises(ValueError, match=r"which is never possible\.$"):
        parse_network(text)


@pytest.mark.parametrize(
    ("wide", "held"),
    [
        ("0.0.0.0/0", "0.0.0.0/8"),
        ("169.0.0.0/8", "169.254.0.0/16"),
        ("128.0.0.0/1", "169.254.0.0/16"),
        ("::/0", "::/128"),
        ("fd00::/8", "fd00:ec2::254/128"),
        ("10.0.0.0/8", None),
        ("2001:db8::/32", None),
    ],
)
def test_a_wide_network_is_known_by_what_it_holds(wide: str, held: str | None) -> None:
    found = unreachable_within(ip_network(wide))
    assert (None if found is None else str(found)) == held
