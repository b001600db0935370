"""Sockets that listen, and what is said where one cannot."""

import errno
import socket

from services.contract.errors import Code, Refused

_BACKLOG = 2_048  # connections that wait to be accepted: a crowd that comes back after a restart finds room


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises:
        Refused: `ADDRESS_IN_USE`, `ADDRESS_UNUSABLE`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                Code.UNAVAILABLE,
                "ADDRESS_IN_USE",
                f"Port {port} on {host} is in use: stop what serves there, or choose another --port.",
            ) from error
        raise Refused(
            Code.UNAVAILABLE,
            "ADDRESS_UNUSABLE",
            f"Port {port} on {host} cannot be used ({error.strerror}): choose another --host or --port.",
        ) from error
