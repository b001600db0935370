"""What commands do with a platform that carries approved changes out: the doctor names it, `changes send` tells it."""

import json
from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command, Result
from tests.platform_server import PlatformServer
from tests.surface import customer


def found(result: Result) -> dict[str, str]:
    [finding] = [finding for finding in result.json["findings"] if finding["subject"] == "platform"]
    return dict(finding)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config" / "billinghelp" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_the_doctor_says_that_none_is_configured(command: Command) -> None:
    assert found(command("doctor", "--json"))["found"].startswith("none is configured")


def test_the_doctor_names_its_host_and_shows_no_token(
    command: Command, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text('[platform]\nurl = "https://platform.example:8443/changes"\n')
    assert found(command("doctor", "--json"))["found"] == (
        "approved changes are posted to platform.example:8443, without a token; it was not called"
    )
    monkeypatch.setenv("BILLINGHELP_PLATFORM_TOKEN", "hunter2")
    result = command("doctor", "--json")
    assert "with a token" in found(result)["found"]
    assert "hunter2" not in result.out


def test_the_doctor_finds_an_address_to_which_no_token_may_go(command: Command, config: Path) -> None:
    config.write_text('[platform]\nurl = "http://platform.example/changes"\ntoken = "hunter2"\n')
    result = command("doctor", "--json")
    assert result.code == 1
    assert found(result)["status"] == "broken"
    assert "without encryption" in found(result)["found"]
    assert "hunter2" not in result.out
    assert "stand in line, and serve and changes send do not start; all else goes on" in found(result)["remedy"]


def test_a_platform_that_cannot_be_used_stops_who_sends_and_nobody_else(stocked: Command, config: Path) -> None:
    config.write_text('[platform]\nurl = "http://platform.example/changes"\n')
    for reading in (("customers",), ("show", "acme-eu"), ("audit", "verify"), ("changes", "list")):
        assert stocked(*reading).code == 0
    create = ("acme-eu", "storage_quota", "storage=150Gi", "--reason", "Immich needs 150 Gi", "--yes", "--json")
    assert stocked("changes", "create", *create).json["change_request"]["status"] == "approved"
    for sending in (("serve", "--port", "0"), ("changes", "send")):
        refused = stocked(*sending, "--json")
        assert (refused.code, refused.error["reason"]) == (2, "CONFIG_INVALID")
        assert "without encryption" in refused.error["message"]


def test_the_doctor_finds_changes_in_line_that_nobody_tells_a_platform(stocked: Command, config: Path) -> None:
    def create(customer_id: str) -> str:
        wanted = (customer_id, "storage_quota", "storage=150Gi", "--reason", "Immich needs 150 Gi", "--yes", "--json")
        return str(stocked("changes", "create", *wanted).json["change_request"]["change_request_id"])

    config.write_text('[platform]\nurl = "https://platform.example/changes"\n')
    first, second = create("acme-eu"), create("beta")
    assert found(stocked("doctor", "--json"))["status"] == "ok"
    config.unlink()
    result = stocked("doctor", "--json")
    assert result.code == 1
    assert "2 approved changes stand in line for one: nobody tells it" in found(result)["found"]
    assert "billinghelp changes send" in found(result)["remedy"]
    stocked("changes", "cancel", "acme-eu", first, "--reason", "no longer needed")
    assert "1 approved change stands in line" in found(stocked("doctor", "--json"))["found"]
    stocked("changes", "cancel", "beta", second, "--reason", "no longer needed")
    assert found(stocked("doctor", "--json"))["status"] == "ok"


def test_what_is_approved_stands_in_line_until_it_is_sent(
    command: Command, config: Path, tmp_path: Path, platform: PlatformServer
) -> None:
    config.write_text(f'[platform]\nurl = "{platform.url}"\n')
    (tmp_path / "customers.jsonl").write_text(json.dumps(customer()))
    command("import", "customers.jsonl")
    create = ("acme-eu", "storage_quota", "storage=150Gi", "--reason", "Immich needs 150 Gi", "--yes", "--json")
    asked = command("changes", "create", *create).json["change_request"]
    assert asked["status"] == "approved"
    assert platform.told == []
    assert command("changes", "send").out == "The platform was told of 1 change.\n"
    assert [told.key for told in platform.told] == [asked["change_request_id"]]
    assert command("changes", "show", "acme-eu", asked["change_request_id"], "--json").json["status"] == "applied"
    assert command("changes", "send", "--json").json == {"told": 0}


def test_nothing_is_sent_where_no_platform_is_configured(command: Command) -> None:
    refused = command("changes", "send", "--json")
    assert (refused.code, refused.error["reason"]) == (1, "NO_PLATFORM")


@pytest.mark.parametrize("role", ["customer_member:acme-eu", "customer_admin:acme-eu", "operator"])
def test_who_administers_nothing_sends_nothing(command: Command, role: str) -> None:
    refused = command("--as", role, "changes", "send", "--json")
    assert refused.error["reason"] == "PERMISSION_DENIED"
