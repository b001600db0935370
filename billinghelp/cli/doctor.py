"""The command `doctor`: what is configured, what answers, what is missing, and how to mend it."""

import argparse
import asyncio
import os
import platform
import sys
from importlib.metadata import version

from billinghelp.cli.finding import Finding
from billinghelp.cli.output import Output
from billinghelp.cli.session import settings_of
from billinghelp.config import Settings
from billinghelp.keymap import resolve_keys
from billinghelp.platform_settings import platform_settings
from services.contract.clock import system_clock
from services.contract.errors import Refused
from services.storage.engine import Store

_DONE, _FOUND_BROKEN = 0, 1


def run(options: argparse.Namespace, output: Output) -> int:
    """Say what is configured, what answers, what is missing and how to mend it."""
    findings = [_program(), *_configured(options), _terminal()]
    if output.as_json:
        output.json({"findings": findings})
    else:
        glyphs = {"ok": "✓", "missing": "○", "broken": "✗"}
        for finding in findings:
            output.text(f"{glyphs[finding.status]} {finding.subject + ':':<11}{finding.status}: {finding.found}")
            if finding.remedy:
                output.text(f"    → {finding.remedy}")
    return _FOUND_BROKEN if any(f.status == "broken" for f in findings) else _DONE


def _program() -> Finding:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("textual", "sqlalchemy"))
    return Finding(
        "program", "ok", f"billinghelp {version('billinghelp')} on Python {platform.python_version()}, {libraries}"
    )


def _configured(options: argparse.Namespace) -> list[Finding]:
    """Look at the settings and at what they lead to; settings that cannot be read are themselves the finding."""
    try:
        settings = settings_of(options)
    except Refused as refused:
        return [Finding("config", "broken", refused.message, "mend it there, then run billinghelp doctor again")]
    if settings.server_url is not None:  # guidance and payments are the server's affair
        from billinghelp.cli.doctor_server import examine_server

        return [_config(settings), *examine_server(settings, settings.server_url)]
    from billinghelp.cli.doctor_payments import examine_payments

    return [
        *(_config(settings), _store(settings), _model(settings)),
        *(_policy(settings), _platform(settings), *examine_payments(settings)),
    ]


def _config(settings: Settings) -> Finding:
    if settings.config_file is None:
        from billinghelp.config import config_path

        return Finding("config", "ok", f"no file, built-in settings (a file would stand at {config_path()})")
    try:
        resolve_keys(settings.keys)
    except Refused as refused:
        return Finding("config", "broken", f"{settings.config_file}: {refused.message}", "mend the table [keys] there")
    return Finding("config", "ok", str(settings.config_file))


def _store(settings: Settings) -> Finding:
    try:
        store = Store(settings.database_url.reveal(), read_only=True)
    except Refused as refused:
        return Finding("store", "broken", "the database URL cannot be used", refused.message)
    if store.missing:
        return Finding(
            "store", "missing", f"{store.label} does not exist yet", "it is made by the first import or start"
        )
    try:
        state = store.schema()
        if state.status != "current":
            remedy = "billinghelp db upgrade" if state.status in ("older", "empty") else "use the program that wrote it"
            return Finding("store", "broken", f"{store.label} has a schema that is {state.status}", remedy)
        if (damage := store.damage()) is not None:
            return Finding("store", "broken", f"{store.label} is damaged: {damage}", "restore it from a backup")
        return Finding("store", "ok", f"{store.label} answers and is sound, schema {state.current}")
    except Refused as refused:
        return Finding("store", "broken", f"{store.label} does not answer", refused.message)
    finally:
        store.close()


def _terminal() -> Finding:
    term = os.environ.get("TERM", "")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Finding("terminal", "missing", "not a terminal", "run the app in one; all other commands work without")
    if term in ("", "dumb"):
        return Finding("terminal", "broken", f"TERM={term or 'unset'}", "set TERM to your terminal's name")
    size = os.get_terminal_size()
    return Finding("terminal", "ok", f"{term}, {size.columns}×{size.lines}")


def _model(settings: Settings) -> Finding:
    if settings.model is None:
        key = " (OPENAI_API_KEY is set and not used)" if settings.openai_api_key is not None else ""
        return Finding("guidance", "ok", f"rule-based, no model{key}: nothing is sent anywhere")
    from billinghelp.model_settings import model_settings
    from services.guidance.provider.client import ChatModel, probe
    from services.guidance.provider.failures import explain

    try:
        chosen = model_settings(settings)
    except Refused as refused:
        return Finding("guidance", "broken", refused.message, "until then the app does not start")
    model = ChatModel(chosen, system_clock)
    failed = asyncio.run(probe(chosen, system_clock))
    if failed is not None:
        why = explain(failed, host=model.host, model=model.label, now=system_clock())
        return Finding("guidance", "broken", why.message, f"{why.remedy} Until then the rules answer.")
    found = f"the server at {model.host} answers and takes the key; {model.label} itself was not asked"
    return Finding("guidance", "ok", found)


def _policy(settings: Settings) -> Finding:
    from services.change_requests.policy.file import read_policy, shipped_policy

    path = settings.policy_file
    if path is None:
        found = f"change requests are judged by the one that is shipped, version {shipped_policy().version}"
        return Finding("policy", "ok", found)
    try:
        policy = read_policy(path)
    except Refused as refused:
        remedy = "until then change requests are refused; billinghelp policy check FILE looks at it"
        return Finding("policy", "broken", refused.message, remedy)
    return Finding("policy", "ok", f"change requests are judged by {path}, version {policy.version}")


def _platform(settings: Settings) -> Finding:
    try:
        chosen = platform_settings(settings)
    except Refused as refused:
        until = "until then approved changes stand in line, and serve and changes send do not start; all else goes on"
        return Finding("platform", "broken", refused.message, until)
    if chosen is None:
        return _no_platform(_in_line(settings))
    token = "with a token" if chosen.token else "without a token"
    found = f"approved changes are posted to {chosen.address.host}, {token}; it was not called"
    return Finding("platform", "ok", found)


def _no_platform(in_line: int) -> Finding:
    if not in_line:
        return Finding("platform", "ok", "none is configured: approved changes hold at once, in the store")
    changes = "1 approved change stands" if in_line == 1 else f"{in_line} approved changes stand"
    return Finding(
        "platform",
        "broken",
        f"none is configured, and {changes} in line for one: nobody tells it",
        "set [platform] in config.toml again and run billinghelp changes send; or have them taken back:"
        " billinghelp changes list --status approved",
    )


def _in_line(settings: Settings) -> int:
    """Return how many approved changes wait for a platform; none where the store cannot tell: that is said of it."""
    from services.change_requests.store import count_in_line

    try:
        store = Store(settings.database_url.reveal(), read_only=True)
    except Refused:
        return 0
    try:
        if store.missing:
            return 0
        with store.read() as conn:
            return count_in_line(conn)
    except Refused:
        return 0
    finally:
        store.close()
