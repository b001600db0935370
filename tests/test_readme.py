"""The README is true: its key table is the registry's, and what it names exists; its commands do, and docs/'s."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from billinghelp.cli.parser import build_parser
from billinghelp.commands import COMMANDS
from billinghelp.config import ENVIRONMENT
from billinghelp.keys import key_label
from services.contract.policy import Policy
from services.contract.requests import CreateTenantChangeRequest, PreviewTenantChangeRequest

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


def commands_of(document: str) -> Iterator[list[str]]:
    """Yield the arguments of each `billinghelp` that a document's examples run, without what the shell does."""
    for line in re.findall(r"^    (.*)$", document.replace("\\\n", ""), re.MULTILINE):
        typed = re.sub(r"\s#\s.*", "", re.sub(r"\$\(.*?\)", "X", line))
        for command in re.split(r"&&|<<<|[;>|]", typed):
            if re.match(r"\s*(?:docker compose run --rm \w+ tokens|billinghelp\b)", command):
                words = shlex.split(command)
                yield words[words.index("tokens") if words[0] == "docker" else 1 :]


@pytest.mark.parametrize("document", ["README.md", "docs/deploying.md"])
def test_every_command_is_one_that_there_is(document: str) -> None:
    parser = build_parser()
    told = list(commands_of((ROOT / document).read_text(encoding="utf-8")))
    assert len(told) > 10
    for arguments in told:
        parser.parse_args(arguments)  # which refuses what is missing or unknown


def test_the_document_of_in_is_what_asking_and_previewing_take() -> None:
    body = json.loads(README.split("take the same fields:\n\n")[1].split("\n\n")[0])
    wanted = msgspec.convert(body, PreviewTenantChangeRequest)
    asked = msgspec.convert(body | {"digest": "", "request_id": "req"}, CreateTenantChangeRequest)
    assert (wanted.kind, wanted.desired) == (asked.kind, asked.desired)


def test_the_configuration_it_shows_can_be_read_and_names_every_setting() -> None:
    chapter = README.split("## Configuration")[1].split("## What it promises")[0]
    example = "".join(line[4:] for line in chapter.splitlines(keepends=True) if line.startswith("    "))
    policy = msgspec.convert(tomllib.loads(example)["policy"], Policy)
    assert [plan.slug for plan in policy.plans.offered] == ["team"]
    assert policy.plans.features == {"daily_backups": "Daily backups", "single_sign_on": "Single sign-on"}
    assert [name for name in ENVIRONMENT if f"| `{name}` |" not in chapter] == []


def test_the_files_it_links_to_exist() -> None:
    files = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(files) > 5
    assert [link for link in files if not (ROOT / link).exists()] == []


def test_the_picture_is_there_and_shows_the_app() -> None:
    picture = (ROOT / "docs" / "billing-help.svg").read_text(encoding="utf-8")
    assert "Billing" in picture
    assert "<svg" in picture


def test_the_rooms_it_names_exist() -> None:
    rooms = re.findall(r"^\| `([a-z_/]+)/` \|", README, re.MULTILINE)
    assert len(rooms) > 10
    assert [room for room in rooms if not (ROOT / room).is_dir()] == []
