"""What the first frame needs is light: no database, no Markdown, no text area, no table (issue 2, «Speed»)."""

import subprocess
import sys

import pytest

FIRST_FRAME = ["customer_header", "summary", "blockers", "action_list", "notice", "line_filter", "chat.pane"]
EVERYTHING = [
    *FIRST_FRAME,
    "customer_picker",
    "action_dialog",
    "change_requests",
    "text_dialog",
    "choice_dialog",
    "ledger_view",
    "audit_view",
    "chat.answer",
    "chat.editor",
    "payment_views",
    "hosted_page_dialog",
    "collection_dialog",
]
HEAVY = ["textual.widgets._markdown", "textual.widgets._text_area", "textual.widgets._data_table", "markdown_it"]
OUTSIDE = ["sqlalchemy", "alembic", "billinghelp", "services.surface", "services.storage"]


def loaded_after(module: str) -> set[str]:
    """Return which modules a fresh interpreter has after importing one."""
    code = f"import sys, widgets.{module}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", EVERYTHING)
def test_no_widget_brings_a_service(module: str) -> None:
    assert not loaded_after(module) & set(OUTSIDE)


@pytest.mark.parametrize("module", FIRST_FRAME)
def test_what_the_first_frame_needs_brings_no_heavy_widget_and_no_view_types(module: str) -> None:
    assert not loaded_after(module) & {*HEAVY, "msgspec", "services.contract.views"}
