"""A shop and a person who visits its hosted pages."""

import httpx2
import pytest
import stripe

from services.payments.sandbox.sandbox import Sandbox
from tests.services.payments.sandbox.pages.visitor import Visitor
from tests.services.payments.sandbox.shop import Shop, stocked


@pytest.fixture
def shop(sandbox: Sandbox, client: stripe.StripeClient) -> Shop:
    """A shop on 2026-11-20 12:00 UTC."""
    return stocked(sandbox, client)


@pytest.fixture
def visitor(browser: httpx2.AsyncClient) -> Visitor:
    """A person who visits its pages."""
    return Visitor(browser)
