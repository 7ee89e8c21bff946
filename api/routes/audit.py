"""The audit log: who changed what, from what to what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import OwnerDep, ServicesDep
from api.campaigns.audit import AuditEntry, list_audit
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1/audit", tags=["audit"])
Kind = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="One kind of thing alone, as campaign.")]
Subject = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="The changes of one thing, by its id.")]
Actor = Annotated[UUID | None, Query(description="What one member or key did.")]


class AuditPage(Page):
    items: list[AuditEntry]


@router.get("", operation_id="audit_list", summary="List changes")
def get_audit(
    principal: OwnerDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    subject_kind: Kind = None,
    subject_id: Subject = None,
    actor_id: Actor = None,
) -> AuditPage:
    """One row per change of this account, newest first, with the values before and after; secrets are never among them."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_audit(c, page.after, page.limit, subject_kind, subject_id, actor_id)
    return AuditPage(items=items, next_cursor=page.cut(request, response, items, "cursor_id", "occurred_at"))
