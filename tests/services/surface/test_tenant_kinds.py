"""Every kind of change goes the whole way: what its preview showed is what the tenant then has, as the trail tells."""

import json
from collections.abc import Iterator

import pytest

from services.contract.errors import Refused
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ChangeRequestReceipt
from tests.services.surface.asking import EVERYWHERE, ask, deciding, opened_bench, previewed, trail, workspace
from tests.surface import OPERATOR, Workbench

KINDS = ChangeRequestKind
WISHES: list[tuple[ChangeRequestKind, dict[str, str]]] = [
    (KINDS.RESOURCE_QUOTA, {"cpu": "24", "memory": "96Gi"}),
    (KINDS.RESOURCE_QUOTA, {"cpu": "12"}),
    (KINDS.STORAGE_QUOTA, {"storage": "1Ti"}),
    (KINDS.EGRESS, {"hosts": "api.example.com", "networks": "203.0.113.0/28", "ports": "443, 8443"}),
    (KINDS.EGRESS, {"remove": "api.example.com"}),
    (KINDS.EXPOSURE_HOSTNAME, {"add": "shop.example.com, a.apps.example.net"}),
    (KINDS.EXPOSURE_HOSTNAME, {"remove": "shop.example.com"}),
    (KINDS.INGRESS_CLASS, {"add": "tcp-passthrough"}),
    (KINDS.INGRESS_CLASS, {"add": "public-waf", "remove": "tcp-passthrough"}),
    (KINDS.OPERATOR_CAPABILITY, {"add": "kafka"}),
    (KINDS.ASSIGNMENT_MODE, {"mode": "dedicated"}),
    (KINDS.ASSIGNMENT_MODE, {"mode": "shared"}),
    (KINDS.BACKUP_POLICY, {"schedule": "hourly", "retention_days": "365", "default_protection": "no"}),
    (KINDS.BACKUP_POLICY, {"default_protection": "yes"}),
]


@pytest.fixture(params=EVERYWHERE)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk."""
    with opened_bench(request) as bench:
        yield bench


def held(bench: Workbench) -> dict[ChangeRequestKind, dict[str, str]]:
    """Return what the tenant has of every kind, label and value."""
    return {form.kind: dict(form.current) for form in workspace(bench).kinds}


def test_what_a_preview_showed_is_what_the_tenant_then_has_and_nothing_else_changes(bench: Workbench) -> None:
    assert {kind for kind, _ in WISHES} == {form.kind for form in workspace(bench).kinds}
    for number, (kind, desired) in enumerate(WISHES):
        before, found = held(bench), previewed(bench, desired, kind=kind)
        assert {change.label: change.before for change in found.changes}.items() <= before[kind].items()
        receipt: ChangeRequestReceipt = ask(bench, desired, kind=kind, request_id=f"ask-{number}")
        if receipt.change_request.status is ChangeRequestStatus.PENDING:
            assert held(bench) == before
            receipt = bench.call(deciding(bench, receipt, request_id=f"decide-{number}"), OPERATOR)
        assert receipt.change_request.status is ChangeRequestStatus.APPLIED
        after = before | {kind: before[kind] | {change.label: change.after for change in found.changes}}
        assert held(bench) == after
        event = bench.events()[-1]
        assert json.loads(event.payload)["changes"] == [
            {"label": change.label, "before": change.before, "after": change.after} for change in found.changes
        ]
    assert [action for action, _, _ in trail(bench)].count("ApplyTenantChangeRequest") == len(WISHES)


def test_a_form_that_is_empty_is_refused_for_every_kind(bench: Workbench) -> None:
    for form in workspace(bench).kinds:
        with pytest.raises(Refused) as refused:
            previewed(bench, {field.name: "" for field in form.fields}, kind=form.kind)
        assert refused.value.reason == "INVALID_DESIRED_VALUE"
