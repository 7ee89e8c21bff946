"""A tenant at one glance: what its campaigns cost and brought, by currency, and its downloads by day."""

from uuid import UUID

from psycopg.sql import SQL

from api.marts.attribution import tenant_attribution
from api.marts.builds import current_build
from api.marts.campaigns import list_campaigns, read_unconverted
from api.marts.downloads import tenant_downloads
from api.marts.models import CurrencyTotal, DeliveryDay, Money, Overview
from api.marts.warehouse import Reader, rows_by_kept_plan

STATUSES = """
select status, count(*) as campaigns
from app.campaigns
where %(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s
group by status
order by status
"""

# The live view is read once: it judges the events of after the build each time.
TOTALS = SQL("""
with

live as materialized (
    select currency, ads_delivered, spend_minor, revenue_minor, conversions, unconverted
    from marts.campaign_performance_live
    where %(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s
),

unconverted as (
    select
        p.currency, u.key as own_currency, sum((u.value ->> 'conversions')::bigint)::bigint as conversions,
        sum((u.value ->> 'amount_minor')::bigint)::bigint as amount_minor
    from live as p
    cross join lateral jsonb_each(p.unconverted) as u
    group by p.currency, u.key
)

select
    p.currency, count(*) as campaigns, sum(p.ads_delivered)::bigint as ads_delivered, sum(p.spend_minor)::bigint as spend_minor,
    sum(p.revenue_minor)::bigint as revenue_minor, sum(p.conversions)::bigint as conversions,
    (
        select jsonb_object_agg(u.own_currency, jsonb_build_object('conversions', u.conversions, 'amount_minor', u.amount_minor))
        from unconverted as u
        where u.currency = p.currency
    ) as unconverted
from live as p
group by p.currency
order by p.currency
""")

DELIVERY = """
select day, currency, sum(ads_delivered)::bigint as ads_delivered, sum(spend_minor)::bigint as spend_minor
from marts.campaign_spend_daily
where %(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s
group by day, currency
order by day, currency
"""


def overview(c: Reader, *, sponsor_id: UUID | None = None, campaigns: int = 10) -> Overview:
    """Everything the first page shows, from one snapshot; downloads are the tenant's and are left out for a sponsor."""
    build = current_build(c)
    chosen = {"sponsor_id": sponsor_id}
    return Overview(
        build=build,
        status_counts={row["status"]: row["campaigns"] for row in c.execute(STATUSES, chosen).fetchall()},
        totals=[
            CurrencyTotal(
                currency=row["currency"],
                campaigns=row["campaigns"],
                ads_delivered=row["ads_delivered"],
                spend=Money.of(row["spend_minor"], row["currency"]),
                revenue=Money.of(row["revenue_minor"], row["currency"]),
                conversions=row["conversions"],
                unconverted=read_unconverted(row["unconverted"]),
            )
            for row in rows_by_kept_plan(c, TOTALS, chosen)
        ],
        models=tenant_attribution(c, sponsor_id=sponsor_id).models,
        delivery=[
            DeliveryDay(day=row["day"], ads_delivered=row["ads_delivered"], spend=Money.of(row["spend_minor"], row["currency"]))
            for row in c.execute(DELIVERY, chosen).fetchall()
        ],
        downloads=[] if sponsor_id else tenant_downloads(c),
        campaigns=list_campaigns(c, limit=campaigns, sponsor_id=sponsor_id),
    )
