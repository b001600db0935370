"""`ListNodes`: page by page, with the state of each."""

import msgspec
import pytest

from services.contract.errors import Refused
from tests.services.payments.nodes.site import TOLD, Site

UPDATED = msgspec.structs.replace(TOLD, applied_generation=2)


async def test_each_node_says_how_far_it_is(site: Site) -> None:
    tokens = {name: site.token(name) for name in ("current", "lagging", "never", "silent")}
    await site.beat(tokens["silent"])
    site.clock.advance(minutes=4)
    site.change_plan("business")
    site.clock.advance(minutes=4)
    await site.beat(tokens["current"], TOLD)
    await site.beat(tokens["lagging"], TOLD)
    await site.beat(tokens["current"], UPDATED)
    await site.heartbeats.flush()
    page = site.nodes()
    states = {node.node_id: node.state for node in page.nodes}
    assert states == {"current": "current", "lagging": "updating", "never": "never_seen", "silent": "silent"}
    assert (page.plan, page.generation, {node.wanted_generation for node in page.nodes}) == ("business", 2, {2})
    assert page.changed_at is not None
    site.clock.advance(minutes=2)
    assert [node.state for node in site.nodes().nodes if node.node_id == "lagging"] == ["lagging"]


def test_a_customer_without_a_plan_has_nodes_all_the_same(small_site: Site) -> None:
    small_site.token()
    small_site.change_plan("a-plan-that-is-not-sold", generation=1)
    page = small_site.nodes()
    assert (page.plan, page.generation, len(page.nodes)) == (None, 1, 1)


def test_pages_continue_where_the_last_one_ended(site: Site) -> None:
    for number in range(5):
        site.token(f"node-{number}")
    site.token("node-9", "beta")
    found, token = [], None
    while True:
        page = site.nodes(page_size=2, page_token=token)
        found.append([node.node_id for node in page.nodes])
        if (token := page.next_page_token) is None:
            break
    assert found == [["node-0", "node-1"], ["node-2", "node-3"], ["node-4"]]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"customer_id": "nobody"}, "CUSTOMER_NOT_FOUND"),
        ({"page_size": 0}, "INVALID_PAGE_SIZE"),
        ({"page_token": "AAAA"}, "INVALID_PAGE_TOKEN"),
    ],
)
def test_a_page_that_is_not_there_is_refused(small_site: Site, page: dict[str, object], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        small_site.nodes(**({"customer_id": "acme-eu"} | page))  # type: ignore[arg-type]  # the names are the request's
    assert caught.value.reason == reason
