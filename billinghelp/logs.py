"""A log in the user's log folder, redacted: faults of the product, and what left the machine. Never on the terminal."""

import logging
from collections.abc import Iterable
from pathlib import Path

from billinghelp.crash import log_path, redact

_MOST_BYTES = 1_000_000  # some thousand faults; one older file is kept beside it


class _RedactedFile(logging.Handler):
    """Writes redacted records to a file that is made when the first one comes."""

    def __init__(self, folder: Path | None, secrets: Iterable[str]) -> None:
        super().__init__(logging.INFO)
        self._folder = folder
        self._secrets = tuple(secrets)
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; where no file can be written, the fault's own sentence on screen must do."""
        try:
            if self._file is None:
                from logging.handlers import RotatingFileHandler  # 5 ms that no start without a fault should pay

                folder = self._folder or log_path()
                folder.mkdir(parents=True, exist_ok=True)
                self._file = RotatingFileHandler(
                    folder / "billinghelp.log", maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8"
                )
            said = redact(self.format(record), self._secrets)
            self._file.emit(logging.makeLogRecord({"msg": said, "levelno": record.levelno}))
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (the standard library's name)
        """Stay silent: a traceback of the logger in the middle of the screen helps nobody."""


def log_to_file(secrets: Iterable[str] = (), folder: Path | None = None) -> None:
    """Send warnings, faults, and the hash of what leaves the machine to `billinghelp.log` in `folder`.

    Args:
        secrets: what is blacked out.
        folder: null: the user's log folder.
    """
    handler = _RedactedFile(folder, secrets)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("services.guidance").setLevel(logging.INFO)
