"""The log of a server: one JSON object a line on standard output, without secrets and without customers' data."""

import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from billinghelp.crash import redact
from billinghelp.http_service.exchange import request_id

_SHOWN_AS_IT_IS = frozenset({"token_id"})  # it begins as a token does, and is what tokens are told apart by

_TALKERS = ("billinghelp", "services", "uvicorn")


class _Redacted(JsonFormatter):
    """Blacks secrets out value by value, so that what is left is JSON still."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # the web server's own, for terminals
        )
        self._secrets = tuple(secrets)

    def formatTime(self, record: logging.LogRecord, _datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return where a fault came from. What it says may hold a customer's data, and is left out."""
        return _places(ei[1])

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        if (asked := request_id.get()) is not None:
            log_data.setdefault("request_id", asked)
        return {
            name: redact(value, self._secrets) if isinstance(value, str) and name not in _SHOWN_AS_IT_IS else value
            for name, value in log_data.items()
        }


def log_to_standard_output(secrets: Iterable[str], out: TextIO = sys.stdout) -> None:
    """Send what this process logs, the web server's own lines included, to standard output as JSON."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Redacted(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for talker in _TALKERS:  # other libraries' everyday lines name addresses and files
        logging.getLogger(talker).setLevel(logging.INFO)


def _places(fault: BaseException) -> str:
    places = traceback.extract_tb(fault.__traceback__)
    lines = [*(f"{place.filename}:{place.lineno} in {place.name}" for place in places), type(fault).__name__]
    cause = fault.__cause__ or fault.__context__
    return "\n".join(lines if cause is None else [_places(cause), "then", *lines])
