"""The command `policy check`: what a policy decides; of one in a file, before it holds."""

import argparse
from pathlib import Path

from billinghelp.cli.columns import folded
from billinghelp.cli.output import Output
from billinghelp.cli.session import settings_of
from services.change_requests.explaining import explain
from services.change_requests.policy.file import read_policy, shipped_policy
from services.contract.errors import invalid


def check(options: argparse.Namespace, output: Output) -> int:
    """Print what the policy of a file, or the one in force, decides, with examples."""
    path = _in_force(options) if options.file is None else Path(options.file)
    policy = shipped_policy() if path is None else read_policy(path)
    if output.as_json:
        told = {"version": policy.version, "tiers": list(policy.tiers), "explanation": explain(policy)}
        output.json({"file": None if path is None else str(path), **told})
        return 0
    if options.file is None:
        output.text(f"In force: {path or 'the policy that is shipped'}")
    output.text(*folded(explain(policy), output.width))
    return 0


def _in_force(options: argparse.Namespace) -> Path | None:
    """Return the file of the policy in force, null where that is the one that is shipped."""
    settings = settings_of(options)
    if settings.server_url:
        raise invalid(
            "USAGE",
            "A server is configured, and the policy in force stands where that runs: run policy check there, or name a"
            " FILE to check.",
        )
    return settings.policy_file
