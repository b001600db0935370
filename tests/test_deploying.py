"""What `docs/deploying` tells is true of the program: its commands, its settings, the names that must agree."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from billinghelp.cli.parser import build_parser
from billinghelp.config import ServerLimits

DOCS = Path(__file__).parent.parent / "docs"
FOLDER = DOCS / "deploying"
ROOT = DOCS.parent


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())


def test_every_process_of_the_compose_file_runs_a_command_that_there_is(compose: Any) -> None:
    for name in ("upgrade", "first", "second"):
        arguments = compose["services"][name].get("command", ["serve"])
        assert callable(build_parser().parse_args(arguments).run)


def test_the_proxy_leads_to_the_processes_of_the_compose_file(compose: Any) -> None:
    servers = re.findall(r"server (\w+):(\d+)", (FOLDER / "nginx.conf").read_text())
    assert {name for name, _port in servers} == {"first", "second"} <= set(compose["services"])
    container = (FOLDER / "Containerfile").read_text()
    assert {f"EXPOSE {port}" for _name, port in servers} == set(re.findall(r"EXPOSE \d+", container))


def test_the_unit_starts_a_command_that_there_is() -> None:
    unit = (FOLDER / "billinghelp@.service").read_text()
    command = re.findall(r"^ExecStart=(.*)$", unit, flags=re.MULTILINE)[0].replace("%i", "8701")
    program, *arguments = shlex.split(command)
    assert program.endswith("/billinghelp")
    options = build_parser().parse_args(arguments)
    assert (options.host, options.port) == ("127.0.0.1", 8701)
    stop = int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, flags=re.MULTILINE)[0])
    assert stop > ServerLimits().shutdown_seconds


def test_the_container_is_made_of_what_it_is_given() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (FOLDER / "Containerfile").read_text(), flags=re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    kept = set(re.findall(r"^!(.*)$", (FOLDER / "Containerfile.dockerignore").read_text(), flags=re.MULTILINE))
    assert names == kept
    assert all((ROOT / name).exists() for name in names)


def test_the_table_of_limits_has_every_setting_and_its_default() -> None:
    rows = re.findall(
        r"^\| (`\w+`(?:, `\w+`)*) \| ([\d, .]+) \|", (DOCS / "deploying.md").read_text(), flags=re.MULTILINE
    )
    told: dict[str, float] = {}
    for names, defaults in rows:
        told |= zip(re.findall(r"`(\w+)`", names), map(float, defaults.split(",")), strict=True)
    limits = ServerLimits()
    assert told == {name: getattr(limits, name) for name in ServerLimits.__struct_fields__}
