"""What a person asked to keep is written whole or not at all, and never over what they did not name."""

import os
from pathlib import Path

import pytest

from billinghelp.files import replacing, write_file, write_new_file
from services.contract.errors import Refused


def test_a_new_file_is_numbered_where_its_name_is_taken(tmp_path: Path) -> None:
    names = [write_new_file("report.md", b"x", tmp_path).name for _ in range(3)]
    assert names == ["report.md", "report-2.md", "report-3.md"]


def test_a_failure_leaves_what_stood_there_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    file.write_bytes(b"earlier")

    def fail() -> None:
        with replacing(file) as part:
            part.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(Refused, match="No space left on device"):
        fail()
    assert file.read_bytes() == b"earlier"
    assert os.listdir(tmp_path) == ["trail.jsonl"]


def test_permissions_stay_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "private.json"
    file.touch(mode=0o600)
    write_file(file, b"new")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link_to_what_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.touch()
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_is_written_to_and_stays_a_device() -> None:
    write_file(os.devnull, b"gone")
    assert not Path(os.devnull).is_file()


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="could not be written"):
        write_file(tmp_path / "no" / "such.md", b"x")
