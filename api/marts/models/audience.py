"""How far an episode came in its first days, and who listened in which time frame."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import IN_PAGES, Build, CountingWindow, Paged, Shape

Frame = Literal["day", "week", "month", "30d"]


class Milestone(Shape):
    """Downloads of the first `days` days of 24 h after publication; `is_complete` once they are over."""

    days: int
    downloads: int
    is_complete: bool


class EpisodeMilestones(Shape):
    """One episode from one source in one counting window: its first 1, 3, 7, 30, 60 and 90 days, and all downloads so far."""

    episode_guid: str
    published_at: datetime
    milestones: list[Milestone]
    downloads: int


class ShowMilestones(Paged):
    """One show's episodes, newest first."""

    build: Build
    show_id: UUID
    source: str
    counting_window: CountingWindow
    episodes: list[EpisodeMilestones] = Field(json_schema_extra=IN_PAGES)


class ListenerFrame(Shape):
    """One time frame of UTC days, both ends included: distinct pairs of household and user agent with a valid download."""

    frame: Frame
    frame_start: date
    frame_end: date
    listeners: int
    households: int


class ShowListeners(Shape):
    """One show's listeners from one source by time frame, newest first. They never add up."""

    build: Build
    show_id: UUID
    source: str
    frames: list[ListenerFrame]
