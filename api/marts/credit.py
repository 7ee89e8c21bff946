"""Rows of credit by model, as built or with the conversions that came since the build."""

from uuid import UUID

from psycopg import sql

from api.marts.models import Basis
from api.marts.warehouse import Reader, Row, has_table, once, rows_by_kept_plan

# The mart is read once for an answer: the live view judges the events of after the build each time. A tenant's own models have
# the names that they have now.
OF_CAMPAIGN = sql.SQL("""
with

credited as materialized (
    select
        a.tenant_id, a.placement_id, a.show_id, a.day, a.model, a.currency, a.conversions_ppb, a.revenue_minor,
        coalesce(a.is_unconverted, false) as is_unconverted, coalesce(a.is_fraud, false) as is_fraud,
        starts_with(a.model, 'custom:') as is_custom
    from {mart} as a
    where a.campaign_id = %(campaign_id)s and a.basis = %(basis)s
),

by_placement as (
    select
        a.placement_id, a.show_id, coalesce(s.title, '') as show_title, a.model, a.currency, a.is_unconverted, a.is_fraud,
        sum(a.conversions_ppb)::bigint as conversions_ppb, sum(a.revenue_minor)::bigint as revenue_minor
    from credited as a
    left join app.shows as s on s.tenant_id = a.tenant_id and s.show_id = a.show_id
    where not a.is_custom
    group by a.placement_id, a.show_id, s.title, a.model, a.currency, a.is_unconverted, a.is_fraud
),

by_day as (
    select
        a.day, a.model, a.currency, a.is_unconverted, sum(a.conversions_ppb)::bigint as conversions_ppb,
        sum(a.revenue_minor)::bigint as revenue_minor
    from credited as a
    where not a.is_custom and not a.is_fraud
    group by a.day, a.model, a.currency, a.is_unconverted
),

by_own_model as (
    select
        a.model, coalesce(m.name, '') as name, m.created_at, a.currency, a.is_unconverted,
        sum(a.conversions_ppb)::bigint as conversions_ppb, sum(a.revenue_minor)::bigint as revenue_minor
    from credited as a
    left join app.attribution_models as m on m.tenant_id = a.tenant_id and a.model = 'custom:' || m.model_id
    where a.is_custom and not a.is_fraud
    group by a.model, m.name, m.created_at, a.currency, a.is_unconverted
)

select
    'placement' as part, placement_id, show_id, show_title, null::date as day, model, '' as name, null::timestamptz as created_at,
    currency, is_unconverted, is_fraud, conversions_ppb, revenue_minor
from by_placement
union all
select 'day', null, null, '', day, model, '', null, currency, is_unconverted, false, conversions_ppb, revenue_minor
from by_day
union all
select 'own_model', null, null, '', null, model, name, created_at, currency, is_unconverted, false, conversions_ppb, revenue_minor
from by_own_model
order by part, show_title, placement_id, day, created_at, model, currency
""")

BY_CAMPAIGN = sql.SQL("""
select
    a.campaign_id, a.sponsor_id, coalesce(c.name, '') as campaign_name, a.model, a.currency,
    coalesce(a.is_unconverted, false) as is_unconverted, coalesce(a.is_fraud, false) as is_fraud,
    sum(a.conversions_ppb)::bigint as conversions_ppb, sum(a.revenue_minor)::bigint as revenue_minor
from {mart} as a
left join app.campaigns as c on c.tenant_id = a.tenant_id and c.campaign_id = a.campaign_id
where
    a.basis = %(basis)s and not starts_with(a.model, 'custom:')
    and (%(sponsor_id)s::uuid is null or a.sponsor_id = %(sponsor_id)s)
group by a.campaign_id, a.sponsor_id, c.name, a.model, a.currency, a.is_unconverted, coalesce(a.is_fraud, false)
order by campaign_name, a.campaign_id, a.sponsor_id, a.currency
""")


def is_shown_live(c: Reader, mart: str, *, live: bool) -> bool:
    """Whether the answer is to be live and can be: a build of before there was such a live view has none."""
    return live and once(c, (is_shown_live, mart), lambda: has_table(c, f"{mart}_live"))


def credit_of_campaign(c: Reader, campaign_id: UUID, basis: Basis, *, live: bool) -> list[Row]:
    """One row per `part` (`placement`, `day`, `own_model`) and what it is summed by, model and currency. Fraud is in the
    placements' rows alone."""
    asked = {"campaign_id": campaign_id, "basis": basis}
    return once(c, (credit_of_campaign, campaign_id, basis, live), lambda: _rows(c, OF_CAMPAIGN, asked, live=live))


def credit_by_campaign(c: Reader, basis: Basis, sponsor_id: UUID | None, *, live: bool) -> list[Row]:
    """One row per campaign, sponsor, model, currency, and whether it is unconverted or fraud; by the campaigns' names."""
    return _rows(c, BY_CAMPAIGN, {"basis": basis, "sponsor_id": sponsor_id}, live=live)


def _rows(c: Reader, query: sql.SQL, asked: Row, *, live: bool) -> list[Row]:
    mart = "campaign_attribution_daily"
    if is_shown_live(c, mart, live=live):
        return rows_by_kept_plan(c, query.format(mart=sql.Identifier("marts", f"{mart}_live")), asked)
    return c.execute(query.format(mart=sql.Identifier("marts", mart)), asked).fetchall()
