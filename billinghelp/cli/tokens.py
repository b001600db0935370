"""The commands `tokens create`, `tokens list` and `tokens revoke`."""

import argparse
from collections.abc import Iterator

import msgspec

from billinghelp.cli.output import Output
from billinghelp.cli.session import Session, opened
from services.contract.errors import Refused
from services.contract.principals import Role
from services.contract.requests import CreateToken, ListTokens, RevokeToken
from services.contract.views import NewToken, TokenView

_PAGE = 500


def create(options: argparse.Namespace, output: Output) -> int:
    """Issue a token. To a person: the token alone on standard output, so that it can be redirected to a file."""
    request = CreateToken(
        role=Role(options.role),
        name=options.name,
        expires_in=options.expires,
        customer_id=options.customer,
        node_id=options.node,
    )
    with opened(options) as session:
        try:
            token: NewToken = session.call(request)
        except Refused as refused:
            raise _as_typed(_with_what_may_serve(refused)) from refused
    if output.as_json:
        output.json(token)
        return 0
    output.aside(f"The access token of {_whose(token)}, which serves until {token.expires_at:%Y-%m-%d %H:%M} UTC.")
    output.aside("It is shown this once and kept nowhere: hand it over where nobody else can read it.")
    output.text(token.token)
    output.aside(f"It is taken back with: billinghelp tokens revoke {token.token_id}")
    return 0


def show(options: argparse.Namespace, output: Output) -> int:
    """Print the tokens, newest first."""
    with opened(options) as session:
        tokens = list(_tokens(session, ListTokens(include_inactive=options.all, page_size=_PAGE)))
    if output.as_json:
        output.json({"tokens": tokens})
    elif tokens:
        output.text(*map(_line, tokens))
    else:
        output.text("No token serves now: billinghelp tokens create issues one.")
    return 0


def revoke(options: argparse.Namespace, output: Output) -> int:
    """Revoke a token."""
    # Who has only the token itself may give that: its first part is the id, and the secret is sent nowhere.
    request = RevokeToken(token_id=options.token_id.partition(".")[0])
    with opened(options) as session:
        token: TokenView = session.call(request)
    if output.as_json:
        output.json(token)
    else:
        output.text(f"{token.token_id} of {_whose(token)} is revoked: it opens nothing any more.")
    return 0


def _tokens(session: Session, request: ListTokens) -> Iterator[TokenView]:
    while True:
        page = session.call(request)
        yield from page.tokens
        if page.next_page_token is None:
            return
        request = msgspec.structs.replace(request, page_token=page.next_page_token)


def _with_what_may_serve(refused: Refused) -> Refused:
    """Return the refusal, and where the answer was lost what to do about a token that nobody holds."""
    if not refused.details.get("outcome_unknown", False):
        return refused
    do = (
        "If `billinghelp tokens list` shows a token that was just made, nobody holds it: take it back with"
        " `billinghelp tokens revoke`, then create another."
    )
    return Refused(refused.code, refused.reason, f"{refused.message} {do}", refused.details)


def _as_typed(refused: Refused) -> Refused:
    """Return the refusal with the names that the command gives to fields."""
    message = refused.message.replace("customer_id", "--customer").replace("node_id", "--node")
    return Refused(refused.code, refused.reason, message, refused.details)


def _whose(token: TokenView) -> str:
    node = f", node {token.node_id}" if token.node_id else ""
    return f"{token.name} ({token.role}{f' of {token.customer_id}' if token.customer_id else ''}{node})"


def _line(token: TokenView) -> str:
    used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
    return f"{token.token_id}  {token.status:<7}  until {token.expires_at:%Y-%m-%d %H:%M}  {used}  {_whose(token)}"
