"""Whether a person at a terminal wants what they were shown; where there is nobody to ask, --yes says so."""

import argparse
import sys
from collections.abc import Iterable

from billinghelp.cli.columns import folded
from billinghelp.cli.output import Output
from services.contract.errors import Code, Refused, invalid


def require_somebody_to_ask(options: argparse.Namespace, output: Output) -> None:
    """Refuse to go on where nobody could say yes.

    Raises:
        Refused: `USAGE`.
    """
    if not options.yes and not (sys.stdin.isatty() and output.interactive):
        raise invalid(
            "USAGE",
            "There is no terminal to ask on: cite what you have previewed with --digest, or add --yes to go on whatever"
            " the preview says.",
        )


def confirm(options: argparse.Namespace, output: Output, lines: Iterable[str], question: str) -> None:
    """Show what would be done and ask whether it is to be, unless --yes has said so. JSON stays the receipt alone.

    Raises:
        Refused: `NOT_CONFIRMED`.
    """
    shown = (*folded(lines, output.width), "")
    if not output.as_json:
        output.text(*shown)
    elif not options.yes:
        for line in shown:
            output.aside(line)
    if not (options.yes or output.ask(question)):
        raise Refused(Code.FAILED_PRECONDITION, "NOT_CONFIRMED", "Nothing was recorded.")
