"""What a build changes of credited figures that readers saw before: kept in ops.restatement, in the publishing transaction."""

import uuid
from typing import Any

import psycopg

from orchestration.mart_differences import compared
from orchestration.mart_tables import on_both_sides

# A figure is one campaign's credit under one model on one day of conversion that was over when the last build spoke; fraud stands
# apart of it. The cause is what became of the conversions that have a touch of the campaign on that day: those that came, went or
# were turned round, and those that were re-opened (orchestration.reopened, which runs before). Of several the first by order.
RECORD = """
insert into ops.restatement (
    tenant_id, campaign_id, day, model, currency, conversions_ppb_before, conversions_ppb_after, revenue_minor_before,
    revenue_minor_after, cause, build_id
)
with

attempt as (select * from ops.build_attempts where build_id = %(build_id)s),

last_build as (select (as_of at time zone 'UTC')::date as last_day from marts.builds order by published_at desc limit 1),

differing as materialized (
    select distinct tenant_id, campaign_id, day, model, currency
    from pg_temp.difference_campaign_attribution_daily
    where basis = 'conversion_date'
),

before as (
    select k.tenant_id, k.campaign_id, k.day, k.model, k.currency, sum(f.conversions_ppb) as ppb, sum(f.revenue_minor) as minor
    from differing as k
    inner join marts.campaign_attribution_daily as f
        on
            k.tenant_id = f.tenant_id and k.campaign_id = f.campaign_id and k.day = f.day and k.model = f.model
            and k.currency = f.currency
    where f.basis = 'conversion_date' and not coalesce(f.is_fraud, false)
    group by k.tenant_id, k.campaign_id, k.day, k.model, k.currency
),

after as (
    select k.tenant_id, k.campaign_id, k.day, k.model, k.currency, sum(f.conversions_ppb) as ppb, sum(f.revenue_minor) as minor
    from differing as k
    inner join candidate.campaign_attribution_daily as f
        on
            k.tenant_id = f.tenant_id and k.campaign_id = f.campaign_id and k.day = f.day and k.model = f.model
            and k.currency = f.currency
    where f.basis = 'conversion_date' and not f.is_fraud
    group by k.tenant_id, k.campaign_id, k.day, k.model, k.currency
),

-- A model that was not there before, or is not any more, restates nothing; nor does an account's first build.
known as (select distinct tenant_id, model from marts.campaign_attribution_daily),

kept as (select distinct tenant_id, model from candidate.campaign_attribution_daily),

changed as (
    select
        tenant_id, campaign_id, day, model, currency,
        coalesce(b.ppb, 0)::bigint as ppb_before, coalesce(a.ppb, 0)::bigint as ppb_after,
        coalesce(b.minor, 0)::bigint as minor_before, coalesce(a.minor, 0)::bigint as minor_after
    from before as b
    full join after as a using (tenant_id, campaign_id, day, model, currency)
    inner join known using (tenant_id, model)
    inner join kept using (tenant_id, model)
    cross join last_build
    where
        (coalesce(b.ppb, 0) <> coalesce(a.ppb, 0) or coalesce(b.minor, 0) <> coalesce(a.minor, 0)) and day < last_build.last_day
),

-- The conversions that came, went or were turned round, with their day; a refund's is its own.
turned as (
    select
        d.tenant_id, d.conversion_id, (coalesce(a.converted_at, b.converted_at) at time zone 'UTC')::date as day,
        case
            when b.conversion_id is null or a.conversion_id is null then
                case coalesce(a.conversion_kind, b.conversion_kind) when 'refund' then 'refund' else 'late_event' end
            when f.decision_id is not null or was.decision_id is not null then 'fraud_decision'
            else 'fraud_score'
        end as cause
    from pg_temp.difference_attribution_conversions as d
    left join marts.attribution_conversions as b on d.tenant_id = b.tenant_id and d.conversion_id = b.conversion_id
    left join candidate.attribution_conversions as a on d.tenant_id = a.tenant_id and d.conversion_id = a.conversion_id
    left join candidate.conversion_fraud as f
        on a.tenant_id = f.tenant_id and coalesce(a.origin_conversion_id, a.conversion_id) = f.conversion_id
    left join marts.conversion_fraud as was
        on b.tenant_id = was.tenant_id and coalesce(b.origin_conversion_id, b.conversion_id) = was.conversion_id
    where d.change <> 'changed' or coalesce(b.is_fraud, false) <> a.is_fraud
),

causes as (
    select
        tenant_id, campaign_id, day,
        (array_agg(cause order by array_position(array[
            'fraud_decision', 'fraud_score', 'setting', 'identity_split', 'identity_merge', 'recount', 'refund', 'late_event'
        ], cause), cause))[1] as cause
    from (
        select t.tenant_id, c.campaign_id, t.day, t.cause
        from turned as t
        inner join candidate.attribution_credits as c on t.tenant_id = c.tenant_id and t.conversion_id = c.conversion_id
        union all
        select t.tenant_id, c.campaign_id, t.day, t.cause
        from turned as t
        inner join marts.attribution_credits as c on t.tenant_id = c.tenant_id and t.conversion_id = c.conversion_id
        union all
        select r.tenant_id, k.campaign_id::uuid, (r.converted_at at time zone 'UTC')::date, r.cause
        from ops.reopened_conversions as r
        cross join lateral jsonb_object_keys(r.credit_before || r.credit_after) as k (campaign_id)
        where
            r.build_id = %(build_id)s and (r.credit_before -> k.campaign_id) is distinct from (r.credit_after -> k.campaign_id)
    ) as found
    group by tenant_id, campaign_id, day
)

select
    changed.tenant_id, changed.campaign_id, changed.day, changed.model, changed.currency, changed.ppb_before, changed.ppb_after,
    changed.minor_before, changed.minor_after,
    coalesce(causes.cause, case attempt.mode when 'full' then 'full_build' else 'changed_data' end) as cause,
    attempt.build_id
from changed
cross join attempt
left join causes using (tenant_id, campaign_id, day)
"""
NEEDED = ("attribution_conversions", "attribution_credits", "campaign_attribution_daily", "conversion_fraud")


def record_restated_credit(connection: psycopg.Connection[Any], build_id: uuid.UUID) -> int:
    """Record every credited figure of an over day that publishing `build_id` will change, and why; call it before the marts are
    renewed.

    Returns how many; 0 before these marts were published.
    """
    if not on_both_sides(connection, *NEEDED):
        return 0
    for name in ("attribution_conversions", "campaign_attribution_daily"):
        compared(connection, name)
    return connection.execute(RECORD, {"build_id": build_id}).rowcount
