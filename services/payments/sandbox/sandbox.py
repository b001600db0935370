"""A Stripe of our own, put together. Importing this loads its pages' templates and the HTTP library."""

import random
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from services.contract.clock import Clock, system_clock
from services.payments.sandbox import catalogue, timekeeping
from services.payments.sandbox.api import Api
from services.payments.sandbox.application import Application
from services.payments.sandbox.background import Background
from services.payments.sandbox.control import Control
from services.payments.sandbox.deliveries import Deliveries, Post
from services.payments.sandbox.faults import Fault, Faults
from services.payments.sandbox.hosted import HostedPages
from services.payments.sandbox.resources.registry import pages
from services.payments.sandbox.settings import Switches
from services.payments.sandbox.state import Object, State
from services.payments.sandbox.world import World, new_id
from services.payments.sandbox.worlds import Worlds

DEFAULT_BASE = "http://127.0.0.1:12111"
"""Where the sandbox stands unless it is served elsewhere; in process, any address of this machine would do."""

TEST_KEY = "sk_test_sandbox"
"""A key that opens it; any other that begins with sk_test_ does too."""


class Sandbox:
    """A stateful Stripe in the shapes of one API version.

    Args:
        state_path: a file, which several processes may share; null: in memory.
        clock: the real clock; the sandbox's own can be set ahead of it.
        randomness: what ids are made of; null: the system's.
        base: where it is served, without a slash at its end: what its hosted pages' addresses begin with.

    Attributes:
        application: the ASGI application: for a server, or for a client in process.
    """

    def __init__(
        self,
        state_path: str | Path | None = None,
        *,
        clock: Clock = system_clock,
        randomness: random.Random | None = None,
        base: str = DEFAULT_BASE,
    ) -> None:
        randomness = randomness or random.SystemRandom()
        self.base = base
        self._state = State(state_path, base)
        self._worlds = Worlds(self._state, clock, randomness, base)
        self._deliveries = Deliveries(self._worlds)
        self._faults = Faults(self._worlds)
        self.application = Application(
            Api(self._worlds, self._faults),
            HostedPages(self._worlds, pages()),
            Control(self._worlds, self._deliveries, self._faults),
            Background(self._deliveries, self.tick),
            timekeeping.CatchingUp(self._worlds),
            lambda: new_id("req", randomness),
        )

    def world(self) -> AbstractContextManager[World]:
        """Return a world, to look and to set things up in process; it is recorded when the block ends."""
        return self._worlds.open()

    def ensure_catalogue(self, plans: Iterable[catalogue.PlanPrice]) -> dict[str, str]:
        """Have these prices, and return their ids by lookup key (see `catalogue.ensure`)."""
        with self.world() as world:
            return catalogue.ensure(world, plans)

    def advance(self, seconds: int) -> int:
        """Set the clock ahead, do what falls due on the way, and return what it shows (unix seconds)."""
        return timekeeping.advance(self._worlds, seconds=seconds)

    def tick(self) -> int:
        """Do what has fallen due; a served sandbox does so by itself."""
        return timekeeping.tick(self._worlds)

    def add_webhook(self, url: str, secret: str | None = None, enabled_events: Sequence[str] = ("*",)) -> Object:
        """Let events be delivered to an address of this machine; return the endpoint with its secret."""
        return self._deliveries.add_endpoint(url, secret, enabled_events)

    def switch(self, switches: Switches) -> None:
        """Set how webhooks travel."""
        self._deliveries.switch(switches)

    def fail(self, *faults: Fault) -> None:
        """Let the next calls fail so, in the place of what was set; without any, everything works."""
        self._faults.replace(list(faults))

    async def deliver_due(self, post: Post, *, everything: bool = False) -> int:
        """Deliver the webhooks that are due, or everything that waits; return how many were posted."""
        return await self._deliveries.deliver_due(post, everything=everything)

    def close(self) -> None:
        """Close the state."""
        self._state.close()
