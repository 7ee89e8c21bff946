"""An episode's first days and a show's listeners by time frame."""

from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.downloads import SHOW
from api.marts.errors import NotFoundError
from api.marts.keyset import WHOLE, Order, Slice, Window
from api.marts.models import CountingWindow
from api.marts.models.audience import EpisodeMilestones, Frame, ListenerFrame, Milestone, ShowListeners, ShowMilestones
from api.marts.warehouse import Reader

DAYS = (1, 3, 7, 30, 60, 90)
# A mart that the served build is too old to have is empty until the next one.
IS_THERE = "select to_regclass(%(mart)s) is not null as is_there"
MILESTONES = """
select *, md5(episode_guid)::uuid as episode_id
from marts.episode_milestones
where show_id = %(show_id)s and source = %(source)s and counting_window = %(counting_window)s
"""
NEWEST_FIRST = Order("published_at timestamptz desc", "episode_id uuid")
LISTENERS = """
select frame, frame_start, frame_end, listener_count as listeners, household_count as households
from marts.show_listeners
where show_id = %(show_id)s and source = %(source)s and (%(frame)s::text is null or frame = %(frame)s)
order by frame_start desc, frame
limit %(limit)s
"""


def show_milestones(c: Reader, show_id: UUID, source: str, counting_window: CountingWindow, page: Window = WHOLE) -> ShowMilestones:
    """A page of the published episodes of a show with a request, newest first; raises NotFoundError for no such show."""
    _require_show(c, show_id)
    chosen = {"show_id": show_id, "source": source, "counting_window": counting_window}
    is_there = _is_there(c, "marts.episode_milestones")
    shown = NEWEST_FIRST.read(c, MILESTONES, chosen, page).map(_episode) if is_there else Slice[EpisodeMilestones]([], None)
    return ShowMilestones(build=current_build(c), **chosen, episodes=shown.items, next_cursor=shown.next_cursor)


def show_listeners(c: Reader, show_id: UUID, source: str, frame: Frame | None = None, limit: int = 500) -> ShowListeners:
    """The newest `limit` time frames of a show; raises NotFoundError for no such show."""
    _require_show(c, show_id)
    chosen = {"show_id": show_id, "source": source, "frame": frame, "limit": limit}
    rows = c.execute(LISTENERS, chosen).fetchall() if _is_there(c, "marts.show_listeners") else []
    return ShowListeners(build=current_build(c), show_id=show_id, source=source, frames=[ListenerFrame(**row) for row in rows])


def _episode(row: dict[str, Any]) -> EpisodeMilestones:
    return EpisodeMilestones(
        episode_guid=row["episode_guid"],
        published_at=row["published_at"],
        milestones=[
            Milestone(days=days, downloads=row[f"downloads_{days}d"], is_complete=row[f"is_complete_{days}d"]) for days in DAYS
        ],
        downloads=row["downloads_total"],
    )


def _require_show(c: Reader, show_id: UUID) -> None:
    if c.execute(SHOW, {"show_id": show_id}).fetchone() is None:
        raise NotFoundError("show", show_id)


def _is_there(c: Reader, mart: str) -> bool:
    row = c.execute(IS_THERE, {"mart": mart}).fetchone()
    return bool(row and row["is_there"])
