"""Windows of attribution: as they stand, and proposals of others with what they would change."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.auth.dependencies import OwnerDep, ServicesDep, TenantReaderDep
from api.campaigns.attribution_windows import (
    Proposal,
    Windows,
    WindowsProposal,
    discard,
    get_windows,
    list_proposals,
    propose,
    publish,
)
from api.campaigns.window_previews import ProposalDetail, preview_windows
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1/attribution-settings", tags=["attribution_settings"])


class ProposalPage(Page):
    """Proposals, newest first."""

    items: list[Proposal]


@router.get("", operation_id="attribution_settings_read", summary="Read the attribution windows")
def get_attribution_windows(principal: TenantReaderDep, found: ServicesDep) -> Windows:
    """One row: how long each kind of evidence counts, and for which kinds of conversion otherwise."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_windows(c)


@router.post(
    "/proposals", status_code=201, operation_id="attribution_settings_propose", summary="Propose other attribution windows"
)
def post_proposal(entry: WindowsProposal, principal: OwnerDep, found: ServicesDep, response: Response) -> Proposal:
    """One proposal: history is computed by it beside the published build, and nothing changes until it is published."""
    with found.database.tenant(principal.tenant_id) as c:
        made = propose(c, principal, entry)
    response.headers["Location"] = f"/v1/attribution-settings/proposals/{made.proposal_id}"
    return made


@router.get("/proposals", operation_id="attribution_settings_proposals", summary="List proposals of attribution windows")
def get_proposals(
    principal: TenantReaderDep, found: ServicesDep, page: PageDep, request: Request, response: Response
) -> ProposalPage:
    """One row per proposal with who, when and why, and what became of it, newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_proposals(c, page.after, page.limit)
    return ProposalPage(items=items, next_cursor=page.cut(request, response, items, "proposal_id"))


@router.get(
    "/proposals/{proposal_id}", operation_id="attribution_settings_proposal", summary="Read a proposal of attribution windows"
)
def get_one(proposal_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> ProposalDetail:
    """One proposal; once computed, one row per campaign with credited conversions and revenue before, after and the difference."""
    with found.database.tenant(principal.tenant_id) as c:
        return preview_windows(c, proposal_id)


@router.post(
    "/proposals/{proposal_id}/publish", operation_id="attribution_settings_publish", summary="Publish proposed attribution windows"
)
def post_publish(proposal_id: UUID, principal: OwnerDep, found: ServicesDep) -> Proposal:
    """One computed proposal becomes the account's windows; the next build restates history by them, with the cause `setting`."""
    with found.database.tenant(principal.tenant_id) as c:
        return publish(c, principal, proposal_id)


@router.post(
    "/proposals/{proposal_id}/discard", operation_id="attribution_settings_discard", summary="Discard proposed attribution windows"
)
def post_discard(proposal_id: UUID, principal: OwnerDep, found: ServicesDep) -> Proposal:
    """One open proposal is decided against; no figure changes, and the proposal stays readable."""
    with found.database.tenant(principal.tenant_id) as c:
        return discard(c, principal, proposal_id)
