"""Backup policy: how a tenant's workspaces are backed up, and whether new ones are from the start. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import get_args

import msgspec

from services.change_requests.kinds.backup_placing import in_days, place
from services.change_requests.kinds.desired import given, nothing_to_change, refused
from services.change_requests.kinds.model import Field, Kind
from services.change_requests.tenant import Allowance, Backup, BackupSchedule, Growth, Tenant
from services.contract.quoting import quoted
from services.contract.types import ChangeRequestKind

_FIELDS = (
    Field(name="schedule", label="Backups", example="hourly", hint="How often: none, daily or hourly."),
    Field(name="retention_days", label="Backups kept", example="30", hint="For how many days backups are kept."),
    Field(
        name="default_protection",
        label="Default protection",
        example="yes",
        hint="Whether new workspaces are backed up unless told otherwise: yes or no.",
    ),
)
_SCHEDULES: tuple[BackupSchedule, ...] = get_args(BackupSchedule)
_MOST_DAYS = 3_650  # as the policy's own
_DAYS = re.compile(r"[0-9]{1,4}")
_YES_OR_NO = {"yes": True, "on": True, "no": False, "off": False}


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What differs from now; null: stays as it is."""

    schedule: BackupSchedule | None = None
    retention_days: int | None = None
    default_protection: bool | None = None


def _parse(desired: Mapping[str, str], tenant: Tenant) -> Wanted:
    now = tenant.allowance.backup
    read = {name: _READ[name](text) for name, text in given(desired, _FIELDS).items()}
    different = {name: value for name, value in read.items() if value != getattr(now, name)}
    if not different:
        raise nothing_to_change("This is how the tenant is backed up already: ask for something else.")
    return msgspec.convert(different, Wanted)


def _schedule(text: str) -> str:
    written = text.strip().lower()
    if written not in _SCHEDULES:
        raise refused("schedule", f"Write {', '.join(_SCHEDULES[:-1])} or {_SCHEDULES[-1]}, not {quoted(text)}.")
    return written


def _days(text: str) -> int:
    written = text.strip()
    if not _DAYS.fullmatch(written) or int(written) > _MOST_DAYS:
        raise refused("retention_days", f"Write a whole number of days up to {_MOST_DAYS}, not {quoted(text)}.")
    return int(written)


def _yes_or_no(text: str) -> bool:
    answer = _YES_OR_NO.get(text.strip().lower())
    if answer is None:
        raise refused("default_protection", f"Write yes or no, not {quoted(text)}.")
    return answer


_READ: Mapping[str, Callable[[str], object]] = {
    "schedule": _schedule,
    "retention_days": _days,
    "default_protection": _yes_or_no,
}


def _canonical(wanted: Wanted) -> dict[str, str]:
    values = {
        "schedule": wanted.schedule,
        "retention_days": None if wanted.retention_days is None else str(wanted.retention_days),
        "default_protection": None if wanted.default_protection is None else _yes(wanted.default_protection),
    }
    return {name: value for name, value in values.items() if value is not None}


def _after(wanted: Wanted, tenant: Tenant) -> Allowance:
    backup = msgspec.structs.replace(tenant.allowance.backup, **msgspec.to_builtins(wanted))
    return msgspec.structs.replace(tenant.allowance, backup=backup)


def _impact(before: Allowance, after: Allowance) -> str:
    old, new = before.backup, after.backup
    said = []
    if new.schedule != old.schedule:
        said.append("no more backups" if new.schedule == "none" else f"backups {new.schedule} instead of {_often(old)}")
    if new.retention_days != old.retention_days:
        said.append(f"backups kept {in_days(new.retention_days)} instead of {old.retention_days}")
    if new.default_protection != old.default_protection:
        said.append(f"new workspaces {'' if new.default_protection else 'not '}backed up unless told otherwise")
    return ", ".join(said)


def _lines(allowance: Allowance) -> list[tuple[str, str]]:
    backup = allowance.backup
    return [
        ("Backups", backup.schedule),
        ("Backups kept", in_days(backup.retention_days)),
        ("Default protection", _yes(backup.default_protection)),
    ]


def _often(backup: Backup) -> str:
    return "never" if backup.schedule == "none" else backup.schedule


def _yes(protected: bool) -> str:
    return "yes" if protected else "no"


KIND = Kind(
    kind=ChangeRequestKind.BACKUP_POLICY,
    fields=_FIELDS,
    example="The audit of 2 March asks that invoices in Paperless can be restored as they were 90 days before.",
    parse=_parse,
    canonical=_canonical,
    after=_after,
    place=lambda wanted, tenant, policy: place(
        tenant.allowance.backup, _after(wanted, tenant).backup, policy.backup_policy
    ),
    lines=_lines,
    growth=lambda _before, _after: Growth(),
    impact=_impact,
)
