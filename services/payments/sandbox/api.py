"""Stripe's API: one call in, one answer out, in one transaction."""

import asyncio
from typing import Any

import msgspec

from services.payments.sandbox import idempotency
from services.payments.sandbox.authentication import authenticate
from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.expansion import expand
from services.payments.sandbox.faults import Fault, Faults
from services.payments.sandbox.forms import convert, decode, take_expand, unknown
from services.payments.sandbox.resources.registry import expanders, operations
from services.payments.sandbox.routing import Route, Router
from services.payments.sandbox.wire import Asked, ConnectionDropped, Reply
from services.payments.sandbox.world import API_VERSION, World
from services.payments.sandbox.worlds import Worlds

_FORM = "application/x-www-form-urlencoded"


class Api:
    """Answers calls of the API."""

    def __init__(self, worlds: Worlds, faults: Faults) -> None:
        self._worlds = worlds
        self._faults = faults
        self._router = Router[Route](operations())
        self._expanders = expanders()

    async def answer(self, asked: Asked, request_id: str) -> Reply:
        """Return the answer of a call.

        Raises:
            ConnectionDropped: where a switch demands that.
        """
        try:
            authenticate(asked.headers)
        except ApiError as error:
            return _reply(error.status, msgspec.json.encode(error.body()), request_id, None)
        fault = self._faults.take(asked.method, asked.path)
        if fault is None:
            return self._carry_out(asked, request_id)
        return await self._fail(fault, asked, request_id)

    async def _fail(self, fault: Fault, asked: Asked, request_id: str) -> Reply:
        error = fault.error()
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif not fault.after:
            if error is None:
                raise ConnectionDropped
            return _reply(error.status, msgspec.json.encode(error.body()), request_id, None)
        reply = self._carry_out(asked, request_id, lost=error)
        if fault.kind == "drop":
            raise ConnectionDropped
        return reply

    def _carry_out(self, asked: Asked, request_id: str, lost: ApiError | None = None) -> Reply:
        """Do what is asked, once for each idempotency key.

        Args:
            lost: what is answered although it was done; null: what came of it.
        """
        key = asked.headers.get("idempotency-key") if asked.method == "POST" else None
        try:
            with self._worlds.open(
                writes=asked.method != "GET", path=asked.path, request_id=request_id, idempotency_key=key
            ) as world:
                if key is None:
                    return _reply(*self._answer(world, asked, lost), request_id, key)
                if known := idempotency.find(world, key, asked):
                    again = {"idempotent-replayed": "true", "original-request": known.request_id}
                    return _reply(known.status, known.body, request_id, key, **again)
                status, body = self._answer(world, asked, lost)
                idempotency.keep(world, key, asked, status, body, request_id)
                return _reply(status, body, request_id, key)
        except ApiError as error:
            return _reply(error.status, msgspec.json.encode(error.body()), request_id, key)

    def _answer(self, world: World, asked: Asked, lost: ApiError | None) -> tuple[int, bytes]:
        try:
            answer = self._handle(world, asked)
        except ApiError as error:
            if not error.keeps_work:
                raise
            lost = lost or error
            answer = {}
        return (200, msgspec.json.encode(answer)) if lost is None else (lost.status, msgspec.json.encode(lost.body()))

    def _handle(self, world: World, asked: Asked) -> dict[str, Any]:
        found = self._router.find(asked.method, asked.path)
        if found is None:
            raise invalid_request(f"Unrecognized request URL ({asked.method}: {asked.path}).", status=404)
        route, path_ids = found
        given = _given(asked)
        paths = take_expand(given)
        if route.request is None and given:
            raise unknown(next(iter(given)))
        params = None if route.request is None else convert(given, route.request)
        answer = route.handle(world, params, *path_ids)
        if paths:
            expand(world, answer, paths, self._expanders)
        return answer


def _given(asked: Asked) -> dict[str, Any]:
    """Return the call's parameters, of its query and of its form."""
    if not asked.body:
        return decode(asked.query)
    if asked.headers.get("content-type", _FORM).partition(";")[0].strip().lower() != _FORM:
        raise invalid_request(f"Invalid request (check that your POST content type is {_FORM}).")
    try:
        form = asked.body.decode("ascii")
    except UnicodeDecodeError as error:
        raise invalid_request("Invalid request: a form's text is ASCII, and percent-encoded beyond that.") from error
    return decode(f"{asked.query}&{form}" if asked.query else form)


def _reply(status: int, body: bytes, request_id: str, key: str | None, **more: str) -> Reply:
    headers = {"content-type": "application/json", "request-id": request_id, "stripe-version": API_VERSION} | more
    if key is not None:
        headers["idempotency-key"] = key
    if status == 500:
        headers["stripe-should-retry"] = "false" if key is not None else "true"
    return Reply(status, body, headers)
