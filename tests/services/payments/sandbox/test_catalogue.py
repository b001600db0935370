"""What is sold: there once, however often it is asked for."""

import msgspec

from services.payments.sandbox.catalogue import PlanPrice
from services.payments.sandbox.sandbox import Sandbox

MONTHLY = PlanPrice(product_name="Growth", lookup_key="growth_m", amount=4_900, currency="usd", interval="month")
YEARLY = PlanPrice(product_name="Growth", lookup_key="growth_y", amount=49_000, currency="usd", interval="year")


def test_prices_are_made_once_and_share_their_product(sandbox: Sandbox) -> None:
    made = sandbox.ensure_catalogue([MONTHLY, YEARLY])
    assert sandbox.ensure_catalogue([MONTHLY, YEARLY]) == made
    with sandbox.world() as world:
        (product,) = world.all("product")
        yearly, monthly = world.all("price")
    assert (product["name"], made) == ("Growth", {"growth_m": monthly["id"], "growth_y": yearly["id"]})
    assert (monthly["unit_amount"], monthly["currency"], monthly["product"]) == (4_900, "usd", product["id"])
    assert yearly["recurring"]["interval"] == "year"


def test_a_price_that_changes_is_another_under_the_same_key(sandbox: Sandbox) -> None:
    before = sandbox.ensure_catalogue([MONTHLY])["growth_m"]
    after = sandbox.ensure_catalogue([msgspec.structs.replace(MONTHLY, amount=5_900)])["growth_m"]
    with sandbox.world() as world:
        assert [each["id"] for each in world.all("price", lookup_key="growth_m")] == [after]
        assert world.get("price", before)["unit_amount"] == 4_900
