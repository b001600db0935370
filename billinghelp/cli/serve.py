"""The command `serve`: the surface over HTTP, for operators with access tokens."""

import argparse
import ipaddress
import os

from billinghelp.change_policy import policy_bounds
from billinghelp.cli.output import Output
from billinghelp.cli.session import database_settings_of
from billinghelp.config import Settings, forget_secrets
from billinghelp.desk import make_guide
from billinghelp.follower_process import FollowerProcess
from billinghelp.http_service.logs import log_to_standard_output
from billinghelp.http_service.run import Service
from billinghelp.http_service.sweeper import Sweeper
from billinghelp.http_service.webhooks import Webhooks
from billinghelp.listening import listen
from billinghelp.payment_follower import PaymentFollower, follower_of
from billinghelp.payments import PaymentOffice, open_office
from billinghelp.platform_sender import make_sender
from services.access.store import any_serving
from services.contract.clock import system_clock
from services.contract.errors import invalid
from services.contract.principals import Role
from services.payments.nodes.heartbeats import Heartbeats
from services.storage.engine import Store
from services.storage.faults import unreachable
from services.surface.surface import Surface

# Beside the workers': for the sweeper, the platform's sender, who reads what happens at Stripe, who hears it, three for
# heartbeats, and for whoever asks whether the database answers.
_SPARE_CONNECTIONS = 8

_NO_ADMINISTRATOR = (
    "Nobody can administer this server yet. Issue the first token on this machine: "
    'billinghelp tokens create --role platform_admin --name "…" --expires 90d'
)
_NEEDS_TLS = (
    "This address can be reached from other machines, and tokens travel over it in the clear: put a proxy that speaks "
    "TLS in front of it."
)


def run(options: argparse.Namespace, output: Output) -> int:
    """Serve until told to stop."""
    settings = database_settings_of(options, "serve")
    forget_secrets(os.environ)  # other processes are started from here
    if settings.acting_as:
        raise invalid("USAGE", "Leave out --as: who calls a server has the role of their token.")
    limits = settings.server
    store = Store(settings.database_url.reveal(), connections=limits.workers + _SPARE_CONNECTIONS)
    try:
        _serve(settings, store, options, output)
    finally:
        store.close()
    return 0


def _serve(settings: Settings, store: Store, options: argparse.Namespace, output: Output) -> None:
    if settings.read_only and store.missing:
        raise unreachable(store.label)  # looking on makes no store
    with store.read() as conn:  # a store that cannot be used says so here, not at the first call
        can_be_administered = any_serving(conn, Role.PLATFORM_ADMIN, system_clock())
    bounds = policy_bounds(settings)
    if bounds is not None:
        bounds()  # one that is broken is said here, not at a tenant's first request
    limits = settings.server
    office = open_office(settings, None if store.path is None else store.path.parent)
    surface = Surface(
        store,
        policy=settings.policy,
        read_only=settings.read_only,
        guide=make_guide(settings),
        bounds=bounds,
        platform_applies=settings.platform is not None,
        payments=office.door,
        calls_a_minute=limits.requests_per_minute,
        workers=limits.workers,
    )
    heartbeats = Heartbeats(
        store, settings.policy.plans, most_a_minute=limits.requests_per_minute, read_only=settings.read_only
    )
    try:
        records = not settings.read_only
        sweeper = Sweeper(store) if records else None
        sender = make_sender(settings, store, surface.bounds)
        follower = _follower(settings, store, office) if records else None
        service = Service(
            surface,
            store,
            limits,
            sweeper,
            sender,
            heartbeats=heartbeats,
            follower=follower,
            webhooks=Webhooks(store, office.door, follower.wake) if follower and office.hears_webhooks else None,
            records=records,
        )
        listener = listen(options.host, options.port)
        host = f"[{options.host}]" if ":" in options.host else options.host
        told = [f"Serving the database {store.url} on http://{host}:{listener.getsockname()[1]}"]
        if not _is_loopback(options.host):
            told.append(_NEEDS_TLS)
        if not can_be_administered:
            told.append(_NO_ADMINISTRATOR)
        log_to_standard_output(settings.secrets())
        service.run(listener, lambda: output.aside("\n".join(told)))
    finally:
        heartbeats.close()
        surface.close()
        office.close()


def _follower(settings: Settings, store: Store, office: PaymentOffice) -> FollowerProcess | PaymentFollower:
    if settings.stripe_secret_key is None:  # the sandbox that comes along runs here, and what follows it too
        return follower_of(settings, store, office)
    return FollowerProcess(settings)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
