"""Weekly spend and response of every channel out of the published marts, as saturation is fitted on them.

A channel is a show for a sponsor, by one account of the money and in one currency. Channels of one sponsor, account and currency
are a group: they are pooled, budget moves between them, and what changed is found by group.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg.rows import class_row

from assets.estimates.saturation.shapes import MODEL_VERSION, Lift, Panel, Settings
from assets.estimates.saturation_lifts import Place, Study, read_studies
from assets.lib.money import exponent

# The longest window, and before it the weeks whose spend still carries over into it.
WEEKS = 104 + 13
# What is spent today is the mean of so many weeks: shows of two weeks and flights that pause are no change of mind.
TODAY_WEEKS = 4
Group = tuple[int, UUID, str, str]

CHANNELS = """
with
weeks as (
    select
        w.*, row_number() over (
            partition by w.tenant_id, w.sponsor_id, w.show_id, w.basis, w.currency order by w.week_start desc
        ) as age
    from marts.saturation_weeks as w
    where w.day_count = 7 and w.week_start + 7 <= %(day)s
)

select
    c.tenant_id, c.sponsor_id, c.show_id, c.basis, c.currency, s.margin_rate::float8 as margin,
    b.least_weekly_minor::float8 as least_minor, b.most_weekly_minor::float8 as most_minor,
    coalesce(array_agg(w.week_start order by w.week_start) filter (where w.week_start is not null), '{}') as weeks,
    coalesce(array_agg(w.spend_minor::float8 order by w.week_start) filter (where w.week_start is not null), '{}') as spend_minor,
    coalesce(array_agg(w.revenue_minor::float8 order by w.week_start) filter (where w.week_start is not null), '{}')
        as revenue_minor,
    coalesce(sum(w.conversions), 0)::float8 as conversions,
    coalesce(sum(w.unconverted_days), 0)::integer as unconverted_days
from (
    select distinct tenant_id, sponsor_id, show_id, basis, currency from marts.saturation_weeks where week_start < %(day)s
) as c
inner join app.sponsors as s on c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
left join app.budget_limits as b
    on
        c.tenant_id = b.tenant_id and c.sponsor_id = b.sponsor_id and c.show_id = b.show_id and c.currency = b.currency
left join weeks as w
    on
        c.tenant_id = w.tenant_id and c.sponsor_id = w.sponsor_id and c.show_id = w.show_id and c.basis = w.basis
        and c.currency = w.currency and w.age <= %(weeks)s
group by
    c.tenant_id, c.sponsor_id, c.basis, c.currency, c.show_id, s.margin_rate, b.least_weekly_minor, b.most_weekly_minor
order by c.tenant_id, c.sponsor_id, c.basis, c.currency, c.show_id
"""


@dataclass(frozen=True)
class Channel:
    """One channel's whole weeks, oldest first, in minor units; `margin`: the share of revenue that its sponsor keeps."""

    tenant_id: int
    sponsor_id: UUID
    show_id: UUID
    basis: str
    currency: str
    margin: float
    least_minor: float | None
    most_minor: float | None
    weeks: Sequence[date]
    spend_minor: Sequence[float]
    revenue_minor: Sequence[float]
    conversions: float
    unconverted_days: int
    # (weekly spend, weekly response, standard error) of lift studies, in minor units.
    lifts: tuple[tuple[float, float, float], ...] = ()

    @property
    def group(self) -> Group:
        return self.tenant_id, self.sponsor_id, self.basis, self.currency

    @property
    def key(self) -> str:
        return "|".join(map(str, (*self.group, self.show_id)))

    @property
    def unit(self) -> float:
        """Minor units of a unit of the currency: what is fitted is in whole units, so that reasons read as people write money."""
        return float(10 ** exponent(self.currency))

    @property
    def today_minor(self) -> float:
        """The weekly spend to judge."""
        return float(np.mean(self.spend_minor[-TODAY_WEEKS:])) if self.spend_minor else 0.0

    @property
    def refusal(self) -> str:
        """Why there is nothing to fit; empty where there is."""
        if not self.weeks:
            return "found no whole week of spend, expected about 20 distinct weekly levels"
        if self.unconverted_days:
            return (
                f"found {self.unconverted_days} days with an amount that no exchange rate turns into {self.currency}, expected "
                "none: load the rates of these days"
            )
        if min(self.spend_minor) < 0:
            return "found a week with spend below zero, expected 0 or more: book what came back in the week that it was spent in"
        if self.margin <= 0:
            return "found a sponsor that keeps nothing of its revenue (margin 0), expected more: break-even is not defined"
        if self.conversions and not any(self.revenue_minor):
            return "found conversions without any revenue, expected a value: break-even is not known"
        return ""


def read_channels(connection: psycopg.Connection[Any], day: date) -> list[Channel]:
    """Every channel with its weeks that were over before `day` (UTC), group by group."""
    with connection.cursor(row_factory=class_row(Channel)) as cursor:
        channels = cursor.execute(CHANNELS, {"day": day, "weeks": WEEKS}).fetchall()
    studies = read_studies(connection, day)
    return [replace(channel, lifts=_lifts(channel, studies)) for channel in channels]


def _lifts(channel: Channel, studies: Mapping[Place, Sequence[Study]]) -> tuple[tuple[float, float, float], ...]:
    """Studies count conversions: each is worth what the channel's conversions are. Placements alone: books know no campaigns."""
    if channel.basis != "placements" or channel.conversions <= 0 or sum(channel.revenue_minor) <= 0:
        return ()
    worth = sum(channel.revenue_minor) / channel.conversions
    found = studies.get((channel.tenant_id, channel.sponsor_id, channel.show_id, channel.currency), ())
    return tuple((study.spend_minor, study.conversions * worth, study.error * worth) for study in found)


def by_group(channels: Sequence[Channel]) -> Iterator[tuple[Group, list[Channel]]]:
    for group, members in groupby(channels, lambda channel: channel.group):
        yield group, list(members)


def input_hash(members: Sequence[Channel], settings: Settings) -> bytes:
    """A digest of all that a group's fit and its advice stand on: the same input gives the same figures."""
    return hashlib.sha256(repr((MODEL_VERSION, settings, list(members))).encode()).digest()


def to_panel(channels: Sequence[Channel], references: Mapping[str, float]) -> Panel:
    """The channels side by side, each ending with its own last week; before one began its response is not known (NaN).

    `references`: by key, the spend in minor units that half-saturation was measured in when the channel was first fitted; it stays.
    """
    spend, response = np.zeros((len(channels), WEEKS)), np.full((len(channels), WEEKS), np.nan)
    for row, channel in enumerate(channels):
        paid, begin = np.array(channel.spend_minor) / channel.unit, WEEKS - len(channel.weeks)
        # As the fit takes what was before the first week of all: the mean of the first four.
        spend[row, :begin], spend[row, begin:] = paid[:4].mean(), paid
        response[row, begin:] = np.array(channel.revenue_minor) / channel.unit
    return Panel(
        keys=tuple(channel.key for channel in channels),
        groups=tuple("|".join(map(str, channel.group)) for channel in channels),
        spend=spend,
        response=response,
        today=np.array([channel.today_minor / channel.unit for channel in channels]),
        margin=np.array([channel.margin for channel in channels]),
        reference=np.array([references.get(channel.key) or _median(channel) for channel in channels])
        / np.array([channel.unit for channel in channels]),
        lifts=tuple(
            Lift(place, *(value / channel.unit for value in lift))
            for place, channel in enumerate(channels)
            for lift in channel.lifts
        ),
    )


def _median(channel: Channel) -> float:
    """Of the weeks with spend, in minor units; one unit of the currency where there is none."""
    paid = [value for value in channel.spend_minor if value > 0]
    return float(np.median(paid)) if paid else channel.unit
