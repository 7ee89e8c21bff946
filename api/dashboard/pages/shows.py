"""Shows and their downloads by day and by episode, in one counting window at a time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from api.dashboard import formats
from api.dashboard.access import NetworkViewerDep, ServicesDep
from api.dashboard.listing import end_of_range, last_counted_day, show_lines
from api.dashboard.pictures.downloads import WINDOW_NAMES, show_by_day, show_by_episode
from api.dashboard.rendering import Tile, page
from api.marts.audience import show_listeners, show_milestones
from api.marts.builds import current_build
from api.marts.downloads import episode_downloads, host_source
from api.marts.models import CountingWindow, ShowDownloads
from api.marts.models.audience import Frame, ListenerFrame

router = APIRouter()


@router.get("/shows")
def shows_page(viewer: NetworkViewerDep, found: ServicesDep) -> HTMLResponse:
    """The tenant's shows with the downloads of the last 30 days."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        build = current_build(c)
        rows = show_lines(c, end_of_range(last_counted_day(c), datetime.now(UTC)))
    return page("shows.html", viewer, "shows", build=build, rows=rows)


@router.get("/shows/{show_id}")
def show_page(
    show_id: UUID,
    viewer: NetworkViewerDep,
    found: ServicesDep,
    window: Annotated[CountingWindow, Query()] = "first_touch",
    days: Annotated[int, Query(ge=0, le=3_660)] = 30,
) -> HTMLResponse:
    """One show in one window over the last `days` UTC days; 0: all days."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        current_build(c)
        # Requests are counted from logs; a host's own count is the host's, whichever it is.
        source = host_source(c, show_id) if window == "host" else "logs"
        last = end_of_range(last_counted_day(c, show_id), datetime.now(UTC))
        first = last - timedelta(days=days - 1) if days else None
        show = episode_downloads(
            c, show_id, source=source, counting_window=window, first_day=first, last_day=last if days else None
        )
        first_days = {e.episode_guid: e for e in show_milestones(c, show_id, source, window).episodes}
        listeners = show_listeners(c, show_id, source, limit=200).frames
    return page(
        "show.html", viewer, "shows", build=show.build, show=show, windows=WINDOW_NAMES, days=days,
        key_figures=[*_tiles(show), *_audience(listeners)],
        by_day=show_by_day(show), by_episode=show_by_episode(show), first_days=first_days,
    )  # fmt: skip


def _audience(frames: list[ListenerFrame]) -> list[Tile]:
    """The listeners of the newest month and of the last 30 days; nothing of a source that does not tell."""
    names: dict[Frame, str] = {"30d": "Listeners, last 30 days", "month": "Listeners, newest month"}
    newest = {frame.frame: frame for frame in reversed(frames)}
    return [
        Tile(
            name,
            formats.compact(found.listeners),
            f"{formats.compact(found.households)} households",
            exact=formats.number(found.listeners),
        )
        for kind, name in names.items()
        if (found := newest.get(kind)) is not None
    ]


def _tiles(show: ShowDownloads) -> list[Tile]:
    judged = sum(day.request_count for day in show.daily)
    rejected = sum(day.rejected_count for day in show.daily)
    busiest = max(show.daily, key=lambda day: day.downloads, default=None)
    figures = [
        Tile(
            "Downloads",
            formats.compact(show.downloads),
            WINDOW_NAMES[show.counting_window].lower(),
            exact=formats.number(show.downloads),
        ),
        Tile("Episodes downloaded", formats.number(len(show.episodes)), "in this range"),
        Tile(
            "Busiest day",
            formats.number(busiest.downloads) if busiest else formats.NONE,
            formats.day(busiest.day) if busiest else "",
        ),
    ]
    if show.source == "logs":
        share = formats.rate(rejected / judged) if judged else formats.NONE
        figures.append(
            Tile("Requests rejected", formats.compact(rejected), f"{share} of {formats.compact(judged)}: bots, probes, …")
        )
    return figures
