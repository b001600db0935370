"""What is wrong with a policy file, in words that say where and what to write instead. Pure."""

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, get_origin

import msgspec
from msgspec import inspect

from services.change_requests.policy.bounds import Bounds, BoundsPolicy, TierPolicy
from services.contract.quantities import parse_bytes, parse_cpu
from services.contract.quoting import quoted, short, some
from services.contract.wording import join

_QUANTITIES = {"cpu": parse_cpu, "memory": parse_bytes, "storage": parse_bytes}
_SAID = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<where>[^`]*)`)?", re.DOTALL)
_TIER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # as `policy.TierName`
_STEP = re.compile(r"[^.\[\]]+")


def find_problem(table: dict[str, Any], error: msgspec.ValidationError) -> str:
    """Return what is wrong with a file that msgspec could not read as a policy; no full stop yet."""
    what, where = _read(error)
    if " - at `key` in " in what:  # the only names that somebody chooses are the tiers'
        odd = next(name for name in table["tiers"] if not _TIER_NAME.fullmatch(name))
        return f"tiers.{short(odd)}: name tiers as billing records do, in small letters, digits, - and _"
    if where.startswith(".tiers[...]"):  # msgspec does not say which tier it is
        for name, tier in table["tiers"].items():
            try:
                msgspec.convert(tier, TierPolicy)
            except msgspec.ValidationError as of_tier:
                return _explain(of_tier, tier, inspect.type_info(TierPolicy), ["tiers", name])
    return _explain(error, table, inspect.type_info(BoundsPolicy), [])


def find_odd_start(name: str, tier: TierPolicy, table: dict[str, Any]) -> str | None:
    """Return what is wrong with the backups that the tenants of a tier begin with; null: nothing."""
    start, bound = tier.backup, tier.backup_policy.self_service
    if unknown := sorted(set(table["tiers"][name]["backup"]) - set(start.__struct_fields__)):
        return _unknown(["tiers", name, "backup"], unknown[0], start.__struct_fields__)
    for field, allowed, what in (
        ("schedule", start.schedule in bound.schedules, f"one of {json.dumps(bound.schedules)}"),
        (
            "retention_days",
            bound.least_days <= start.retention_days <= bound.most_days,
            f"a whole number from {bound.least_days} to {bound.most_days}",
        ),
        ("default_protection", start.default_protection or bound.unprotected, "true"),
    ):
        if not allowed:
            return (
                f"tiers.{name}.backup.{field}: write {what}, not {_shown(getattr(start, field))},"
                " because tenants begin with what backup_policy.self_service allows"
            )
    return None


def _explain(error: msgspec.ValidationError, value: Any, info: inspect.Type, place: Sequence[str]) -> str:
    what, where = _read(error)
    steps = _STEP.findall(where)
    for step in steps:
        value, info = _inside(value, info, step)
    place = [*place, *(step for step in steps if not step.isdigit())]  # what is shown tells which of a list it is
    if error.__cause__ is not None:  # what the types of the policy check themselves
        return _own(str(error.__cause__), value, info, place)
    named = what.split("`")[1] if "`" in what else ""
    if isinstance(info, inspect.StructType) and what.startswith("Object contains unknown field"):
        return _unknown(place, named, [field.name for field in info.fields])
    if isinstance(info, inspect.StructType) and what.startswith("Object missing required field"):
        missing = next(field.type for field in info.fields if field.name == named)
        return f"{_dotted([*place, named])} is missing, so write {_wanted(missing)} there"
    return f"{_dotted(place)}: write {_wanted(info)}, not {_shown(value)}"


def _own(sentence: str, value: Any, info: inspect.Type, place: Sequence[str]) -> str:
    if isinstance(info, inspect.StructType) and get_origin(info.cls) is Bounds:
        return _narrower(value, info, place)
    for name, read in _QUANTITIES.items():
        if name in value:
            try:
                read(value[name])
            except ValueError as error:
                told = str(error).rstrip(".")
                return f"{_dotted([*place, name])}: {told[:1].lower()}{told[1:]}"
    return _dotted([*place, sentence])  # it begins with the place inside this one


def _narrower(value: Any, info: inspect.StructType, place: Sequence[str]) -> str:
    """Return which setting of a bound allows less than the bound before it does."""
    bounds: list[tuple[str, Any]] = [
        (field.name, msgspec.convert(value[field.name], field.type.cls))
        for field in info.fields
        if isinstance(field.type, inspect.StructType)
    ]
    for (before_name, before), (name, bound) in pairwise(bounds):
        for field in bound.__struct_fields__:
            # The bound before, with this one setting of the bound: where that allows less, it is for this setting.
            if not msgspec.structs.replace(before, **{field: getattr(bound, field)}).holds(before):
                less = _less(getattr(bound, field), getattr(before, field), before_name)
                return f"{_dotted([*place, name, field])}: {less}"
    raise AssertionError("a bound that does not hold the one before it allows less of something")


def _less(value: Any, before: Any, before_name: str) -> str:
    if isinstance(value, list) and isinstance(before, list):
        missing = [str(each) for each in before if each not in value]
        return f"add {some(missing)}, which {before_name} has"
    return f"{_shown(value)} allows less than {before_name} does, so write {json.dumps(before)} or what allows more"


def _unknown(place: Sequence[str], name: str, known: Sequence[str]) -> str:
    return f"{_dotted([*place, short(name)])}: there is no such setting, so remove it; there are {join([*known])}"


def _inside(value: Any, info: inspect.Type, step: str) -> tuple[Any, inspect.Type]:
    if isinstance(info, inspect.StructType):
        return value[step], next(field.type for field in info.fields if field.name == step)
    lists = info.types if isinstance(info, inspect.UnionType) else (info,)
    items = next(each.item_type for each in lists if isinstance(each, inspect.ListType))
    return value[int(step)], items


def _wanted(info: inspect.Type) -> str:
    """Return what to write for a type, as TOML has it."""
    match info:
        case inspect.IntType():
            return f"a whole number from {info.ge} to {info.le}"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return " or ".join(f'"{value}"' for value in info.values)
        case inspect.StrType(pattern=None):
            return 'an amount in quotes, like "2" or "200Gi"'
        case inspect.StrType(pattern=str(pattern)) if "A-Z" in pattern:
            return 'up to 64 letters, digits, blanks and . _ : + - in quotes, like "2026-11-01"'
        case inspect.StrType(pattern=str(pattern)):
            return 'a name like "example.com" or "*.example.com"' if r"\*" in pattern else 'a name like "public-waf"'
        case inspect.ListType():
            return f"a list, each item {_wanted(info.item_type)}"
        case inspect.UnionType():
            return " or ".join(sorted(map(_wanted, info.types)))
        case _:
            return "a table"


def _read(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return msgspec's «what - at `$.where`» as two."""
    match = _SAID.fullmatch(str(error))
    return (match["what"], match["where"] or "") if match else (str(error), "")


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else short(json.dumps(value, default=str, ensure_ascii=False))


def _dotted(place: Sequence[str]) -> str:
    return ".".join(place)
