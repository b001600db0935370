"""What the doctor says of the platform that carries approved changes out, without asking it."""

from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command, Result


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
