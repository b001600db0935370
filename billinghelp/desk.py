"""The composition root: settings become a desk, the one object that screens and commands hold.

Imported after the first frame, or by commands that need a store: what it leads to (SQLAlchemy above all) costs more to
import than the whole shell.
"""

import getpass
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from billinghelp.change_policy import policy_bounds
from billinghelp.config import ActingAs, Settings
from billinghelp.desk_port import DeskPort
from billinghelp.loop_thread import LoopThread
from billinghelp.payments import PaymentOffice, open_payments
from billinghelp.platform_sender import open_sending
from services.contract.clock import system_clock
from services.contract.principals import Principal, Role
from services.contract.progress import Progress, no_progress
from services.contract.requests import AskBillingChat, ImportCustomers, Request
from services.contract.views import ChatEvent
from services.guidance.guide import Guide
from services.storage.engine import Store
from services.storage.faults import unreachable
from services.surface.surface import Surface

_FOLLOW_AFTER = 2.0  # seconds


class Desk:
    """The surface as one principal sees it. Every call raises `Refused`, and nothing else, for what can be mended."""

    def __init__(
        self,
        surface: Surface,
        principal: Principal,
        folder: Path | None = None,
        sending: LoopThread | None = None,
        office: PaymentOffice | None = None,
        following: LoopThread | None = None,
    ) -> None:
        self._surface = surface
        self._principal = principal
        self._folder = folder
        self._meanwhile = [each for each in (sending, following) if each is not None]
        self._office = office

    async def call(self, request: Request, progress: Progress = no_progress) -> Any:
        """Return the answer to a request; the method is the request's class."""
        return await self._surface.call(self._principal, request, progress)

    def stream(self, request: AskBillingChat) -> AsyncGenerator[ChatEvent, None]:
        """Return the events of a guidance answer as it is written."""
        return self._surface.stream(self._principal, request)

    async def prepare(self) -> None:
        """Load what the first question needs; where no model is asked, nothing."""
        await self._surface.prepare()

    async def hang_up(self) -> None:
        """Close the connections to the model and to the payment provider; a later call opens them again."""
        await self._surface.hang_up()

    def close(self) -> None:
        """Let calls under way finish; a throw-away store is thrown away."""
        for each in self._meanwhile:
            each.stop()
        self._surface.close()
        if self._office is not None:
            self._office.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def open_desk(settings: Settings, *, sends: bool = False) -> DeskPort:
    """Return the desk on the configured server, or else on the configured store.

    Args:
        sends: while the desk on a store is open, tell the configured platform of approved changes, and follow what
            happens at Stripe; a server does so by itself, and a platform that cannot be used keeps nobody from the
            store.

    Raises:
        Refused: `STORE_…` where the store cannot be used as it is, `SERVER_…` and `TOKEN_…` where the server cannot;
            `CONFIG_INVALID`.
    """
    if settings.server_url:
        from billinghelp.server_desk import open_server_desk  # with an HTTP client, which a store needs not

        return open_server_desk(settings, settings.server_url)
    store = Store(settings.database_url.reveal())
    payments, office = open_payments(settings, None if store.path is None else store.path.parent)
    if settings.read_only and store.missing:
        raise unreachable(store.label)  # looking on makes no store
    with store.read():
        pass  # a store that cannot be used says so here, not at the first key
    surface = Surface(
        store,
        policy=settings.policy,
        read_only=settings.read_only,
        guide=make_guide(settings),
        bounds=policy_bounds(settings),
        platform_applies=settings.platform is not None,
        payments=payments,
    )
    sending = open_sending(settings, store, surface.bounds) if sends else None
    following = _follow(settings, store, office) if office and sends and not settings.read_only else None
    return Desk(surface, local_principal(settings.acting_as), sending=sending, office=office, following=following)


def _follow(settings: Settings, store: Store, office: PaymentOffice) -> LoopThread:
    """Read what happens at Stripe from now on; as no webhook reaches an app, Stripe is asked."""

    async def follow() -> None:
        from billinghelp.payment_follower import BY_ASKING, PaymentFollower  # not in the way of the first summary

        await PaymentFollower(store, office.provider, settings.policy, BY_ASKING, waits=True).run()

    return LoopThread("payment follower", follow, after=_FOLLOW_AFTER)


def make_guide(settings: Settings) -> Guide:
    """Return who answers: the configured model, or the rules alone. A key without a model sends nothing anywhere.

    Raises:
        Refused: `CONFIG_INVALID`, when the model's address cannot be used.
    """
    if settings.model is None:
        return Guide()
    from billinghelp.model_settings import model_settings  # not before a model is configured
    from services.guidance.provider.client import ChatModel

    return Guide(ChatModel(model_settings(settings), system_clock))


def open_demo_desk(customers: int, seed: int, settings: Settings, progress: Progress = no_progress) -> Desk:
    """Return a desk on a throw-away store of believable customers, fed and asked for through the ordinary methods."""
    from billinghelp.demo_payments import DemoAccounts
    from billinghelp.demo_requests import ask_for_changes  # with the rooms of change requests

    folder = Path(tempfile.mkdtemp(prefix="billinghelp-demo-"))
    try:
        store = Store(f"sqlite:///{folder / 'demo.db'}")
        now = system_clock()
        accounts = DemoAccounts(customers, seed, now)
        furnished = partial(accounts.furnished, store, settings.policy)
        office = PaymentOffice(None, folder / "stripe-sandbox.db", settings.policy.plans, furnished)
        feed = ImportCustomers(source=f"demo data, seed {seed}", format="jsonl", content=accounts.content)
        with closing(Surface(store, policy=settings.policy)) as feeding:
            feeding.dispatch(local_principal(None), feed, progress)
        surface = Surface(
            store,
            policy=settings.policy,
            read_only=settings.read_only,
            guide=make_guide(settings),
            payments=office.door,
        )
        accounts.announce(store)
        ask_for_changes(store, settings.policy, customers, now)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    following = None if settings.read_only else _follow(settings, store, office)
    return Desk(surface, local_principal(settings.acting_as), folder, office=office, following=following)


def local_principal(acting_as: ActingAs | None) -> Principal:
    """Return the operating-system user: with the owner's rights, or confined to the role of `--as`."""
    actor = _user_name()
    if acting_as is None:
        return Principal(actor=actor, role=Role.OPERATOR, local=True)
    return Principal(actor=actor, role=acting_as.role, customer_id=acting_as.customer_id)


def _user_name() -> str:
    try:
        import pwd
    except ImportError:  # Windows has no such list of users
        return getpass.getuser()
    # Not what the environment says, which anybody sets: the audit trail names this user.
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user id without a name, as containers have
        return f"uid-{os.getuid()}"
