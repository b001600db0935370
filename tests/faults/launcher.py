"""Serves in processes that die at a chosen point: `python -m tests.faults.launcher`.

It reads a point a line from its standard input, and forks a process that runs the command `billinghelp serve` as
anybody would; the trap is set from outside, by events of SQLAlchemy and a wrapper round the application. Of each
process it tells the id, and when that has ended, how. A fork, because loading what serves takes longer than all that a
test does with it.
"""

import importlib
import os
import re
import signal
import sys
from enum import StrEnum
from typing import Any, NoReturn

import psycopg
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, event

from billinghelp.cli.main import run
from billinghelp.http_service import run as http_service


class Point(StrEnum):
    """Where in an audited action the process dies."""

    NOWHERE = "nowhere"
    BEGIN = "begin"
    AFTER_RECORD = "after the record's write"
    AFTER_LEDGER = "after the ledger's write"
    AFTER_AUDIT = "after the audit event's write"
    BEFORE_COMMIT = "before commit"
    BEFORE_REPLY = "after commit, before the reply"


_STATEMENTS = {
    # the lock that each action begins with on PostgreSQL; on SQLite, where a writer is alone, what it reads first
    Point.BEGIN: re.compile(
        r"SELECT customer_status\.revision\s+FROM customer_status|SELECT .*idempotency_records", re.DOTALL
    ),
    Point.AFTER_RECORD: re.compile("UPDATE billing_records"),
    Point.AFTER_LEDGER: re.compile("INSERT INTO ledger_entries"),
    Point.AFTER_AUDIT: re.compile("INSERT INTO audit_events"),
}


def die() -> NoReturn:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives this")


def set_trap(point: Point) -> None:
    """Let this process die at a point, the first time an action comes to it."""
    if point in _STATEMENTS:
        _die_after(_STATEMENTS[point])
    elif point is Point.BEFORE_COMMIT:
        _die_before_commit()
    elif point is Point.BEFORE_REPLY:
        _die_before_reply()


def _die_after(statement: "re.Pattern[str]") -> None:
    @event.listens_for(Engine, "after_cursor_execute")
    def die_there(conn: Connection, _cursor: Any, executed: str, *_: Any) -> None:
        if statement.match(executed):
            _until_executed(conn)
            die()


def _die_before_commit() -> None:
    audited: list[bool] = []

    @event.listens_for(Engine, "after_cursor_execute")
    def note(_conn: Connection, _cursor: Any, executed: str, *_: Any) -> None:
        if _STATEMENTS[Point.AFTER_AUDIT].match(executed):
            audited.append(True)

    @event.listens_for(Engine, "commit")
    def die_there(_conn: Connection) -> None:
        if audited:
            die()


def _die_before_reply() -> None:
    service: Any = http_service
    make_app = service.make_app

    def dying(*arguments: Any, **more: Any) -> Any:
        app: FastAPI = make_app(*arguments, **more)

        async def dying_app(scope: Any, receive: Any, send: Any) -> None:
            async def die_there(message: Any) -> None:
                if message["type"] == "http.response.start" and scope["path"].startswith("/rpc/"):
                    die()
                await send(message)

            await app(scope, receive, die_there)

        return dying_app

    service.make_app = dying


def _until_executed(conn: Connection) -> None:
    """Wait until PostgreSQL has executed what was sent: statements of a pipeline are sent together, at its end."""
    driver = conn.connection.driver_connection
    if isinstance(driver, psycopg.Connection) and driver.info.pipeline_status:
        with driver.pipeline() as pipeline:
            pipeline.sync()


def _serve(point: Point) -> NoReturn:
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())  # what it tells the people who started it; its log, nobody
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdin.fileno())
    os.dup2(nowhere, sys.stdout.fileno())
    set_trap(point)
    os._exit(run(["serve", "--port", "0"]))


def main() -> None:
    """Serve point after point, until nobody asks for more."""
    importlib.import_module("billinghelp.cli.serve")  # once, and not after each fork
    for line in iter(sys.stdin.readline, ""):
        point = Point(line.strip())
        child = os.fork()
        if child == 0:
            _serve(point)
        print(child, flush=True)  # noqa: T201  (it is what the test reads)
        _, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  (as above)


if __name__ == "__main__":
    main()
