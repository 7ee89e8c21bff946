"""A show's episodes in their first days, and its listeners by time frame."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.marts.audience import show_listeners, show_milestones
from api.marts.models.audience import Frame, ShowListeners, ShowMilestones
from api.routes.answers import PageDep, read_marts

router = APIRouter(prefix="/v1")
ShowQuery = Annotated[UUID, Query(description="One of GET /v1/shows.")]
CountedSource = Annotated[
    Literal["logs", "prefix"],
    Query(description="Counted from the file's own server, or from our own prefix. Never added together."),
]


@router.get(
    "/downloads/milestones",
    tags=["network"],
    operation_id="network_milestones",
    summary="Read episodes' first days",
    response_model=ShowMilestones,
)
def get_milestones(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    show_id: ShowQuery,
    source: CountedSource = "logs",
    counting_window: Annotated[
        Literal["calendar", "first_touch", "last_touch"], Query(description="How requests of one listener are held together.")
    ] = "first_touch",
) -> Any:
    """One row per episode: downloads in the first 1, 3, 7, 30, 60 and 90 days, and whether they are over."""
    return read_marts(
        request, response, found, principal,
        lambda c: show_milestones(c, show_id, source, counting_window, page.window), page=page,
    )  # fmt: skip


@router.get(
    "/listeners",
    tags=["network"],
    operation_id="network_listeners",
    summary="Read a show's listeners",
    response_model=ShowListeners,
)
def get_listeners(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    show_id: ShowQuery,
    source: CountedSource = "logs",
    frame: Annotated[Frame | None, Query(description="Only this kind of time frame.")] = None,
) -> Any:
    """One row per time frame, newest first, 500 at most: distinct listeners with a valid download in it. They never add up."""
    return read_marts(request, response, found, principal, lambda c: show_listeners(c, show_id, source, frame))
