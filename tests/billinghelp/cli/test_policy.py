"""`billinghelp policy check`, and a policy of the platform's own beside the configuration."""

from importlib.resources import files
from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command

SHIPPED = files("services.change_requests.policy").joinpath("policy.toml").read_text()
WISH = '{"customer_id": "acme-eu", "kind": "storage_quota", "desired": {"storage": "200Gi"}}'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The place of a platform's own policy."""
    folder = tmp_path / "config" / "billinghelp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "policy.toml"


def test_a_policy_is_explained_with_examples_and_without_a_store(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SHIPPED.replace('version = "', 'version = "mine-', 1))
    done = command("policy", "check", "mine.toml")
    assert done.code == 0
    assert done.out.startswith("Policy mine-")
    assert "growth · storage quota: up to 100Gi without asking" in done.out
    assert "for example" in done.out
    assert not (tmp_path / "store").exists()
    assert max(map(len, done.out.splitlines())) <= 100
    told = command("policy", "check", "mine.toml", "--json").json
    assert (told["file"], told["version"].startswith("mine-")) == ("mine.toml", True)
    assert " ".join(told["explanation"]).split() == done.out.split()


def test_without_a_file_the_policy_in_force_is_checked_and_named(command: Command, own: Path) -> None:
    assert command("policy", "check").out.startswith("In force: the policy that is shipped\nPolicy 2")
    assert command("policy", "check", "--json").json["file"] is None
    own.write_text(SHIPPED.replace('version = "', 'version = "own-', 1))
    assert command("policy", "check").out.startswith(f"In force: {own}\nPolicy own-")
    assert command("policy", "check", "--json").json["file"] == str(own)
    own.write_text("version = 1")
    assert command("policy", "check", "--json").error["reason"] == "POLICY_INVALID"


def test_a_servers_policy_is_checked_where_it_runs(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", "https://billing.example")
    refused = command("policy", "check")
    assert refused.code == 2
    assert "run policy check there, or name a FILE" in refused.err
    (tmp_path / "mine.toml").write_text(SHIPPED)
    assert command("policy", "check", "mine.toml").code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        ("tiers = [", "is not valid TOML"),
        (SHIPPED.replace('"100Gi"', '"100 apples"', 1), "100 apples"),
    ],
)
def test_what_cannot_hold_is_said_with_its_place(
    command: Command, tmp_path: Path, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "mine.toml").write_text(content)
    done = command("policy", "check", "mine.toml", "--json")
    assert (done.code, done.error["reason"]) == (1, "POLICY_INVALID")
    assert "mine.toml" in done.error["message"]
    assert said in done.error["message"]


def test_the_policy_beside_the_configuration_holds(stocked: Command, own: Path) -> None:
    before = stocked("rpc", "PreviewTenantChangeRequest", WISH).json
    assert before["verdict"] == "approved at once"
    own.write_text(SHIPPED.replace('version = "', 'version = "own-', 1).replace("changes = ", "changes = 0 # ", 99))
    after = stocked("rpc", "PreviewTenantChangeRequest", WISH).json
    assert after["verdict"] == "needs review"
    assert after["policy_version"].startswith("own-")
    assert after["digest"] != before["digest"]


def test_a_policy_that_cannot_hold_stops_a_server_and_what_needs_it_and_nothing_else(
    stocked: Command, own: Path
) -> None:
    own.write_text("version = 1")
    assert stocked("show", "acme-eu").code == 0
    for command in (("rpc", "PreviewTenantChangeRequest", WISH), ("serve", "--port", "0")):
        done = stocked(*command, "--json")
        assert (done.code, done.error["reason"]) == (1, "POLICY_INVALID")
        assert str(own) in done.error["message"]


def test_the_doctor_names_the_policy_in_force(stocked: Command, own: Path) -> None:
    def found() -> dict[str, str]:
        findings: list[dict[str, str]] = stocked("doctor", "--json").json["findings"]
        return next(each for each in findings if each["subject"] == "policy")

    version = stocked("policy", "check", "--json").json["version"]
    assert found()["found"] == f"change requests are judged by the one that is shipped, version {version}"
    own.write_text(SHIPPED.replace('version = "', 'version = "own-', 1))
    assert found()["found"] == f"change requests are judged by {own}, version own-{version}"
    own.write_text(SHIPPED.replace('"100Gi"', '"100 apples"', 1))
    assert found()["status"] == "broken"
    assert "100 apples" in found()["found"]
    assert stocked("doctor").code == 1
