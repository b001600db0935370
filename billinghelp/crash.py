"""A crash leaves one sentence on the terminal and a log without local variables and without secrets."""

import re
import traceback
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

HIDDEN = "[hidden]"

_SECRETS = re.compile(
    r"(?:sk|rk|pk|whsec|bht)[-_][A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]+)?"  # keys of Stripe, of models, our own tokens
    r"|(?<=://)[^\s/@]+(?=@)"  # user and password of a URL
    r"|(?i:(?<=bearer )\S+)"
)


def log_path() -> Path:
    """Return the user's folder for logs."""
    from platformdirs import user_log_path

    return user_log_path("billinghelp", appauthor=False)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return `text` without the given secrets and without whatever looks like one."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _SECRETS.sub(HIDDEN, text)


def write_crash_log(error: BaseException, folder: Path, now: datetime, secrets: Iterable[str]) -> Path | None:
    """Write where `error` came from, and return the file; None where it cannot be written."""
    report = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
    path = folder / f"crash-{now:%Y%m%dT%H%M%S%f}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(redact(report, secrets), encoding="utf-8")
    except OSError:
        return None  # the sentence on the terminal says so
    return path


def crash_sentence(error: BaseException, log: Path | None) -> str:
    """Return what the terminal is told."""
    where = f"the report, without secrets, is in {log}" if log else "no report could be written"
    return (
        f"Billing Help stopped because of a fault of its own ({type(error).__name__}); {where}. No action is half done."
    )
