"""A node is registered by its first token, and counts as long as one of its tokens serves."""

import pytest

from services.contract.errors import Refused
from services.contract.principals import Role
from services.contract.requests import CreateToken, ListTokens
from services.contract.types import Resource
from tests.services.payments.nodes.site import TOLD, Site
from tests.surface import ADMIN


def test_the_first_token_registers_the_node_and_the_view_tells_of_it(site: Site) -> None:
    before = site.view()
    token = site.token("node-1")
    after = site.view()
    assert (token.node_id, token.customer_id, token.role) == ("node-1", "acme-eu", Role.SERVICE)
    assert (before.usage[0].used, after.usage[0].used) == (0, 1)
    assert after.view_etag != before.view_etag
    assert after.billing.etag == before.billing.etag  # use is no change of the record
    assert site.used("beta")[Resource.NODES] == 0
    assert [(node.node_id, node.name) for node in site.nodes().nodes] == [("node-1", "node-1 of acme-eu")]


def test_another_token_of_a_node_is_not_another_node(site: Site) -> None:
    site.token("node-1")
    request = CreateToken(role=Role.SERVICE, name="Rack 7", customer_id="acme-eu", node_id="node-1")
    site.bench.call(request, ADMIN)
    assert site.used()[Resource.NODES] == 1
    assert [node.name for node in site.nodes().nodes] == ["Rack 7"]


def test_the_same_node_id_of_two_customers_is_two_nodes(small_site: Site) -> None:
    small_site.token("node-1")
    small_site.token("node-1", "beta")
    assert [small_site.used(each)[Resource.NODES] for each in ("acme-eu", "beta")] == [1, 1]


async def test_a_node_whose_last_token_is_revoked_stays_in_the_list_and_counts_for_nothing(site: Site) -> None:
    first, second = site.token("node-1"), site.token("node-1")
    await site.beat(second)
    site.revoke(first)
    assert site.used() == {Resource.NODES: 1, Resource.USERS: 12, Resource.STORAGE: 5_000_000}
    before = site.view().view_etag
    site.revoke(second)
    assert site.used() == {Resource.NODES: 0, Resource.USERS: 0, Resource.STORAGE: 0}
    assert site.view().view_etag != before
    assert [node.node_id for node in site.nodes().nodes] == ["node-1"]
    site.token("node-1")
    assert site.used()[Resource.USERS] == 12  # it is back, with what it told last


async def test_a_node_whose_last_token_has_expired_is_counted_no_more_at_the_next_round(site: Site) -> None:
    token = site.token("node-1", expires_in="1h")
    site.token("node-2")
    await site.beat(token)
    assert await site.heartbeats.retire_expired(10) == 0
    site.clock.advance(hours=1)
    assert site.used()[Resource.NODES] == 2  # nobody has looked yet
    assert await site.heartbeats.retire_expired(10) == 1
    assert site.used() == {Resource.NODES: 1, Resource.USERS: 0, Resource.STORAGE: 0}
    assert await site.heartbeats.retire_expired(10) == 0


def test_tokens_are_listed_with_their_nodes_and_the_trail_names_them(small_site: Site) -> None:
    small_site.token("node-1")
    listed = small_site.bench.call(ListTokens(), ADMIN).tokens
    assert [(each.node_id, each.customer_id) for each in listed] == [("node-1", "acme-eu")]
    assert b'"node_id":"node-1"' in small_site.bench.events("system")[-1].payload.encode()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"node_id": "node-1"}, "INVALID_TENANT"),
        ({"customer_id": "acme-eu"}, "INVALID_TENANT"),
        ({"customer_id": "acme-eu", "node_id": "no/de"}, "INVALID_NODE"),
        ({"customer_id": "nobody", "node_id": "node-1"}, "CUSTOMER_NOT_FOUND"),
        ({"customer_id": "acme-eu", "node_id": "node-1", "role": Role.OPERATOR}, "INVALID_NODE"),
    ],
)
def test_a_node_that_cannot_be_is_refused(small_site: Site, fields: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        small_site.bench.call(CreateToken(**({"role": Role.SERVICE, "name": "node"} | fields)), ADMIN)  # type: ignore[arg-type]  # the names are those of the request
    assert caught.value.reason == reason
    assert small_site.nodes().nodes == []


async def test_use_that_is_told_beside_the_nodes_is_added_to_theirs(site: Site) -> None:
    await site.beat(site.token("node-1"), TOLD)
    site.level(Resource.USERS, 30)
    await site.beat(site.token("node-2"), TOLD)
    assert site.used()[Resource.USERS] == 12 + 12 + 30
