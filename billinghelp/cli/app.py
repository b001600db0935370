"""The app itself, and the demo: a terminal first, then the shell; the store opens behind its first frame.

Nothing here may import the surface before the app runs: the first frame would wait for it.
"""

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from billinghelp.cli.output import Output
from billinghelp.cli.session import settings_of
from billinghelp.terminal import require_terminal
from services.contract.errors import Refused

if TYPE_CHECKING:
    from billinghelp.config import Settings
    from billinghelp.desk_port import DeskPort


def run_app(options: argparse.Namespace, _output: Output) -> int:
    """Open the app on the configured store."""
    settings = settings_of(options)
    require_terminal()

    def open_configured() -> "DeskPort":
        from billinghelp.desk import open_desk

        return open_desk(settings, sends=True)

    return _run(settings, open_configured, options.customer, demo=False)


def run_demo(options: argparse.Namespace, output: Output) -> int:
    """Open the app on a throw-away store; without a terminal, print what one blocked customer's desk would show."""
    settings = settings_of(options)

    def open_demo() -> "DeskPort":
        from billinghelp.desk import open_demo_desk

        return open_demo_desk(options.customers, options.seed, settings)

    try:
        require_terminal()
    except Refused as refused:
        from billinghelp.cli.demo import print_demo

        return print_demo(open_demo(), refused, options.customer, output)
    return _run(settings, open_demo, options.customer, demo=True)


def _run(settings: "Settings", open_desk: Callable[[], "DeskPort"], customer_id: str | None, *, demo: bool) -> int:
    from billinghelp.app import BillingHelpApp
    from billinghelp.config import forget_secrets

    forget_secrets(os.environ)  # a browser is started from here
    app = BillingHelpApp(
        open_desk,
        customer_id=customer_id,
        keys=settings.keys,
        theme=settings.theme,
        demo=demo,
        secrets=settings.secrets(),
    )
    app.run()
    return app.return_code or 0
