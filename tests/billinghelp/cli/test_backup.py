"""A backup that was never restored is none: `docs/deploying.md`, carried out with PostgreSQL's own programs."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from services.contract.requests import ApplySupportCredit, MarkInvoiceVerified
from services.storage.engine import Store
from tests.billinghelp.cli.conftest import Command
from tests.conftest import OpenStore
from tests.databases import Cluster
from tests.surface import Workbench, customer


def postgresql(cluster: Cluster, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs."""
    done = subprocess.run([cluster.programs / program, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def bench(postgres_store: Store) -> Workbench:
    bench = Workbench(postgres_store)
    bench.feed(customer(), customer("c7-000035", legal_name="AvalonBay Communities"))
    bench.act(bench.request(MarkInvoiceVerified))
    bench.act(bench.request(ApplySupportCredit, workspace_hours="12.5", ai_cents="500"))
    return bench


def restore(cluster: Cluster, dump: Path, name: str) -> str:
    """Return the URL of a new database that holds what was dumped."""
    url = cluster.create(name)
    postgresql(cluster, "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", str(dump))
    return url


def test_a_restored_backup_holds_the_same_records_and_the_same_trail(
    bench: Workbench,
    postgres_url: str,
    postgres_cluster: Cluster,
    open_store: OpenStore,
    command: Command,
    tmp_path: Path,
) -> None:
    dump, trail = tmp_path / "billinghelp.dump", tmp_path / "trail.jsonl"
    postgresql(postgres_cluster, "pg_dump", "--format=custom", f"--file={dump}", postgres_url)
    assert command("--database-url", postgres_url, "audit", "export", "-o", str(trail)).code == 0

    url = restore(postgres_cluster, dump, "restored")

    assert command("--database-url", url, "db", "check").code == 0
    assert command("--database-url", url, "audit", "verify", "--against", str(trail)).code == 0
    restored = Workbench(open_store(url))
    restored.clock.now = bench.clock.now
    for customer_id in ("acme-eu", "c7-000035"):
        assert restored.view(customer_id).view_etag == bench.view(customer_id).view_etag
        assert restored.view(customer_id).credits == bench.view(customer_id).credits
    # it is not only there to be read: the next event extends the same chain
    request = restored.request(ApplySupportCredit, workspace_hours="1", request_id="after-restoring")
    body = msgspec.json.encode(request).decode()
    assert command("--database-url", url, "rpc", "ApplySupportCredit", body).code == 0
    assert command("--database-url", url, "audit", "verify", "--against", str(trail)).code == 0
    restored.store.close()
    postgres_cluster.drop("restored")


def test_a_backup_older_than_the_exported_trail_is_noticed(
    bench: Workbench,
    postgres_url: str,
    postgres_cluster: Cluster,
    command: Command,
    tmp_path: Path,
) -> None:
    dump, trail = tmp_path / "billinghelp.dump", tmp_path / "trail.jsonl"
    postgresql(postgres_cluster, "pg_dump", "--format=custom", f"--file={dump}", postgres_url)
    bench.act(bench.request(ApplySupportCredit, workspace_hours="1"))
    assert command("--database-url", postgres_url, "audit", "export", "-o", str(trail)).code == 0

    url = restore(postgres_cluster, dump, "older")

    verified = command("--database-url", url, "audit", "verify", "--against", str(trail))
    assert verified.code == 1
    assert "acme-eu  BROKEN at" in verified.out
    postgres_cluster.drop("older")
