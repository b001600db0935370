"""The doctor's look at a server: is it there and ready, is the way to it safe, and does it take the token."""

import asyncio

from billinghelp import __version__
from billinghelp.access_token import EXPIRES_SOON
from billinghelp.cli.finding import Finding
from billinghelp.config import Settings
from billinghelp.server_desk import open_server_desk
from services.contract.clock import system_clock
from services.contract.errors import Code, Refused
from services.contract.requests import WhoAmI
from services.contract.views import Identity
from services.surface.http_client.probe import probe


def examine_server(settings: Settings, server_url: str) -> list[Finding]:
    """Return what there is to say of the configured server, and of the token for it."""
    return asyncio.run(_examine(settings, server_url))


async def _examine(settings: Settings, server_url: str) -> list[Finding]:
    server = await _server(server_url)
    return [server] if server.status == "broken" else [server, await _token(settings, server_url)]


async def _server(server_url: str) -> Finding:
    try:
        state = await probe(server_url)
    except Refused as refused:
        return Finding("server", "broken", refused.message, "mend that first; everything else here waits for it")
    way = "over HTTPS, with a certificate that this machine trusts" if state.encrypted else "on this machine"
    found = f"{state.host} answers {way} and is ready, version {state.version or 'unknown'}"
    if state.version == __version__:
        return Finding("server", "ok", found)
    return Finding("server", "ok", found, f"this program is version {__version__}: keep both the same")


async def _token(settings: Settings, server_url: str) -> Finding:
    try:
        desk = open_server_desk(settings, server_url)
    except Refused as refused:
        return Finding("token", "broken", "there is none that can be used", refused.message)
    try:
        identity: Identity = await desk.call(WhoAmI())
    except Refused as refused:
        ways = "set another one: BILLINGHELP_TOKEN, else token in config.toml, else the keyring"
        mend = ways if refused.code is Code.UNAUTHENTICATED else "run billinghelp doctor again"
        return Finding("token", "broken", refused.message, mend)
    finally:
        await desk.hang_up()
    tenant = f" of {identity.customer_id}" if identity.customer_id else ""
    found = f"accepted: {identity.actor} ({identity.role}{tenant})"
    if identity.expires_at is None:
        return Finding("token", "ok", found)
    found += f", until {identity.expires_at:%Y-%m-%d %H:%M} UTC"
    soon = identity.expires_at - system_clock() < EXPIRES_SOON
    return Finding("token", "ok", found, "ask for another one before that" if soon else None)
