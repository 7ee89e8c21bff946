"""Which ids of a sponsor's sites are one person, and decisions that two of them are not."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.identity import Split, SplitEntry, list_splits, rejoin_link, split_link
from api.marts.identity import get_link, identity_links
from api.marts.keyset import Order
from api.marts.models.identity import IdentityLinks, LinkStatus
from api.routes.answers import Page, PageDep, read_marts

router = APIRouter(prefix="/v1/identity", tags=["identity"])


class Splits(Page):
    """The splits in force, newest first."""

    items: list[Split]


@router.get("/links", operation_id="identity_links", summary="List links of ids", response_model=IdentityLinks)
def get_links(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    status: Annotated[LinkStatus | None, Query(description="Only links of this status.")] = None,
    known_as: Annotated[
        str | None, Query(max_length=300, pattern=r"^[^\x00]*$", description="Only links of this anonymous or user id.")
    ] = None,
    person_id: Annotated[UUID | None, Query(description="Only links of this person.")] = None,
) -> Any:
    """One row per pair of ids that an identify, an alias or an event with both joined: whether it merges them, and why not. The ids
    are not told."""
    return read_marts(
        request,
        response,
        found,
        principal,
        lambda c: identity_links(c, status=status, known_as=known_as, person_id=person_id, page=page.window),
        page=page,
    )


@router.get("/splits", operation_id="identity_splits", summary="List splits")
def get_splits(principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> Splits:
    """One row per link that a decision in force splits, the newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        return Splits(**page.of(list_splits(c), Order("decided_at timestamptz desc", "decision_id uuid desc")))


@router.post("/splits", status_code=201, operation_id="identity_split", summary="Split a link")
def post_split(entry: SplitEntry, principal: WriterDep, found: ServicesDep) -> Split:
    """One decision that two ids are not one person: the next build re-opens the conversions that it touches, and no other."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        link = get_link(c, entry.link_id)
    with found.database.tenant(principal.tenant_id) as writer:
        return split_link(writer, principal, entry, link)


@router.delete("/splits/{link_id}", operation_id="identity_rejoin", summary="Take a split back")
def delete_split(link_id: UUID, principal: WriterDep, found: ServicesDep) -> Split:
    """One decision that takes a split back; the next build has the rows as before it, and both decisions stay recorded."""
    with found.database.tenant(principal.tenant_id) as c:
        return rejoin_link(c, principal, link_id)
