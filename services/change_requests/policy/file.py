"""The policy bounds as a file: the one that is shipped, and those that a platform's administrators write (TOML)."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.policy.problems import find_odd_start, find_problem
from services.contract.errors import Code, Refused
from services.contract.text import clean


@cache
def shipped_policy() -> BoundsPolicy:
    """Return the policy that holds where none is configured."""
    return _parse(files("services.change_requests.policy").joinpath("policy.toml").read_bytes(), "policy.toml")


def read_policy(path: Path) -> BoundsPolicy:
    """Return the policy that a file holds.

    Raises:
        Refused: `POLICY_INVALID`; its sentence names the file and the place in it, and says what to write there.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise _refused(str(path), "there is no such file, so check its name") from error
    except OSError as error:
        raise _refused(str(path), f"it cannot be read ({error.strerror}), so mend its permissions") from error
    return _parse(raw, str(path))


def _parse(raw: bytes, name: str) -> BoundsPolicy:
    return _checked(_read_toml(raw, name), name)


def _checked(table: dict[str, Any], name: str) -> BoundsPolicy:
    try:
        policy = msgspec.convert(table, BoundsPolicy)
    except msgspec.ValidationError as error:
        raise _refused(name, find_problem(table, error)) from error
    for tier_name, tier in policy.tiers.items():
        if problem := find_odd_start(tier_name, tier, table):
            raise _refused(name, problem)
    return policy


def _read_toml(raw: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise _refused(name, "it is not UTF-8 text, so save it as UTF-8") from error
    except ValueError as error:  # what tomllib raises itself, and Python's own for a number of too many digits
        raise _refused(name, f"it is not valid TOML, so mend this first: {error}") from error
    except RecursionError as error:
        raise _refused(name, "it is nested too deep, so write it as the policy that is shipped is written") from error


def _refused(name: str, problem: str) -> Refused:
    return Refused(Code.FAILED_PRECONDITION, "POLICY_INVALID", f"{clean(name)}: {clean(problem)}.")
