"""Engines that share what SQLAlchemy compiled: tests open stores by the hundred, and each compiled all anew."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event

Statements = dict[Any, Any]


def sharing_compiled() -> Callable[..., Engine]:
    """Return what makes engines as `create_engine` does, and lets those of the same database share their statements.

    As within one engine, a statement is compiled when it is first run; the key of what was compiled holds the dialect,
    so that is shared too, once an engine of the kind has been connected and so its dialect knows its database.
    """
    shared: dict[str, tuple[Dialect, Statements]] = {}

    def make(*args: Any, **how: Any) -> Engine:
        engine = create_engine(*args, **how)
        known = shared.get(engine.dialect.name)
        if known is None:
            event.listen(engine, "engine_connect", remember)
        else:
            engine.dialect, compiled = known
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    def remember(connection: Connection) -> None:
        shared.setdefault(connection.dialect.name, (connection.dialect, {}))

    return make
