"""The command `policy check`: what a policy would decide, before it holds."""

import argparse
from pathlib import Path

from billinghelp.cli.output import Output
from services.change_requests.explaining import explain
from services.change_requests.policy_file import read_policy, shipped_policy


def check(options: argparse.Namespace, output: Output) -> int:
    """Print what the policy of a file, or the one that is shipped, would decide, with examples."""
    policy = shipped_policy() if options.file is None else read_policy(Path(options.file))
    if output.as_json:
        output.json({"version": policy.version, "tiers": list(policy.tiers), "explanation": explain(policy)})
    else:
        output.text(*explain(policy))
    return 0
