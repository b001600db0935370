"""Lists: every page, in both directions, and the bounds of what is listed."""

from collections.abc import Callable

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.routing import CreatedRange, ListParams, page_of, paged
from services.payments.sandbox.sandbox import Sandbox
from services.payments.sandbox.world import Object, World


def objects(count: int) -> list[Object]:
    """Return so many, newest first; two were made in each second."""
    return [{"id": f"x_{n}", "object": "thing", "created": 1_000 + n // 2} for n in reversed(range(count))]


@pytest.fixture(scope="module")
def world() -> World:
    """Return a world whose objects are of no account."""
    sandbox = Sandbox()
    with sandbox.world() as world:
        world.path = "/v1/things"
    sandbox.close()
    return world


@given(st.integers(0, 25), st.integers(1, 10))
def test_pages_show_everything_once_in_both_directions(world: World, count: int, limit: int) -> None:
    every = objects(count)
    forwards = walk(world, every, lambda page: ListParams(limit=limit, starting_after=page[-1]["id"] if page else None))
    assert [each for page in forwards for each in page] == every
    if every:
        start = every[-1:]
        backwards = walk(world, every, lambda page: ListParams(limit=limit, ending_before=(page or start)[0]["id"]))
        assert [each for page in reversed(backwards) for each in page] == every[:-1]


@given(st.lists(st.integers(0, 5), max_size=25), st.integers(1, 10))
def test_a_kind_is_paged_by_when_its_objects_were_made_without_reading_more(made: list[int], limit: int) -> None:
    sandbox = Sandbox()
    with sandbox.world() as world:
        for number, created in enumerate(made):
            world.put({"id": f"x_{number}", "object": "thing", "created": created, "odd": bool(number % 2)})
        odd = [each for each in world.all("thing") if each["odd"]]
        assert odd == sorted(odd, key=lambda each: (each["created"], int(each["id"][2:])), reverse=True)

        def ask(params: ListParams) -> Object:
            return page_of(world, params, "thing", wanted=lambda each: bool(each["odd"]))

        def beyond(page: list[Object]) -> ListParams:
            return ListParams(limit=limit, starting_after=page[-1]["id"] if page else None)

        def before(page: list[Object]) -> ListParams:
            return ListParams(limit=limit, ending_before=(page or odd[-1:])[0]["id"])

        assert [each for page in walked(ask, beyond) for each in page] == odd
        if odd:
            assert [each for page in reversed(walked(ask, before)) for each in page] == odd[:-1]
    sandbox.close()


def walk(world: World, every: list[Object], ask: Callable[[list[Object]], ListParams]) -> list[list[Object]]:
    """Return all pages, of which each asks for what lies beyond it."""
    return walked(lambda params: paged(world, params, every), ask)


def walked(answer: Callable[[ListParams], Object], ask: Callable[[list[Object]], ListParams]) -> list[list[Object]]:
    """Return all pages, of which each asks for what lies beyond it."""
    pages: list[list[Object]] = []
    has_more = True
    while has_more:
        page = answer(ask(pages[-1] if pages else []))
        pages.append(page["data"])
        has_more = page["has_more"]
    return pages


def test_the_envelope_says_what_it_is_a_list_of(world: World) -> None:
    page = paged(world, ListParams(limit=1), objects(2))
    assert page == {"object": "list", "url": "/v1/things", "has_more": True, "data": objects(2)[:1]}


@pytest.mark.parametrize(
    ("created", "found"),
    [
        (1_001, ["x_3", "x_2"]),
        (CreatedRange(gt=1_001), ["x_5", "x_4"]),
        (CreatedRange(gte=1_001, lt=1_002), ["x_3", "x_2"]),
        (CreatedRange(lte=1_000), ["x_1", "x_0"]),
    ],
)
def test_a_list_is_bounded_by_when_things_were_made(
    world: World, created: int | CreatedRange, found: list[str]
) -> None:
    assert [each["id"] for each in paged(world, ListParams(created=created), objects(6))["data"]] == found


def test_a_cursor_that_is_none_of_them_is_refused(world: World) -> None:
    with pytest.raises(ApiError, match="No such thing: 'x_9'"):
        paged(world, ListParams(starting_after="x_9"), objects(2))


def test_a_cursor_that_there_is_not_is_refused() -> None:
    sandbox = Sandbox()
    with sandbox.world() as world, pytest.raises(ApiError, match="No such thing: 'x_9'") as caught:
        page_of(world, ListParams(ending_before="x_9"), "thing")
    sandbox.close()
    assert caught.value.param == "ending_before"


async def test_the_librarys_own_paging_walks_through_all(client: stripe.StripeClient) -> None:
    for number in range(5):
        await client.v1.products.create_async({"name": f"Plan {number}"})
    page = await client.v1.products.list_async({"limit": 2})
    assert [each.name async for each in page.auto_paging_iter()] == [f"Plan {n}" for n in reversed(range(5))]
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal to 100"):
        await client.v1.products.list_async({"limit": 101})
