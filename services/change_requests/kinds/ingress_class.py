"""Ingress class: the ways by which traffic may come in to a tenant's workspaces. Pure."""

from services.change_requests.kinds.choices import list_kind
from services.change_requests.kinds.model import Field
from services.contract.types import ChangeRequestKind

KIND = list_kind(
    ChangeRequestKind.INGRESS_CLASS,
    "ingress_classes",
    (
        Field(name="add", label="Add", example="public-waf", hint="Ingress classes to use, with commas between them."),
        Field(name="remove", label="Remove", example="public", hint="Ingress classes to give up."),
    ),
    lambda policy: policy.ingress_class,
    called="ingress classes",
    example="The web shop takes card payments from 1 December and has to stand behind the firewall by then.",
)
