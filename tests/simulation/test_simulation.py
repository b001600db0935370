"""A thousand steps of a team on one database: crashes, replays, stale etags, a clock that goes back.

The seeds are fixed, so that a run is the same every day; `python -m tests.simulation --hours 8` looks for new ones.
"""

import logging
from pathlib import Path

import pytest

from tests.simulation.branches import REACHED
from tests.simulation.simulation import Broken, Simulation
from tests.simulation.stores import opening
from tests.simulation.traps import Trap


@pytest.fixture(autouse=True)
def _without_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Keep what the product logs of ever so many faults out of a failure's report."""
    caplog.set_level(logging.CRITICAL)


def test_every_invariant_holds_after_each_of_a_thousand_steps_that_reach_every_branch(sqlite_path: Path) -> None:
    reached = Simulation(3, opening(f"sqlite:///{sqlite_path}")).run(1_000)
    assert REACHED - reached.keys() == set()


def test_every_invariant_holds_on_postgresql_too_and_lost_races_are_repeated(postgres_url: str) -> None:
    reached = Simulation(2, opening(postgres_url)).run(200)
    assert {str(trap) for trap in Trap} <= reached.keys()
    assert {"replayed after a crash", "ApproveTenantChangeRequest: applied"} <= reached.keys()


def test_a_seed_replays_the_same_steps(sqlite_path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(sqlite_path.read_bytes())
    runs = [Simulation(3, opening(f"sqlite:///{path}")).run(60) for path in (sqlite_path, other)]
    assert runs[0] == runs[1]


def test_a_record_that_was_tampered_with_breaks_the_run_and_names_its_seed(sqlite_path: Path) -> None:
    simulation = Simulation(3, opening(f"sqlite:///{sqlite_path}"))
    with simulation._store.write() as conn:
        conn.exec_driver_sql("INSERT INTO operators (actor) VALUES ('mallory')")
        conn.exec_driver_sql(
            "CREATE TRIGGER generous AFTER INSERT ON credit_lots BEGIN"
            " UPDATE credit_lots SET remaining = remaining - 1 WHERE grant_id = NEW.grant_id; END"
        )
    with pytest.raises(Broken, match="seed 3, step"):
        simulation.run(60)
