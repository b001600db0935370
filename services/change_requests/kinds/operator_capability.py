"""Operator capability: what the platform's operators (databases, queues, …) may run for a tenant. Pure."""

from services.change_requests.kinds.choices import list_kind
from services.change_requests.kinds.model import Field
from services.contract.types import ChangeRequestKind

KIND = list_kind(
    ChangeRequestKind.OPERATOR_CAPABILITY,
    "capabilities",
    (
        Field(name="add", label="Add", example="postgres", hint="Capabilities to use, with commas between them."),
        Field(name="remove", label="Remove", example="redis", hint="Capabilities to give up."),
    ),
    lambda policy: policy.operator_capability,
    called="operator capabilities",
    example="Paperless needs a PostgreSQL database of about 5 Gi before 3 teams move to it next week.",
)
