"""What hosts and apps say of a show, and which of them there are."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.errors import Problem
from api.marts.keyset import Order
from api.marts.models.statistics import DownloadSource, Metric, ShowAudience, ShowStatistics
from api.marts.statistics import download_sources, show_audience, show_statistics
from api.routes.answers import Page, PageDep, read_marts

router = APIRouter(prefix="/v1")
SOURCE = Query(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="One of GET /v1/sources. Figures of two are never added.")
SourceName = Annotated[str, SOURCE]
ShowId = Annotated[UUID, Query(description="One of GET /v1/shows.")]
FirstDay = Annotated[date | None, Query(description="The first day, in the source's own days.")]
LastDay = Annotated[date | None, Query(description="The last day, included.")]
EpisodeGuid = Annotated[str | None, Query(max_length=1_000, pattern=r"^[^\x00]*$", description="Only this episode.")]


class SourcePage(Page):
    """Sources of figures, by name."""

    items: list[DownloadSource]


def require_order(first_day: date | None, last_day: date | None) -> None:
    if first_day and last_day and last_day < first_day:
        raise Problem("invalid", f"found last_day {last_day} before first_day {first_day}, expected the same day or a later one")


@router.get("/sources", tags=["statistics"], operation_id="statistics_sources", summary="List the sources of figures")
def get_sources(principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> SourcePage:
    """One row per source: our own count, hosts read by their API, and those whose exports are imported."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        return SourcePage(**page.of(download_sources(c), Order("source text")))


@router.get(
    "/statistics",
    tags=["statistics"],
    operation_id="statistics_read",
    summary="Read what hosts and apps say of a show",
    response_model=ShowStatistics,
)
def get_statistics(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    show_id: ShowId,
    source: Annotated[str | None, SOURCE] = None,
    metric: Annotated[Metric | None, Query(description="Only this metric.")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    episode_guid: EpisodeGuid = None,
) -> Any:
    """One show: downloads, plays, streams, listeners and followers as each source tells them, by period and by episode."""
    require_order(first_day, last_day)

    def read(c: Any) -> ShowStatistics:
        return show_statistics(
            c, show_id, source=source, metric=metric, first_day=first_day, last_day=last_day, episode_guid=episode_guid
        )

    return read_marts(request, response, found, principal, read)


@router.get(
    "/statistics/audience",
    tags=["statistics"],
    operation_id="statistics_audience",
    summary="Read what a show was downloaded with, and where",
    response_model=ShowAudience,
)
def get_audience(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    show_id: ShowId,
    source: SourceName,
    dimension: Annotated[
        str, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="app, device, device_type, country, region, continent, …")
    ] = "app",
    metric: Annotated[Metric, Query(description="What is counted.")] = "download",
    first_day: FirstDay = None,
    last_day: LastDay = None,
    episode_guid: EpisodeGuid = None,
) -> Any:
    """One show: the values of one dimension with their counts and shares, as one source tells them."""
    require_order(first_day, last_day)

    def read(c: Any) -> ShowAudience:
        return show_audience(
            c, show_id, source=source, metric=metric, dimension=dimension, first_day=first_day, last_day=last_day,
            episode_guid=episode_guid,
        )  # fmt: skip

    return read_marts(request, response, found, principal, read)
