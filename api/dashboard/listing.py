"""Campaigns as a list shows them, and the few counts that lists of shows need; each read through the warehouse's own door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from api.marts.models import CampaignRoi, CampaignRow, CampaignSummary, ModelName, Money, Performance
from api.marts.warehouse import Reader

LAST_DAY = """
select max(day) as day
from marts.episode_downloads_daily
where (%(show_id)s::uuid is null or show_id = %(show_id)s) and downloads > 0
"""

SHOWS = """
select s.show_id, s.title, s.feed_url, d.downloads, d.listeners
from app.shows as s
left join (
    select
        show_id, sum(downloads)::bigint as downloads,
        (sum(listener_count) filter (where day = %(last_day)s::date - 1))::bigint as listeners
    from marts.episode_downloads_daily
    where source = 'logs' and counting_window = 'first_touch' and day between %(last_day)s::date - 29 and %(last_day)s
    group by show_id
) as d on d.show_id = s.show_id
where s.is_active
order by d.downloads desc nulls last, s.title
"""


@dataclass(frozen=True)
class CampaignLine:
    """One campaign in a list: as entered, as built, and what two models credit to it."""

    campaign: CampaignSummary
    performance: Performance | None
    last_touch: Money | None
    linear: Money | None
    roas: float | None


@dataclass(frozen=True)
class ShowLine:
    """One show: its downloads of 30 days and the listeners of the last whole one, None where nothing was counted."""

    show_id: UUID
    title: str
    feed_url: str
    downloads: int | None
    listeners: int | None

    @property
    def host(self) -> str:
        return self.feed_url.split("://", 1)[-1].split("/", 1)[0]


def campaign_lines(rows: Sequence[CampaignRow], returns: Sequence[CampaignRoi]) -> list[CampaignLine]:
    """Each campaign beside its credited revenue; one that no build knows yet has none, which is not zero."""
    known = {(r.campaign_id, row.model): row for r in returns for row in r.rows}

    def revenue(campaign_id: UUID, model: ModelName) -> Money | None:
        found = known.get((campaign_id, model))
        return found.revenue if found else None

    def roas(campaign_id: UUID) -> float | None:
        found = known.get((campaign_id, "last_touch"))
        return found.roas if found else None

    return [
        CampaignLine(r.campaign, r.performance, revenue(i, "last_touch"), revenue(i, "linear"), roas(i))
        for r in rows
        for i in [r.campaign.campaign_id]
    ]


def last_counted_day(c: Reader, show_id: UUID | None = None) -> date | None:
    """The last UTC day with a counted download, of one show or of all."""
    row = c.execute(LAST_DAY, {"show_id": show_id}).fetchone()
    return row["day"] if row else None


def end_of_range(last: date | None, now: datetime) -> date:
    """Where a range of recent days ends: today, or the data's last day where it lies after today or over a month before."""
    today = now.date()
    return last if last is not None and (last > today or (today - last).days > 30) else today


def show_lines(c: Reader, last_day: date) -> list[ShowLine]:
    """One row per active show, most downloads first; counted from logs in the first-touch window."""
    rows = c.execute(SHOWS, {"last_day": last_day}).fetchall()
    return [ShowLine(**row) for row in rows]
