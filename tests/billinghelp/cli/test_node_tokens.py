"""`billinghelp tokens create --node`: a node's token, from the command line."""

from tests.billinghelp.cli.conftest import Command

CREATE = ("tokens", "create", "--role", "service", "--name", "rack 7")


def test_a_nodes_token_is_issued_and_listed_as_its_own(stocked: Command) -> None:
    issued = stocked(*CREATE, "--customer", "acme-eu", "--node", "node-1")
    assert issued.code == 0
    assert "rack 7 (service of acme-eu, node node-1)" in issued.err
    assert "rack 7 (service of acme-eu, node node-1)" in stocked("tokens", "list").out
    assert [each["node_id"] for each in stocked("tokens", "list", "--json").json["tokens"]] == ["node-1"]


def test_what_is_missing_is_named_as_it_is_typed(stocked: Command) -> None:
    assert "with --customer" in stocked(*CREATE, "--node", "node-1").err
    assert "--node" in stocked(*CREATE, "--customer", "acme-eu").err
