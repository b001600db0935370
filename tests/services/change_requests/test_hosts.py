"""Host names are read in one notation; what is none, stands for many or means the platform itself is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.hosts import parse_host_name, within

LABEL = "a" * 63
LONGEST = ".".join([LABEL, LABEL, LABEL, "b" * 57, "com"])  # 253 characters

labels = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(lambda each: ".".join([*each, "example"]))


@given(names)
def test_a_name_is_the_same_however_its_case_is_and_whether_it_ends_in_a_dot(name: str) -> None:
    assert parse_host_name(name) == parse_host_name(name.upper()) == parse_host_name(f"{name}.") == name


@given(st.text() | st.text("aZ0-._*:/@%\u212a\u3002x", max_size=300))
def test_any_text_is_a_name_in_one_notation_or_refused_in_one_sentence(text: str) -> None:
    try:
        name = parse_host_name(text)
    except ValueError as error:
        refusal = str(error)
    else:
        refusal = "."
        assert parse_host_name(name) == name
        assert len(name) <= 253
        assert name.isascii()
    assert refusal.endswith(".")
    assert len(refusal) < 140


def test_a_text_of_megabytes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Write a host name"):
        parse_host_name("a." * 5_000_000 + "com")


def test_the_longest_names_are_read() -> None:
    assert parse_host_name(LONGEST) == parse_host_name(f"{LONGEST}.") == LONGEST


@pytest.mark.parametrize("name", ["xn--bcher-kva.example", "r3---sn-4g5e.googlevideo.com", "1.pool.ntp.org"])
def test_unusual_names_are_read(name: str) -> None:
    assert parse_host_name(name) == name


@pytest.mark.parametrize(
    "text",
    [
        *["github", "", ".", "a..com", ".a.com", "a.com..", "-a.com", "a-.com", "a_b.com", "a.com:443", "a.com/x"],
        *["https://a.com", "user@a.com", "a b.com", "a.com\n", "127.1", "0x7f.1", "2130706433", "1.2.3.4", "a.1com"],
        *[f"{LABEL}a.com", f"a{LONGEST}", "a.com\x00"],
    ],
)
def test_what_is_no_host_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write a host name like api\.github\.com, not “"):
        parse_host_name(text)


@pytest.mark.parametrize("text", ["bücher.example", "\u212aernel.org", "a\u3002com", "localhos\uff54", "аpple.com"])
def test_names_in_other_letters_are_to_be_written_in_their_ascii_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"in its xn-- form"):
        parse_host_name(text)


@pytest.mark.parametrize(
    "text",
    [
        *["localhost", "LOCALHOST.", "db.localhost", "localhost.localdomain", "printer.local", "local"],
        *["metadata.google.internal", "Vault.Internal.", "api.default.svc", "api.default.svc.cluster.local"],
    ],
)
def test_names_inside_the_platform_or_of_one_machine_are_never_possible(text: str) -> None:
    with pytest.raises(ValueError, match=r"never possible\.$"):
        parse_host_name(text)


@pytest.mark.parametrize("text", ["*.github.com", "*", "api.*.com"])
def test_a_wildcard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write each host name in full"):
        parse_host_name(text)


@given(names, labels)
def test_a_pattern_holds_the_names_below_its_domain_and_no_others(domain: str, label: str) -> None:
    assert within(f"{label}.{domain}", [f"*.{domain}"])
    assert within(domain, ["other.example.net", domain])
    assert not within(domain, [f"*.{domain}"])
    assert not within(f"{label}{domain}", [f"*.{domain}", domain])
    assert not within(f"{label}.{domain}", [domain])
    assert not within(domain, [])
