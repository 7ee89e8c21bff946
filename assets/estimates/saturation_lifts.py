"""Lift studies as they calibrate saturation: what a campaign brought beyond what came anyway, as weekly response to spend.

A study is of a campaign; it speaks of a curve where the campaign ran on one show alone. What was found among the matched exposed
households is taken to hold for all exposed ones.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

# From the width of a 95 % interval to a standard error.
WIDTH = 2 * 1.96

STUDIES = """
with
ran as (
    select
        d.tenant_id, d.campaign_id, d.sponsor_id, d.currency, min(d.show_id::text)::uuid as show_id,
        sum(d.spend_minor)::float8 as spend_minor,
        greatest((max(d.day) - min(d.day) + 1) / 7.0, 1)::float8 as weeks
    from marts.campaign_delivery_daily as d
    where d.day < %(day)s
    group by d.tenant_id, d.campaign_id, d.sponsor_id, d.currency
    having count(distinct d.show_id) = 1 and sum(d.spend_minor) > 0
)

select
    r.tenant_id, r.sponsor_id, r.show_id, r.currency, r.spend_minor / r.weeks as spend_minor,
    l.incremental_conversions * l.exposed_count / l.matched_count / r.weeks as conversions,
    (l.incremental_high - l.incremental_low) / %(width)s * l.exposed_count / l.matched_count / r.weeks as error
from marts.campaign_lift as l
inner join ran as r on l.tenant_id = r.tenant_id and l.campaign_id = r.campaign_id
where
    l.is_headline and not l.is_placebo and l.verdict = 'estimated' and l.matched_count > 0
    and l.incremental_high > l.incremental_low
order by r.tenant_id, r.campaign_id, l.design
"""
Place = tuple[int, UUID, UUID, str]


@dataclass(frozen=True)
class Study:
    """At the weekly `spend_minor` the show brought `conversions` a week more than none would have, give or take `error`."""

    tenant_id: int
    sponsor_id: UUID
    show_id: UUID
    currency: str
    spend_minor: float
    conversions: float
    error: float


def read_studies(connection: psycopg.Connection[Any], day: date) -> dict[Place, list[Study]]:
    """The studies with a number, by tenant, sponsor, show and currency; none where no lift has been published."""
    found: dict[Place, list[Study]] = defaultdict(list)
    row = connection.execute(
        "select to_regclass('marts.campaign_lift') is not null and to_regclass('marts.campaign_delivery_daily') is not null"
    ).fetchone()
    if row is None or not row[0]:
        return found
    with connection.cursor(row_factory=class_row(Study)) as cursor:
        for study in cursor.execute(STUDIES, {"day": day, "width": WIDTH}):
            found[study.tenant_id, study.sponsor_id, study.show_id, study.currency].append(study)
    return found
