"""The OpenAPI document, from the same types that the surface is called with and answers with."""

from inspect import cleandoc
from typing import Any, get_args

import msgspec

from billinghelp.http_service.statuses import STATUS, TRANSPORT_STATUS
from services.contract.errors import Code
from services.contract.requests import AskBillingChat, GetCustomerBillingView
from services.surface.model import Method
from services.surface.table import METHODS

Schema = dict[str, Any]

_ABOUT = """\
The desk's table of methods: every call is `POST /rpc/{Method}` with a JSON object, and a bearer token.

A field that is not listed, or stands twice, is refused. Every refusal has the same form; its `reason` is a constant \
that programs may rely on, its `message` one sentence for people. `429` and `503` say in `Retry-After` after how many \
seconds to come again. A change whose answer was lost is asked for again with the same `request_id`: it is carried out \
once. Lists are read page by page, with the `next_page_token` of the page before.
"""
_STATUS_MEANINGS = {
    400: "The request is malformed.",
    401: "There is no access token, or it does not serve.",
    403: "The token's role may not do this.",
    404: "There is no such method or customer, or it lies outside the token's scope.",
    405: "Requests are sent as POST.",
    408: "The request did not arrive in time.",
    409: "The record has changed since it was read, or the request id was used for something else.",
    413: "The request is too large.",
    415: "The request is not sent as JSON.",
    422: "The record's state does not allow this.",
    429: "The token has made its calls of this minute, or has too many under way.",
    431: "The request's headers are too large.",
    500: "A fault of the server's own.",
    503: "The server or its database is busy, stopping or not reachable.",
}
_WITH_RETRY_AFTER = (429, 503)
_ERRORS = sorted({*STATUS.values(), *TRANSPORT_STATUS.values()})


def openapi_document(version: str) -> Schema:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Billing Help", "version": version, "description": _ABOUT},
        "security": [{"token": []}],
        "paths": {f"/rpc/{method.name}": {"post": _operation(method)} for method in METHODS} | _PAGES,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "From `billinghelp tokens create`."}
            },
            "schemas": {**_schemas(), "Error": _ERROR},
            "responses": {str(status): _error_response(status) for status in _ERRORS},
        },
    }


def _operation(method: Method) -> Schema:
    said = cleandoc(method.request.__doc__ or "")
    operation: Schema = {
        "operationId": method.name,
        "summary": said.partition("\n")[0],
        "description": f"{said}\n\nFor the roles {', '.join(sorted(method.roles))}.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(method.request.__name__)}}},
        "responses": {"200": _answer(method)} | {str(status): _response_ref(status) for status in _ERRORS},
    }
    if method.request is GetCustomerBillingView:
        operation["parameters"] = [
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "The ETag of the view that the caller has.",
                "schema": {"type": "string"},
            }
        ]
        operation["responses"]["304"] = {"description": "The caller's view is still current.", "headers": _ETAG}
    return operation


def _answer(method: Method) -> Schema:
    types = [_ref(each.__name__) for each in get_args(method.response) or [method.response]]
    schema = types[0] if len(types) == 1 else {"anyOf": types}
    if method.request is AskBillingChat:
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
        event = {"type": "object", "properties": {"data": data}, "required": ["data"]}
        about = "Server-sent events. Comments in between show that the connection lives."
        return {"description": about, "content": {"text/event-stream": {"schema": event}}}
    response: Schema = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    if method.request is GetCustomerBillingView:
        response["headers"] = _ETAG
    return response


def _schemas() -> Schema:
    """Return the schemas of all types that travel."""
    types = [kind for method in METHODS for kind in (method.request, *(get_args(method.response) or [method.response]))]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    return schemas


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _response_ref(status: int) -> Schema:
    return {"$ref": f"#/components/responses/{status}"}


def _error_response(status: int) -> Schema:
    response: Schema = {
        "description": _STATUS_MEANINGS[status],
        "content": {"application/json": {"schema": _ref("Error")}},
    }
    if status in _WITH_RETRY_AFTER:
        response["headers"] = {"Retry-After": {"description": "In seconds.", "schema": {"type": "integer"}}}
    return response


def _page(summary: str, content: Schema, *errors: int) -> Schema:
    responses = {"200": {"description": summary, "content": content}}
    return {
        "get": {
            "summary": summary,
            "security": [],
            "responses": responses | {str(status): _response_ref(status) for status in errors},
        }
    }


_ETAG = {"ETag": {"description": "The view's `view_etag`.", "schema": {"type": "string"}}}
_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"enum": [code.value for code in Code]},
                "reason": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"},
                "message": {"type": "string"},
                "details": {"type": "object"},
            },
            "required": ["code", "reason", "message", "details"],
        }
    },
    "required": ["error"],
}
_STATUS_TEXT = {"application/json": {"schema": {"type": "object", "properties": {"status": {"type": "string"}}}}}
_PAGES = {
    "/healthz": _page("The process lives.", _STATUS_TEXT),
    "/readyz": _page("The process can be given work.", _STATUS_TEXT, 503),
    "/metrics": _page("Figures for Prometheus.", {"text/plain": {"schema": {"type": "string"}}}),
    "/openapi.json": _page("This document.", {"application/json": {"schema": {"type": "object"}}}),
}
