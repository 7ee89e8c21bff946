"""Episodes of a show, as its feed has them now."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from api.marts.errors import NotFoundError
from api.marts.keyset import Order, Slice, Window
from api.marts.models import Shape
from api.marts.warehouse import Reader

EPISODES = """
select distinct on (i.episode_guid)
    md5(i.episode_guid)::uuid as episode_id, i.episode_guid, left(i.title, 1000) as title, i.published_at, i.enclosure_url,
    i.enclosure_type, i.enclosure_bytes, i.duration_s, i.fetched_at, coalesce(i.published_at, i.fetched_at) as listed_at
from raw.feeds_items as i
where i.show_id = %(show_id)s
order by i.episode_guid, i.fetched_at desc, i.content_sha256
"""
NEWEST = Order("listed_at timestamptz desc", "episode_id uuid")


class Episode(Shape):
    """One episode, in its feed's newest words."""

    episode_id: UUID = Field(description="Made from its GUID; the same in every account.")
    episode_guid: str
    title: str | None
    published_at: datetime | None
    enclosure_url: str | None
    enclosure_type: str | None
    enclosure_bytes: int | None = Field(description="As the feed says; where the size was measured, counting uses that.")
    duration_s: Decimal | None = Field(description="Seconds, as the feed says.")
    fetched_at: datetime = Field(description="When these words were first seen.")


def show_episodes(c: Reader, show_id: UUID, page: Window) -> Slice[Episode]:
    """A page of a show's episodes, newest first; raises NotFoundError for no such show. Needs no build."""
    if c.execute("select 1 from app.shows where show_id = %s", [show_id]).fetchone() is None:
        raise NotFoundError("show", show_id)
    found = NEWEST.read(c, EPISODES, {"show_id": show_id}, page)
    return found.map(lambda row: Episode(**Episode.fields_of(row)))
