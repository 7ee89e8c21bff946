"""Reads marts.collection_quality: received, accepted, quarantined, refused, lost and late, by site and hour."""

from datetime import date

from api.marts.builds import current_build
from api.marts.models.collection import Collection, CollectionHour, CollectionSite
from api.marts.warehouse import Reader

_SUMS = """
    sum(q.received_count)::bigint as received_count, sum(q.accepted_count)::bigint as accepted_count,
    sum(q.quarantined_count)::bigint as quarantined_count, sum(q.refused_count)::bigint as refused_count,
    sum(q.duplicate_count)::bigint as duplicate_count, sum(q.numbered_count)::bigint as numbered_count,
    sum(q.lost_count)::bigint as lost_count, sum(q.historical_count)::bigint as historical_count,
    sum(q.lost_count)::double precision / nullif(sum(q.numbered_count), 0)::double precision as loss_rate
"""

_RANGE = "q.hour_at >= %(first)s::timestamp at time zone 'UTC' and q.hour_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'"

SITES = f"""
select q.site_id, s.name as site_name, count(*) filter (where q.is_loss_alert or q.is_delay_alert) as alert_hours, {_SUMS}
from marts.collection_quality as q
inner join app.sites as s on q.tenant_id = s.tenant_id and q.site_id = s.site_id
where {_RANGE}
group by q.site_id, s.name
order by received_count desc, s.name, q.site_id
"""  # noqa: S608

HOURS = f"""
select
    q.site_id, q.hour_at, q.received_count, q.accepted_count, q.quarantined_count, q.refused_count, q.duplicate_count,
    q.numbered_count, q.lost_count, q.loss_rate, q.historical_count, q.delay_p50_s, q.delay_p95_s, q.is_loss_alert, q.is_delay_alert
from marts.collection_quality as q
where {_RANGE}
order by q.hour_at, q.site_id
"""  # noqa: S608


def collection(c: Reader, first: date, last: date) -> Collection:
    """The UTC days from `first` to `last`, both included."""
    span = {"first": first, "last": last}
    return Collection(
        build=current_build(c),
        sites=[CollectionSite(**row) for row in c.execute(SITES, span).fetchall()],
        hours=[CollectionHour(**row) for row in c.execute(HOURS, span).fetchall()],
    )
