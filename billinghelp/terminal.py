"""The terminal the app runs in: required at the start, and missed when it is gone."""

import os
import sys
from collections.abc import Mapping

from services.contract.errors import Code, Refused


def require_terminal(environ: Mapping[str, str] = os.environ) -> None:
    """Refuse to start the app where there is no terminal that can show it.

    Raises:
        Refused: `NO_TERMINAL` or `DUMB_TERMINAL`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(
            Code.FAILED_PRECONDITION,
            "NO_TERMINAL",
            "The app needs a terminal: run it in one, or use `billinghelp show CUSTOMER` for plain text.",
        )
    if environ.get("TERM", "dumb") == "dumb":
        raise Refused(
            Code.FAILED_PRECONDITION,
            "DUMB_TERMINAL",
            "This terminal cannot show the app (TERM=dumb): use `billinghelp show CUSTOMER` for plain text.",
        )


def terminal_is_there(file_descriptor: int) -> bool:
    """Return whether the terminal still answers. After its window has gone without a hang-up signal it does not."""
    import termios

    try:
        termios.tcgetattr(file_descriptor)
    except termios.error:
        return False
    return True
