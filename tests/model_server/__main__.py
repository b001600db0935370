"""Serve all scenarios until interrupted: `python -m tests.model_server --port 8080 --tokens-per-second 40`."""

import argparse
import sys
from collections.abc import Sequence

from tests.model_server import ModelServer, Pace
from tests.model_server.scenarios import SCENARIOS


def main(arguments: Sequence[str]) -> None:
    """Serve, and say how to point the app here."""
    parser = argparse.ArgumentParser(prog="python -m tests.model_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the loopback port; 0, the default: any that is free")
    parser.add_argument("--tokens-per-second", type=float, default=40.0, help="how fast text comes (default: 40)")
    options = parser.parse_args(arguments)
    # Four characters are about a token of English.
    pace = Pace(characters=4, pause=1 / options.tokens_per_second)
    with ModelServer(options.port, pace) as server:
        sys.stdout.write(
            f"Serving on {server.address}. Point the app here with\n\n"
            f"    BILLINGHELP_MODEL=normal OPENAI_BASE_URL={server.base_url} OPENAI_API_KEY=any billinghelp\n\n"
            f"or with one of these as BILLINGHELP_MODEL: {', '.join(SCENARIOS)}, scripted, then-clean, and any HTTP "
            "status from 400 on. ^C stops.\n"
        )
        sys.stdout.flush()
        try:
            server.wait()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
