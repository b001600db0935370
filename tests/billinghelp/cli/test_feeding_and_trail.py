"""Import, audit, db and doctor as a person at a shell meets them."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command
from tests.surface import customer

ACT = {"customer_id": "acme-eu", "reason": "rail approved", "request_id": "r1", "etag": "b1"}


def database(folder: Path) -> Path:
    return folder / "store" / "test.db"


def tamper(folder: Path, statement: str) -> None:
    """Change audit events behind the program's back: whoever owns the file can take the triggers away first."""
    db = sqlite3.connect(database(folder))
    with db:
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_events'")
        for (name,) in triggers.fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(statement)
    db.close()


def test_an_import_says_what_it_did_and_the_second_finds_nothing_to_do(stocked: Command, tmp_path: Path) -> None:
    assert stocked("import", str(tmp_path / "customers.jsonl")).out == (
        "Imported: 0 created, 0 updated, 3 left as they were.\n"
    )


def test_a_dry_run_writes_nothing(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps(customer()))
    assert command("import", str(file), "--dry-run").out.startswith(
        "Dry run, nothing was written. It would be: 1 created"
    )
    assert command("customers").out == "No customers yet: billinghelp import FILE brings them in.\n"


def test_every_bad_line_is_named_and_nothing_is_imported(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    rows = [json.dumps(customer()), "{", json.dumps(customer("spa ce")), json.dumps(customer())]
    file.write_text("\n".join(rows))
    result = command("import", str(file))
    assert result.code == 1
    assert [line.split(":")[0] for line in result.err.splitlines()[:3]] == ["line 2", "line 3", "line 4"]
    assert command("customers").out == "No customers yet: billinghelp import FILE brings them in.\n"


def test_a_missing_file_is_one_sentence(command: Command) -> None:
    result = command("import", "nowhere.jsonl")
    assert (result.code, result.err) == (1, "billinghelp: nowhere.jsonl cannot be read: No such file or directory.\n")


def test_csv_is_told_by_the_files_name(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "customers.CSV"
    file.write_text("customer_id,legal_name,billing.payment_rail\r\nacme,Acme,invoice\r\n", encoding="utf-8-sig")
    assert command("import", str(file)).out.startswith("Imported: 1 created")


def test_the_trail_is_verified_line_by_line(stocked: Command) -> None:
    stocked("rpc", "MarkInvoiceVerified", json.dumps(ACT))
    lines = stocked("audit", "verify").out.splitlines()
    assert [line.split("  ")[:2] for line in lines[:2]] == [["acme-eu", "OK"], ["system", "OK"]]
    assert lines[-1] == "2 streams: 2 OK; ledger OK (0 entries, 0 customers)."


def test_one_changed_byte_is_found_and_named(stocked: Command, tmp_path: Path) -> None:
    stocked("rpc", "MarkInvoiceVerified", json.dumps(ACT))
    with sqlite3.connect(database(tmp_path)) as db:
        for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_events'"
        ).fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE audit_events SET reason = 'Rail approved' WHERE stream = 'acme-eu'")
    db.close()
    result = stocked("audit", "verify")
    assert result.code == 1
    assert "acme-eu  BROKEN at 1" in result.out
    assert "system  OK" in result.out
    report = stocked("audit", "verify", "--json")
    assert (report.code, report.json["ok"]) == (1, False)


def test_an_export_shows_a_tail_that_was_cut_later(stocked: Command, tmp_path: Path) -> None:
    stocked("rpc", "MarkInvoiceVerified", json.dumps(ACT))
    trail = tmp_path / "trail.jsonl"
    assert stocked("audit", "export", "-o", str(trail)).out == f"Wrote 2 events to {trail}.\n"
    assert stocked("audit", "verify", "--against", str(trail)).code == 0
    with sqlite3.connect(database(tmp_path)) as db:
        for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_events'"
        ).fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("DELETE FROM audit_events WHERE stream = 'acme-eu'")
    db.close()
    assert stocked("audit", "verify").code == 0
    result = stocked("audit", "verify", "--against", str(trail))
    assert result.code == 1
    assert "acme-eu  BROKEN at 1" in result.out


def test_a_file_that_is_no_export_is_refused(stocked: Command, tmp_path: Path) -> None:
    result = stocked("audit", "verify", "--against", str(tmp_path / "customers.jsonl"))
    assert (result.code, "is not an audit export" in result.err) == (1, True)


def test_events_are_shown_newest_first(stocked: Command) -> None:
    stocked("rpc", "MarkInvoiceVerified", json.dumps(ACT))
    stocked("rpc", "MarkInvoiceVerified", json.dumps(ACT | {"request_id": "r2", "etag": "b2"}))
    shown = stocked("audit", "show", "--stream", "acme-eu").out
    assert shown.index("acme-eu#2  denied") < shown.index("acme-eu#1  applied")
    assert "reason: rail approved" in shown


def test_the_schema_is_checked_and_upgraded(command: Command) -> None:
    assert command("db", "check").code == 1
    assert "upgraded from empty" in command("db", "upgrade").out
    assert "nothing to do" in command("db", "upgrade").out
    assert command("db", "check", "--json").json["schema"]["status"] == "current"


def test_a_newer_schema_is_refused(stocked: Command, tmp_path: Path) -> None:
    with sqlite3.connect(database(tmp_path)) as db:
        db.execute("UPDATE alembic_version SET version_num = 'billinghelp_9999'")
    db.close()
    result = stocked("customers")
    assert result.code in (1, 3)
    assert "newer" in result.err


@pytest.mark.parametrize(
    ("content", "words"), [(b"this is no database at all, " * 200, "not"), (b"", None)], ids=["text", "empty"]
)
def test_a_file_that_is_no_database_is_refused_in_one_sentence(
    command: Command, tmp_path: Path, content: bytes, words: str | None
) -> None:
    database(tmp_path).parent.mkdir()
    database(tmp_path).write_bytes(content)
    result = command("customers")
    if words is None:
        assert result.code == 0  # an empty file is an empty store
    else:
        assert result.code == 3
        assert len(result.err.splitlines()) == 1


def test_the_doctor_says_how_to_mend_what_is_missing(stocked: Command) -> None:
    result = stocked("doctor")
    assert result.code == 0
    assert "✓ store:" in result.out
    assert "rule-based" in result.out


def test_the_doctor_finds_a_broken_store(command: Command, tmp_path: Path) -> None:
    database(tmp_path).parent.mkdir()
    database(tmp_path).write_bytes(b"no database " * 500)
    found = command("doctor", "--json")
    assert found.code == 1
    assert [f["status"] for f in found.json["findings"] if f["subject"] == "store"] == ["broken"]


def test_a_broken_configuration_names_file_and_key(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "config" / "billinghelp" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[policy]\ntrial_days = 'many'\n")
    result = command("customers")
    assert result.code == 2
    assert "config.toml: policy.trial_days" in result.err


def test_the_doctor_finds_a_damaged_page(stocked: Command, tmp_path: Path) -> None:
    db = sqlite3.connect(database(tmp_path))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'billing_records'").fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    with database(tmp_path).open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)
    found = stocked("doctor", "--json")
    assert found.code == 1
    assert [f["status"] for f in found.json["findings"] if f["subject"] == "store"] == ["broken"]
