"""A policy is read as it stands, or refused in one sentence that says where and what to write instead."""

import copy
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.policy.file import read_policy, shipped_policy
from services.change_requests.policy.problems import find_problem
from services.contract.errors import Code, Refused
from services.feeding.demo_kinds import KINDS as DEMO_KINDS

SHIPPED = files("services.change_requests.policy").joinpath("policy.toml").read_text(encoding="utf-8")
TABLE = tomllib.loads(SHIPPED)
GROWTH = "[tiers.growth.storage_quota]\n"


def _refused(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        read_policy(path)
    assert (refused.value.code, refused.value.reason) == (Code.FAILED_PRECONDITION, "POLICY_INVALID")
    return refused.value.message.removeprefix(f"{path}: ")


def _written(folder: Path, old: str, new: str) -> Path:
    """Return a copy of the shipped policy in which one text stands for another, as an administrator edits it."""
    before, found, after = SHIPPED.partition("[tiers.growth.backup]")
    assert old in found + after
    path = folder / "policy.toml"
    path.write_text(before + (found + after).replace(old, new, 1), encoding="utf-8")
    return path


def test_a_copy_of_the_shipped_policy_is_the_shipped_policy(tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    path.write_text(SHIPPED, encoding="utf-8")
    assert read_policy(path) == shipped_policy()


def test_the_shipped_policy_is_read_once() -> None:
    assert shipped_policy() is shipped_policy()
    assert shipped_policy().version == "2026-11-01"


def test_the_shipped_policy_has_bounds_for_the_tiers_of_the_demo() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    records = [kind(Random(seed), now) for kind in DEMO_KINDS for seed in range(8)]
    tiers = {record["billing"]["usage_tier"] for record in records if "billing" in record}
    assert tiers <= shipped_policy().tiers.keys()
    assert len(tiers) > 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'review = { storage = "4Ti" }',
            'review = { storage = "200 apples" }',
            "tiers.growth.storage_quota.review.storage: write an amount like 200Gi or 512Mi, not “200 apples”.",
        ),
        (
            'review = { storage = "4Ti" }',
            "review = { storage = 4 }",
            'tiers.growth.storage_quota.review.storage: write an amount in quotes, like "2" or "200Gi", not 4.',
        ),
        (
            'review = { storage = "4Ti" }',
            'review = { storage = "400Gi" }',
            "tiers.growth.storage_quota.review.storage: “400Gi” allows less than auto_approve does,"
            ' so write "500Gi" or what allows more.',
        ),
        (
            'cpu = "16", memory = "64Gi"',
            'cpu = "16", memory = "1Gi"',
            "tiers.growth.resource_quota.auto_approve.memory: “1Gi” allows less than self_service does,"
            ' so write "16Gi" or what allows more.',
        ),
        (
            'cpu = "8"\nmemory = "48Gi"',
            'cpu = "8"\nmemory = "1e3"',
            "tiers.growth.auto_growth.memory: write an amount like 200Gi or 512Mi, not “1e3”.",
        ),
        (
            "targets = 100",
            "targets = 20",
            "tiers.growth.egress.review.targets: 20 allows less than auto_approve does, so write 25 or what allows"
            " more.",
        ),
        (
            "ipv4_prefix = 24",
            "ipv4_prefix = 33",
            "tiers.growth.egress.review.ipv4_prefix: 33 allows less than auto_approve does, so write 32 or what"
            " allows more.",
        ),
        (
            "targets = 100",
            "targets = -1",
            "tiers.growth.egress.review.targets: write a whole number from 0 to 100000, not -1.",
        ),
        (
            'hosts = "any"\nports = "any"',
            'hosts = ["quay.io"]\nports = "any"',
            "tiers.growth.egress.review.hosts: add ghcr.io, *.docker.io, *.letsencrypt.org and 2 more, which"
            " auto_approve has.",
        ),
        (
            'hosts = "any"\nports = "any"',
            'hosts = ["a b"]\nports = "any"',
            'tiers.growth.egress.review.hosts: write a name like "example.com" or "*.example.com", not “a b”.',
        ),
        (
            'ports = "any"',
            'ports = "all"',
            'tiers.growth.egress.review.ports: write "any" or a list, each item a whole number from 1 to 65535,'
            " not “all”.",
        ),
        (
            'values = ["shared"]',
            "values = []",
            "tiers.growth.assignment_mode.self_service must name the mode that tenants begin with.",
        ),
        (
            'schedules = ["daily"]',
            'schedules = ["weekly"]',
            'tiers.growth.backup_policy.self_service.schedules: write "daily" or "hourly" or "none", not “weekly”.',
        ),
        (
            GROWTH,
            f"{GROWTH}reveiw = 3\n",
            "tiers.growth.storage_quota.reveiw: there is no such setting, so remove it; there are self_service,"
            " auto_approve and review.",
        ),
        (
            'review = { storage = "4Ti" }\n',
            "",
            "tiers.growth.storage_quota.review is missing, so write a table there.",
        ),
        (
            "least_days = 7, most_days = 30, unprotected = false",
            'least_days = 7, most_days = 30, unprotected = "no"',
            "tiers.growth.backup_policy.self_service.unprotected: write true or false, not “no”.",
        ),
        (
            "retention_days = 7",
            "retention_days = 90",
            "tiers.growth.backup.retention_days: write a whole number from 7 to 30, not 90, because tenants begin"
            " with what backup_policy.self_service allows.",
        ),
        (
            'schedule = "daily"',
            'schedule = "hourly"',
            'tiers.growth.backup.schedule: write one of ["daily"], not “hourly”, because tenants begin with what'
            " backup_policy.self_service allows.",
        ),
        (
            "default_protection = true",
            "default_protection = false",
            "tiers.growth.backup.default_protection: write true, not false, because tenants begin with what"
            " backup_policy.self_service allows.",
        ),
        (
            "default_protection = true",
            "default_protection = true\nencrypted = true",
            "tiers.growth.backup.encrypted: there is no such setting, so remove it; there are schedule,"
            " retention_days and default_protection.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_to_write(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert _refused(_written(tmp_path, old, new)) == sentence


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            b"version = 1\ntiers = {}\n",
            'version: write up to 64 letters, digits, blanks and . _ : + - in quotes, like "2026-11-01", not 1.',
        ),
        (
            b'version = "1"\n[tiers]\n',
            "tiers.default is missing: it holds for tenants of every tier that is not named.",
        ),
        (b'version = "1"\ntiers = 4\n', "tiers: write a table, not 4."),
        (b'version = "1"\ntiers.big = 4\n', "tiers.big: write a table, not 4."),
        (
            b"",
            "version is missing, so write up to 64 letters, digits, blanks and . _ : + - in quotes,"
            ' like "2026-11-01" there.',
        ),
        (
            b'version = "\\u0000\\u202e1"\ntiers = {}\n',
            'version: write up to 64 letters, digits, blanks and . _ : + - in quotes, like "2026-11-01", not “1”.',
        ),
        (
            b'version = "1"\n["tiers"."Gro wth"]\n',
            "tiers.Gro wth: name tiers as billing records do, in small letters, digits, - and _.",
        ),
        (b"version = \xff", "it is not UTF-8 text, so save it as UTF-8."),
    ],
)
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, raw: bytes, sentence: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(raw)
    assert _refused(path) == sentence


@pytest.mark.parametrize(
    ("raw", "begins"),
    [
        (b"version = ", "it is not valid TOML, so mend this first: Invalid value (at end of document)"),
        (b"version = " + b"9" * 5_000, "it is not valid TOML, so mend this first: "),
        (b"version = " + b"[" * 100_000, "it is nested too deep"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, raw: bytes, begins: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(raw)
    assert _refused(path).startswith(begins)


def test_a_missing_file_and_one_that_is_no_file_are_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path / "gone.toml") == "there is no such file, so check its name."
    assert _refused(tmp_path).startswith("it cannot be read (")


def _places(value: Any, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [place]
    return [*([place] if place else []), *(each for key in value for each in _places(value[key], (*place, key)))]


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["any", "1Gi", "9Ei", "2"]),
)
_VALUES = st.one_of(_LEAVES, st.lists(_LEAVES, max_size=3), st.dictionaries(st.text("abc", min_size=1), _LEAVES))


@given(st.sampled_from(_places(TABLE)), _VALUES)
def test_whatever_stands_at_any_place_is_read_or_refused_with_its_tier(place: tuple[str, ...], value: Any) -> None:
    table = copy.deepcopy(TABLE)
    inner = table
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    try:
        msgspec.convert(table, BoundsPolicy)
        problem = None
    except msgspec.ValidationError as error:
        problem = find_problem(table, error)
    assert problem is None or problem.startswith(".".join(place[:2]))
