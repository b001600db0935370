"""The command `stripe-sandbox`: a Stripe of our own on a loopback port, for any Stripe client."""

import argparse
import ipaddress
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

from billinghelp.cli.output import Output
from billinghelp.cli.session import settings_of
from billinghelp.listening import listen
from billinghelp.payments import sandbox_prices
from services.contract.errors import Code, Refused, invalid
from services.payments.sandbox.control import PATH as CONTROL_PATH
from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.payments.sandbox.server import served
from services.payments.sandbox.world import API_VERSION

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK_EVERY = 1.0  # seconds: on some systems a wait without an end hears no Ctrl-C


def run(options: argparse.Namespace, output: Output) -> int:
    """Serve a sandbox until told to stop."""
    _check(options)
    with listen(options.host, options.port) as listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        base = f"http://{host}:{listener.getsockname()[1]}"
        with closing(_sandbox(options.state, base)) as sandbox:
            sandbox.ensure_catalogue(sandbox_prices(settings_of(options).policy.plans))
            secret = _secret(sandbox, options)
            with _told_to_stop() as told, served(sandbox, listener):
                _introduce(output, base, options.webhook, secret)
                while not told.wait(_LOOK_EVERY):
                    pass
    return 0


def _check(options: argparse.Namespace) -> None:
    if not _is_loopback(options.host):
        message = (
            "The sandbox serves this machine alone, as any test key opens it: leave out --host, or give 127.0.0.1."
        )
        raise invalid("USAGE", message)
    if options.secret is not None and options.webhook is None:
        raise invalid("USAGE", "--secret signs webhooks: say with --webhook where they go.")
    if options.secret is not None and not options.secret.startswith("whsec_"):
        raise invalid("USAGE", "--secret must begin with whsec_, as Stripe's do: STRIPE_WEBHOOK_SECRET takes no other.")


def _sandbox(state: str | None, base: str) -> Sandbox:
    try:
        return Sandbox(None if state is None else Path(state), base=base)
    except sqlite3.Error as error:
        message = f"{state} cannot be used as a sandbox's state ({error}): name another file with --state."
        raise Refused(Code.UNAVAILABLE, "STATE_UNUSABLE", message) from error


def _secret(sandbox: Sandbox, options: argparse.Namespace) -> str | None:
    if options.webhook is None:
        return None
    try:
        secret: str = sandbox.add_webhook(options.webhook, options.secret)["secret"]
    except ApiError as error:
        raise invalid("USAGE", error.message) from error
    return secret


def _introduce(output: Output, base: str, webhook: str | None, secret: str | None) -> None:
    if output.as_json:
        facts = {"url": base, "api_version": API_VERSION, "test_key": TEST_KEY}
        output.json(facts | {"control_url": f"{base}{CONTROL_PATH}", "webhook_url": webhook, "webhook_secret": secret})
        return
    told = [
        f"Serving the Stripe sandbox on {base}",
        f"API version: {API_VERSION}",
        f"Test key: {TEST_KEY}",
        f"Clock, webhooks and faults: {base}{CONTROL_PATH}",
    ]
    if webhook is not None:
        told.append(f"Webhooks: {webhook}, signed with {secret}")
    output.aside("\n".join(told))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Yield what is set by the first signal to stop; a second one ends the process at once."""
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        told.set()
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    before = {each: signal.signal(each, stop) for each in _SIGNALS}
    try:
        yield told
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
