"""The command `changes send`."""

import argparse
import asyncio

from billinghelp.change_policy import policy_bounds
from billinghelp.cli.output import Output
from billinghelp.cli.session import database_settings_of
from billinghelp.platform_sender import make_sender
from services.change_requests.policy.file import shipped_policy
from services.contract.errors import Code, Refused, precondition
from services.contract.principals import Role
from services.storage.engine import Store

_MAY_SEND = frozenset({Role.PLATFORM_ADMIN, Role.SERVICE})


def send(options: argparse.Namespace, output: Output) -> int:
    """Tell the platform once of all that is due, where neither a server nor an app does."""
    settings = database_settings_of(options, "changes send")
    acting_as = settings.acting_as
    if acting_as is not None and acting_as.role not in _MAY_SEND:
        raise Refused(
            Code.PERMISSION_DENIED,
            "PERMISSION_DENIED",
            f"The role {acting_as.role} may not send changes: leave --as out.",
        )
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
