"""The command line: from arguments to one command, and from a refusal to an exit code."""

import errno
import os
import sys
from collections.abc import Sequence

from billinghelp.cli.output import Output
from billinghelp.cli.parser import build_parser
from services.contract.errors import Code, Refused

DONE, REFUSED, WRONG_USAGE, UNAVAILABLE = 0, 1, 2, 3
"""The exit codes of PRODUCT.md §5."""

_USAGE_REASONS = frozenset(
    {
        *("USAGE", "CONFIG_INVALID", "INVALID_ROLE", "ROLE_WITH_SERVER"),
        *("SERVER_NOT_SECURE", "SERVER_URL_INVALID", "STORE_URL_INVALID"),
        *("INVALID_LIFETIME", "INVALID_NAME", "INVALID_TENANT"),
    }
)
_INTERRUPTED = 130  # what a shell reports for a command that ctrl+c ended
_NO_READER = 141  # what a shell reports for a command whose reader went away


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    output = Output(sys.stdout, sys.stderr, as_json="--json" in arguments)
    try:
        options = build_parser().parse_args(arguments)
        output.as_json = options.json
        code: int = options.run(options, output)
        sys.stdout.flush()
    except Refused as refused:
        output.error(refused)
        return _exit_code(refused)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # the reader, a pager for example, has had enough; Python would complain once more at its own exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NO_READER
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        output.error(Refused(Code.UNAVAILABLE, "OUTPUT_FAILED", f"The output cannot be written: {error.strerror}."))
        return UNAVAILABLE
    return code


def _exit_code(refused: Refused) -> int:
    if refused.code is Code.UNAVAILABLE:
        return UNAVAILABLE
    return WRONG_USAGE if refused.reason in _USAGE_REASONS else REFUSED
