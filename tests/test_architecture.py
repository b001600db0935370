"""What must never be: seen in the code as it is written, and in the modules that a process really loads."""

import ast
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import services

ROOT = Path(__file__).parent.parent
SCREENS = ("textual", "rich", "widgets", "billinghelp")
# A module of the table's left side, and what must not come with it.
LOADS_NOT = {
    "services.contract.views": (*SCREENS, "sqlalchemy", "services.storage"),
    "services.billing.rules": (*SCREENS, "sqlalchemy", "services.storage", "stripe", "openai", "httpx"),
    "services.billing.conditions": (*SCREENS, "sqlalchemy", "services.storage"),
    "services.credits.rules": (*SCREENS, "sqlalchemy", "services.storage"),
    "services.credits.ledger": (*SCREENS, "sqlalchemy", "services.storage"),
    "services.audit.rules": (*SCREENS, "sqlalchemy", "services.storage"),
    "services.guidance.rules": (*SCREENS, "sqlalchemy", "services.storage", "services.actions", "openai"),
    "services.guidance.provider.client": (*SCREENS, "sqlalchemy", "openai", "httpx2", "pydantic"),
    "services.platform.port": (*SCREENS, "sqlalchemy", "httpx2"),
    "services.guidance.checks": (*SCREENS, "sqlalchemy", "openai", "httpx2"),
    "services.actions.engine": SCREENS,
    "services.storage.engine": (*SCREENS, "alembic"),
    "services.payments.mirror.effects": (*SCREENS, "sqlalchemy", "stripe", "httpx2"),
    "services.payments.port": (*SCREENS, "sqlalchemy", "stripe", "httpx2"),
    "services.surface.surface": (*SCREENS, "alembic", "fpdf", "openai", "stripe", "fastapi"),
    "billinghelp.desk": (
        *("textual", "alembic", "fpdf", "openai", "stripe", "httpx2", "keyring", "fastapi", "uvicorn", "jinja2", "jwt"),
        *(
            "services.guidance.answering",
            "services.guidance.provider.client",
            "services.guidance.methods",
            "services.feeding.methods",
            "services.payments.inbox",
            "services.payments.methods",
            "services.payments.sandbox",
            "services.reports.methods",
        ),  # the summary's time
    ),
    "billinghelp.app": (
        "segno",
        "stripe",
        "webbrowser",
        "sqlalchemy",
        "billinghelp.pages.billing",
        "widgets.payment_views",
    ),
    "billinghelp.pages.billing": ("segno", "stripe", "sqlalchemy"),  # a code is drawn when one is looked at
    "billinghelp.cli.parser": ("textual", "sqlalchemy", "alembic", "services.storage", "services.surface"),
}


@pytest.mark.parametrize("module", LOADS_NOT)
def test_a_module_does_not_load_what_it_must_not(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in LOADS_NOT[module] if name in loaded] == []


@cache
def parsed(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a file: a dozen rules look at the same files."""
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the names of the modules that a file imports, at its top or inside."""
    names = {alias.name for node in parsed(path) if isinstance(node, ast.Import) for alias in node.names}
    return frozenset(names | {node.module for node in parsed(path) if isinstance(node, ast.ImportFrom) and node.module})


def importers(library: str) -> set[str]:
    """Return the product's files that import a library."""
    files = (p for room in ("billinghelp", "widgets", "services") for p in (ROOT / room).rglob("*.py"))
    return {str(p.relative_to(ROOT)) for p in files if any(n.split(".")[0] == library for n in imports(p))}


def test_the_database_library_has_one_door() -> None:
    elsewhere = {f for f in importers("sqlalchemy") if not f.startswith("services/storage/")}
    assert {f for f in elsewhere if not f.endswith("store.py")} == set()


def test_migrations_alone_use_alembic() -> None:
    assert all(f.startswith("services/storage/") for f in importers("alembic"))


def test_the_pdf_library_has_one_door() -> None:
    assert all(f.startswith("services/reports/") for f in importers("fpdf"))


def test_the_views_are_imported_from_their_package_alone() -> None:
    # Two threads import at the start of the app. One that begins with a file of the package holds that file's lock and
    # waits for the package's, while the other, which begins with the package, holds that and waits for the file's.
    rooms = ("billinghelp", "widgets", "services")
    outside = (p for room in rooms for p in (ROOT / room).rglob("*.py") if p.parent.name != "views")
    assert [p for p in outside for name in imports(p) if name.startswith("services.contract.views.")] == []


def test_the_model_library_has_one_door() -> None:
    assert importers("openai") == {"services/guidance/provider/openai_connection.py"}


def test_the_http_client_has_one_door_to_each_whom_the_product_calls() -> None:
    assert importers("httpx2") == {
        "services/guidance/provider/openai_connection.py",  # the model
        "services/payments/gateway/http_client.py",  # Stripe
        "services/payments/sandbox/outgoing.py",  # those whom the sandbox tells
        "services/platform/http_platform.py",
        "services/surface/http_client/connection.py",  # the server
    }


def test_stripes_library_has_one_door() -> None:
    assert all(f.startswith("services/payments/gateway/") for f in importers("stripe"))


def test_what_entitlements_are_signed_with_has_one_door() -> None:
    assert importers("jwt") | importers("cryptography") == {"services/payments/nodes/signing.py"}


def test_the_keyring_has_one_door() -> None:
    assert importers("keyring") == {"billinghelp/access_token.py"}


def test_no_rule_reads_a_clock() -> None:
    rooms = [ROOT / "services" / room for room in ("billing", "credits", "audit", "guidance", "actions", "payments")]
    for path in (p for room in rooms for p in room.rglob("*.py")):
        calls = {ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)}
        assert not calls & {"datetime.now", "datetime.utcnow", "time.time", "date.today", "system_clock"}, path


def test_every_room_says_what_it_is() -> None:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        path = ROOT.joinpath(*module.name.split("."))
        source = (path / "__init__.py" if module.ispkg else path.with_suffix(".py")).read_text()
        assert ast.get_docstring(ast.parse(source)), module.name
