"""Writing what a person asked to keep: whole or not at all, and never over a file they did not name."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from services.contract.errors import Code, Refused


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of the one at `path` once it is written whole, with that one's permissions.

    What is no plain file (a device, a pipe) is written to as it is; a link stays a link to what is written.

    Raises:
        Refused: `FILE_NOT_WRITTEN`; a plain file that stood at `path` then still stands.
    """
    wanted = Path(os.path.realpath(path))
    if wanted.exists() and not wanted.is_file():
        with _written(wanted), wanted.open("wb") as device:
            yield device
        return
    part = wanted.with_name(f".{wanted.name}.{os.getpid()}.part")
    try:
        with _written(wanted):
            with part.open("xb") as file:
                yield file
            if wanted.exists():
                shutil.copymode(wanted, part)
            part.replace(wanted)
    finally:
        with suppress(OSError):  # it has moved to its place, or could not be made
            part.unlink()


def safe_name(text: str) -> str:
    """Return a text as part of a file's name: letters that every file system takes."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in text)


def write_file(path: str | Path, content: bytes) -> None:
    """Write a file at a place the person named, in the place of one that stands there.

    Raises:
        Refused: `FILE_NOT_WRITTEN`.
    """
    with replacing(path) as file:
        file.write(content)


def write_new_file(name: str, content: bytes, folder: Path | None = None) -> Path:
    """Write a file under `name` in `folder` (default: here), numbered where that name is taken; return where.

    Raises:
        Refused: `FILE_NOT_WRITTEN`.
    """
    wanted = (folder or Path.cwd()) / name
    path, number = wanted, 1
    while path.exists():
        number += 1
        path = wanted.with_stem(f"{wanted.stem}-{number}")
    write_file(path, content)
    return path


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(
            Code.FAILED_PRECONDITION,
            "FILE_NOT_WRITTEN",
            f"{path} could not be written ({error.strerror}): choose another place.",
        ) from error
