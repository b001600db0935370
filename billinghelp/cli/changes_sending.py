"""The command `changes send`."""

import argparse
import asyncio

from billinghelp.change_policy import policy_bounds
from billinghelp.cli.output import Output
from billinghelp.cli.session import database_settings_of
from billinghelp.platform_sender import make_sender
from services.change_requests.policy.file import shipped_policy
from services.contract.errors import precondition
from services.storage.engine import Store


def send(options: argparse.Namespace, output: Output) -> int:
    """Tell the platform once of all that is due, where neither a server nor an app does."""
    settings = database_settings_of(options, "changes send")
    store = Store(settings.database_url.reveal(), read_only=settings.read_only)
    try:
        sender = make_sender(settings, store, policy_bounds(settings) or shipped_policy)
        if sender is None:
            raise precondition(
                "NO_PLATFORM", "No platform is told of changes here: set [platform] url in config.toml, and write."
            )
        told = asyncio.run(sender.send_all_due())
    finally:
        store.close()
    if output.as_json:
        output.json({"told": told})
    else:
        output.text(f"The platform was told of {told} change{'' if told == 1 else 's'}.")
    return 0
