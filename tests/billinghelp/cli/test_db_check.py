"""`billinghelp db check`: one line a finding, a summary, and an exit code for scripts."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command


def break_it(folder: Path) -> None:
    """Take away what keeps the trail from being changed."""
    with closing(sqlite3.connect(folder / "store" / "test.db")) as connection:
        connection.execute("DROP TRIGGER audit_events_no_update")


def test_a_sound_database_is_told_line_by_line(stocked: Command) -> None:
    done = stocked("db", "check")
    *findings, summary = done.out.splitlines()
    assert done.code == 0
    assert len(findings) > 5
    assert all(line.startswith("✓ ") for line in findings)
    assert summary.endswith(f": sound, {len(findings)} checked")


def test_what_is_broken_is_told_with_what_to_do(stocked: Command, tmp_path: Path) -> None:
    break_it(tmp_path)
    done = stocked("db", "check")
    *findings, summary = done.out.splitlines()
    [line] = [finding for finding in findings if not finding.startswith("✓ ")]
    assert done.code == 1
    assert line.startswith("✗ append-only: without audit_events_no_update")
    assert "restore the database from a backup" in line
    assert summary.endswith(f": 1 of {len(findings)} to mend")


def test_programs_are_told_in_one_document(stocked: Command, tmp_path: Path) -> None:
    sound = stocked("db", "check", "--json")
    break_it(tmp_path)
    broken = stocked("db", "check", "--json")
    assert (sound.code, sound.json["sound"], sound.json["schema"]["status"]) == (0, True, "current")
    assert (broken.code, broken.json["sound"]) == (1, False)
    assert {f["subject"] for f in broken.json["findings"] if f["remedy"] is not None} == {"append-only"}


def test_a_database_that_has_not_been_made_is_to_be_upgraded(command: Command, tmp_path: Path) -> None:
    done = command("db", "check")
    assert (done.code, done.out.count("✗")) == (1, 1)
    assert "billinghelp db upgrade" in done.out
    assert not (tmp_path / "store").exists()


def test_a_database_that_cannot_be_reached_is_unavailable(command: Command) -> None:
    done = command("db", "check", "--database-url", "postgresql://olga:hunter2@127.0.0.1:1/billing")
    assert (done.code, done.out) == (3, "")
    assert "does not answer" in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize("arguments", [("db", "check"), ("db", "upgrade"), ("serve",)])
def test_with_a_server_configured_no_other_database_is_looked_at(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", "http://127.0.0.1:9")
    refused = command(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert "run it where that is" in refused.err
