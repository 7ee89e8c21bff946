"""A tenant at one glance: what its campaigns cost and brought, by currency, and its downloads by day."""

from uuid import UUID

from api.marts.attribution import tenant_attribution
from api.marts.builds import current_build
from api.marts.campaigns import list_campaigns, read_unconverted
from api.marts.downloads import tenant_downloads
from api.marts.models import CurrencyTotal, DeliveryDay, Money, Overview
from api.marts.warehouse import Reader, Row

STATUSES = """
select status, count(*) as campaigns
from app.campaigns
where %(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s
group by status
order by status
"""

TOTALS = """
select
    currency, count(*) as campaigns, sum(ads_delivered)::bigint as ads_delivered, sum(spend_minor)::bigint as spend_minor,
    sum(revenue_minor)::bigint as revenue_minor, sum(conversions)::bigint as conversions
from marts.campaign_performance_live
where %(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s
group by currency
order by currency
"""

UNCONVERTED = """
select
    p.currency, u.key as own_currency, sum((u.value ->> 'conversions')::bigint)::bigint as conversions,
    sum((u.value ->> 'amount_minor')::bigint)::bigint as amount_minor
from marts.campaign_performance_live as p
cross join lateral jsonb_each(p.unconverted) as u
where %(sponsor_id)s::uuid is null or p.sponsor_id = %(sponsor_id)s
group by p.currency, u.key
order by p.currency, u.key
"""

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
    apart: dict[str, dict[str, Row]] = {}
    for row in c.execute(UNCONVERTED, chosen).fetchall():
        apart.setdefault(row["currency"], {})[row["own_currency"]] = row
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
                unconverted=read_unconverted(apart.get(row["currency"])),
            )
            for row in c.execute(TOTALS, chosen).fetchall()
        ],
        models=tenant_attribution(c, sponsor_id=sponsor_id).models,
        delivery=[
            DeliveryDay(day=row["day"], ads_delivered=row["ads_delivered"], spend=Money.of(row["spend_minor"], row["currency"]))
            for row in c.execute(DELIVERY, chosen).fetchall()
        ],
        downloads=[] if sponsor_id else tenant_downloads(c),
        campaigns=list_campaigns(c, limit=campaigns, sponsor_id=sponsor_id),
    )
