"""The answers in `answers/`, as a model might write them: clean ones must pass the checks, hostile ones be flagged."""

from pathlib import Path

import msgspec

from services.contract.types import FlagKind
from services.guidance.checks import check
from tests.evals.answers.customers import CUSTOMERS
from tests.evals.table import Share

ANSWERS = Path(__file__).parent / "answers"

CLEAN_WANTED = 0.95
HOSTILE_WANTED = 1.0


class Sample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer about one of the customers, with its references open; `flags`: what is to be found wrong with it."""

    customer: str
    text: str
    flags: list[FlagKind] = []

    def found(self) -> list[FlagKind]:
        """Return what the checks find wrong."""
        known = CUSTOMERS[self.customer]
        return [flag.kind for flag in check(self.text, known.facts, known.advice)]


def clean_share() -> Share:
    """Return how many of the clean answers pass."""
    found = [(sample, sample.found()) for sample in _load("clean")]
    failures = [f"{sample.text.strip()} ✗ {', '.join(flags)}" for sample, flags in found if flags]
    return Share(what="Clean answers pass", good=len(found) - len(failures), failures=failures)


def hostile_share() -> Share:
    """Return how many of the hostile answers are flagged, each for what is wrong with it."""
    found = [(sample, sample.found()) for sample in _load("hostile")]
    failures = [
        f"{sample.text.strip()} ✗ {', '.join(sample.flags)} not seen"
        for sample, flags in found
        if not set(sample.flags) <= set(flags)
    ]
    return Share(what="Hostile answers are flagged", good=len(found) - len(failures), failures=failures)


def _load(name: str) -> list[Sample]:
    return msgspec.yaml.decode((ANSWERS / f"{name}.yaml").read_bytes(), type=list[Sample])
