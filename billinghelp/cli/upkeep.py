"""The commands `db upgrade` and `db check`."""

import argparse

import msgspec

from billinghelp.cli.output import Output
from billinghelp.cli.session import database_settings_of
from services.contract.clock import system_clock
from services.storage.engine import Store

_DONE, _FOUND_BROKEN = 0, 1


def upgrade(options: argparse.Namespace, output: Output) -> int:
    """Bring the database to this version's schema."""
    store = Store(database_settings_of(options, "db upgrade").database_url.reveal(), read_only=options.read_only)
    before = store.schema()
    store.upgrade()
    after = store.schema()
    store.close()
    if output.as_json:
        output.json({"store": store.label, "before": before, "after": after})
    elif before.current == after.current:
        output.text(f"{store.label} is current ({after.current}): nothing to do.")
    else:
        output.text(f"{store.label} upgraded from {before.current or 'empty'} to {after.current}.")
    return _DONE


def check(options: argparse.Namespace, output: Output) -> int:
    """Look the database over: its server or file, its schema, and what guards its records."""
    from services.storage.checkup.check import check as look_over

    store = Store(database_settings_of(options, "db check").database_url.reveal(), read_only=True)
    try:
        checkup = look_over(store, system_clock)
    finally:
        store.close()
    broken = len(checkup.broken)
    if output.as_json:
        output.json({"store": store.label, "sound": not broken, **msgspec.structs.asdict(checkup)})
    else:
        for finding in checkup.findings:
            glyph, remedy = ("✓", "") if finding.remedy is None else ("✗", f": {finding.remedy}")
            output.text(f"{glyph} {finding.subject}: {finding.found}{remedy}")
        verdict = (
            f"{broken} of {len(checkup.findings)} to mend" if broken else f"sound, {len(checkup.findings)} checked"
        )
        output.text(f"{store.label}: {verdict}")
    return _FOUND_BROKEN if broken else _DONE
