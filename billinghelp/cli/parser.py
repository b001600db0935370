"""The commands and their options. A command's module is imported when that command runs, and no other."""

import argparse
import importlib
from collections.abc import Callable
from typing import Any, NoReturn

from billinghelp import __version__
from billinghelp.cli.output import Output
from services.contract.errors import invalid

Run = Callable[[argparse.Namespace, Output], int]


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are refusals, so that `--json` covers wrong usage too."""

    def error(self, message: str) -> NoReturn:
        raise invalid("USAGE", f"{message[:1].upper()}{message[1:]}: see {self.prog} --help.")


def _lazily(module: str, function: str) -> Run:
    def run(options: argparse.Namespace, output: Output) -> int:
        command: Run = getattr(importlib.import_module(f"billinghelp.cli.{module}"), function)
        return command(options, output)

    return run


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    everywhere = _options_for_all()
    parser = _Parser(
        prog="billinghelp",
        description="The support operator's desk for blocked customers. Without a command, it opens the app.",
        epilog="Example: billinghelp --customer acme-eu",
        parents=[_options_for_all(top=True)],
    )
    parser.set_defaults(run=_lazily("app", "run_app"))
    parser.add_argument("--customer", metavar="ID", help="open the app with this customer selected")
    parser.add_argument("--version", action="version", version=f"billinghelp {__version__}")
    _theme(parser)
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(name: str, help_text: str, example: str, run: Run) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=help_text, description=help_text, epilog=f"Example: {example}", parents=[everywhere]
        )
        added.set_defaults(run=run)
        return added

    demo = command(
        "demo", "open the app on a throw-away store", "billinghelp demo --seed 7", _lazily("app", "run_demo")
    )
    demo.add_argument("--customers", type=_count, default=300, metavar="N", help="how many customers (default 300)")
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="which customers (default 1)")
    demo.add_argument("--customer", metavar="ID", help="open with this customer selected")
    _theme(demo)

    feed = command(
        "import", "import customers from JSONL or CSV", "billinghelp import customers.jsonl", _lazily("feed", "run")
    )
    feed.add_argument("file", metavar="FILE", help="the file, - for standard input")
    feed.add_argument("--format", choices=("jsonl", "csv"), help="where the file's name does not tell")
    feed.add_argument("--dry-run", action="store_true", help="check everything and write nothing")

    listing = command(
        "customers", "list customers", "billinghelp customers --blocked --query bay", _lazily("reading", "customers")
    )
    listing.add_argument("--query", metavar="T", help="part of a name, id or reference")
    listing.add_argument("--blocked", action="store_true", help="blocked customers only")
    listing.add_argument("--blocker", metavar="CODE", help="customers with this blocker, such as overdue_invoice")
    listing.add_argument("--order", choices=("name", "blocked_longest"), default="name")
    listing.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (default 50)")

    show = command(
        "show", "show a customer's summary and blockers", "billinghelp show acme-eu", _lazily("reading", "show")
    )
    show.add_argument("customer", metavar="CUSTOMER", help="the customer id")

    ask = command("ask", "ask for guidance", 'billinghelp ask acme-eu "What blocks them?"', _lazily("reading", "ask"))
    ask.add_argument("customer", metavar="CUSTOMER", help="the customer id")
    ask.add_argument("question", metavar="QUESTION", nargs="?", help="your question, or a starter instead")
    ask.add_argument("--starter", choices=("unblock_billing", "invoice_exception", "summarize_report"))
    ask.add_argument("--payload", action="store_true", help="ask nothing: print exactly what would be sent, and where")

    export = command(
        "export", "write the billing report", "billinghelp export acme-eu --format pdf", _lazily("reading", "export")
    )
    export.add_argument("customer", metavar="CUSTOMER", help="the customer id")
    export.add_argument("--format", choices=("md", "json", "csv", "pdf"), required=True)
    export.add_argument("-o", "--output", metavar="FILE", help="where to (- for standard output; default: here)")

    rpc = command(
        "rpc",
        "call any method",
        """billinghelp rpc GetCustomerBillingView '{"customer_id": "acme-eu"}'""",
        _lazily("rpc", "run"),
    )
    rpc.add_argument("method", metavar="METHOD", nargs="?")
    rpc.add_argument("body", metavar="JSON", nargs="?", default="{}", help="the request, - for standard input")
    rpc.add_argument("--list", action="store_true", help="list the methods")

    _add_audit(command("audit", "the audit trail", "billinghelp audit verify", _lazily("trail", "verify")), everywhere)

    _add_tokens(command("tokens", "access tokens", "billinghelp tokens list", _lazily("tokens", "show")), everywhere)

    _add_changes(
        command(
            "changes", "change requests", "billinghelp changes list --status waiting", _lazily("changes", "listed")
        ),
        everywhere,
    )

    policy = command("policy", "the bounds of change requests", "billinghelp policy check", _lazily("policy", "check"))
    steps = policy.add_subparsers(metavar="STEP", required=True)
    text, example = "say what a policy decides, with examples", "Example: billinghelp policy check policy.toml"
    step = steps.add_parser("check", help=text, description=text, epilog=example, parents=[everywhere])
    step.set_defaults(run=_lazily("policy", "check"))
    step.add_argument("file", metavar="FILE", nargs="?", help="the file; without one, the policy in force")

    serve = command("serve", "serve the database over HTTP", "billinghelp serve --port 8700", _lazily("serve", "run"))
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=8700, help="the port, 0 for any that is free (default 8700)")

    _add_stripe_sandbox(
        command(
            "stripe-sandbox",
            "serve a Stripe of our own on this machine, where no money moves",
            "billinghelp stripe-sandbox --webhook http://127.0.0.1:8700/webhooks/stripe",
            _lazily("stripe_sandbox", "run"),
        )
    )

    upkeep = command("db", "the database's schema", "billinghelp db check", _lazily("upkeep", "check"))
    steps = upkeep.add_subparsers(metavar="STEP", required=True)
    for name, text in (
        ("upgrade", "bring the database to this version's schema"),
        ("check", "say which schema it has"),
    ):
        example = f"Example: billinghelp db {name}"
        step = steps.add_parser(name, help=text, description=text, epilog=example, parents=[everywhere])
        step.set_defaults(run=_lazily("upkeep", name))

    command("doctor", "check what is configured and what answers", "billinghelp doctor", _lazily("doctor", "run"))
    return parser


def _add_stripe_sandbox(sandbox: argparse.ArgumentParser) -> None:
    sandbox.add_argument("--host", default="127.0.0.1", help="an address of this machine (default 127.0.0.1)")
    sandbox.add_argument("--port", type=_port, default=12111, help="the port, 0 for any that is free (default 12111)")
    sandbox.add_argument("--state", metavar="FILE", help="where everything is kept (default: in memory, and forgotten)")
    sandbox.add_argument("--webhook", metavar="URL", help="where events go, an address of this machine")
    sandbox.add_argument("--secret", metavar="S", help="what they are signed with (default: a new one, which is shown)")


def _add_audit(audit: argparse.ArgumentParser, everywhere: argparse.ArgumentParser) -> None:
    steps = audit.add_subparsers(metavar="STEP", required=True)

    def step(name: str, text: str, example: str) -> argparse.ArgumentParser:
        added = steps.add_parser(name, help=text, description=text, epilog=f"Example: {example}", parents=[everywhere])
        added.set_defaults(run=_lazily("trail", name))
        added.add_argument("--stream", metavar="ID", help="one customer's stream, or system")
        return added

    verify = step("verify", "verify every chain and the ledger", "billinghelp audit verify --against trail.jsonl")
    verify.add_argument("--against", metavar="FILE", help="an earlier export that today's chains must extend")
    show = step("show", "show the newest events", "billinghelp audit show --stream acme-eu")
    show.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (default 50)")
    export = step("export", "write the whole trail with every stream's end", "billinghelp audit export -o trail.jsonl")
    export.add_argument("-o", "--output", metavar="FILE", default="-", help="where to (default: standard output)")
    export.add_argument("--force", action="store_true", help="write over a file that stands there")


def _add_tokens(tokens: argparse.ArgumentParser, everywhere: argparse.ArgumentParser) -> None:
    steps = tokens.add_subparsers(metavar="STEP", required=True)

    def step(name: str, text: str, example: str, run: Run) -> argparse.ArgumentParser:
        added = steps.add_parser(name, help=text, description=text, epilog=f"Example: {example}", parents=[everywhere])
        added.set_defaults(run=run)
        return added

    create = step(
        "create",
        "issue an access token, which is shown once",
        "billinghelp tokens create --role operator --name olga --expires 90d > token",
        _lazily("tokens", "create"),
    )
    roles = ("customer_member", "customer_admin", "operator", "platform_admin", "service")
    create.add_argument("--role", choices=roles, required=True, help="what the token may do")
    create.add_argument("--name", required=True, metavar="N", help="who uses it, as the audit trail will call them")
    create.add_argument("--expires", default="90d", metavar="D", help="for how long: 90d (default), 12h, 30m")
    create.add_argument("--customer", metavar="ID", help="the tenant of a customer role, or whose node it is")
    create.add_argument(
        "--node", metavar="NODE", help="the node that it registers, with --role service: heartbeats alone"
    )
    listing = step("list", "list the access tokens", "billinghelp tokens list --all", _lazily("tokens", "show"))
    listing.add_argument("--all", action="store_true", help="those too that have expired or were revoked")
    revoke = step(
        "revoke", "take an access token back, at once", "billinghelp tokens revoke bht_…", _lazily("tokens", "revoke")
    )
    revoke.add_argument("token_id", metavar="TOKEN_ID", help="as the list names it")


def _add_changes(changes: argparse.ArgumentParser, everywhere: argparse.ArgumentParser) -> None:
    steps = changes.add_subparsers(metavar="STEP", required=True)

    def step(name: str, text: str, example: str, run: Run) -> argparse.ArgumentParser:
        example = f"Example: billinghelp changes {name} {example}".rstrip()
        added = steps.add_parser(name, help=text, description=text, epilog=example, parents=[everywhere])
        added.set_defaults(run=run)
        return added

    def change(name: str, text: str, example: str, run: Run) -> argparse.ArgumentParser:
        added = step(name, text, example, run)
        added.add_argument("customer", metavar="CUSTOMER", nargs="?", help="the customer id")
        added.add_argument("kind", metavar="KIND", nargs="?", help="what is to change; changes show CUSTOMER names all")
        added.add_argument("values", metavar="FIELD=VALUE", nargs="*", help="what it is to be, before all options")
        added.add_argument("--reason", metavar="R", help="which application it is, what it needs, and by when")
        added.add_argument("--in", dest="body", metavar="FILE", help="the whole request as JSON, - for standard input")
        return added

    def decision(name: str, text: str, reason: str) -> argparse.ArgumentParser:
        example = f'acme-eu cr_… --reason "{reason}"'
        added = step(name, text, example, _lazily("changes_acting", name))
        added.add_argument("customer", metavar="CUSTOMER", help="the customer id")
        added.add_argument("change_request", metavar="ID", help="as the list names it")
        added.add_argument("--reason", required=True, metavar="R", help="why, for the tenant and the audit trail")
        return added

    order = "list change requests, the newest first; of those that wait alone, the longest waiting first"
    listing = step("list", order, "--status waiting", _lazily("changes", "listed"))
    listing.add_argument("--customer", metavar="ID", help="one customer's")
    listing.add_argument("--kind", metavar="K", help="one kind's, such as storage_quota")
    listing.add_argument("--status", metavar="S", help="those that stand so, such as waiting, as the list says it")
    listing.add_argument("--bound", metavar="B", help="what the policy said: self_service, auto_approve, review, never")
    orders = listing.add_mutually_exclusive_group()
    for order in ("newest", "oldest"):
        orders.add_argument(f"--{order}", dest="order", action="store_const", const=order, help=f"the {order} first")
    listing.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (default 50)")
    show = step("show", "show a tenant's bounds and requests, or one request", "acme-eu", _lazily("changes", "show"))
    show.add_argument("customer", metavar="CUSTOMER", help="the customer id")
    show.add_argument("change_request", metavar="ID", nargs="?", help="one request in full")
    wanted = 'acme-eu storage_quota storage=200Gi --reason "Immich import needs 200 Gi by Friday"'
    preview = change("preview", "say what a change would come to", wanted, _lazily("changes", "preview"))
    preview.add_argument("--request", dest="change_request", metavar="ID", help="what approving this one would do")
    create = change("create", "ask for a change", wanted, _lazily("changes_acting", "create"))
    approve = decision("approve", "approve a request of somebody else", "fits the contract")
    approve.add_argument("--etag", metavar="E", help="the previewed record's, of a support credit; nothing is asked")
    for citing in (create, approve):
        citing.add_argument("--digest", metavar="D", help="the preview's: what has changed since is refused, not asked")
        citing.add_argument("--yes", action="store_true", help="do not ask whether the preview is what is wanted")
    once = "tell the configured platform once of the approved changes that are due"
    step("send", once, "", _lazily("changes_sending", "send"))
    for acting in (
        create,
        approve,
        decision("reject", "reject a request of somebody else", "above what the contract covers"),
        decision("cancel", "take a request back", "no longer needed"),
    ):
        acting.add_argument("--request-id", metavar="ID", help="of an earlier try whose answer was lost")


def _options_for_all(*, top: bool = False) -> _Parser:
    """Return the options that stand before and after the command; after it, they default to what stood before."""
    options = _Parser(add_help=False)

    def add(flag: str, **how: Any) -> None:
        options.add_argument(flag, **(how if top else {**how, "default": argparse.SUPPRESS}))

    add("--json", action="store_true", help="print JSON: one document, or one event a line where an answer is streamed")
    add("--database-url", metavar="URL", help="sqlite:///file or postgresql://…")
    add("--server-url", metavar="URL", help="https://… of a Billing Help server, instead of a database")
    add("--as", dest="acting_as", metavar="ROLE", help="run with this role's rights, e.g. customer_admin:acme-eu")
    add("--read-only", action="store_true", help="refuse every change")
    return options


def _theme(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--theme", choices=("dark", "light", "16-colour"), help="how the app looks")


def _count(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= count <= 1_000_000:
        raise argparse.ArgumentTypeError("give a whole number from 1 to 1000000")
    return count


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("give a port from 0 to 65535")
    return port
