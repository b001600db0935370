"""The README is true: its key table is the registry's, and what it names exists."""

import re
from pathlib import Path

from billinghelp.commands import COMMANDS
from billinghelp.keys import key_label

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def key_rows() -> set[tuple[str, str, str]]:
    """Return the rows of the README's key table: key, what it does, the command's id."""
    table = README.split("<!-- keys")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \|$", table, re.MULTILINE)
    return {(key.replace("`", ""), title, command_id) for key, title, command_id in rows}


def test_the_key_table_is_the_registrys() -> None:
    registry = {(key_label(c.key) if c.key else "palette", c.title, c.id) for c in COMMANDS}
    assert key_rows() == registry


def test_the_picture_is_there_and_shows_the_app() -> None:
    picture = (ROOT / "docs" / "billing-help.svg").read_text(encoding="utf-8")
    assert "Billing" in picture
    assert "<svg" in picture


def test_the_rooms_it_names_exist() -> None:
    rooms = re.findall(r"^\| `([a-z_/]+)/` \|", README, re.MULTILINE)
    assert len(rooms) > 10
    assert [room for room in rooms if not (ROOT / room).is_dir()] == []
