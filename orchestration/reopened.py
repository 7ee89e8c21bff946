"""Which published conversions a build re-opens, and why: kept in ops.reopened_conversions, in the publishing transaction.

A conversion is re-opened where it was published and its touches, weights or amounts are others now. One that came new, or went, is
not: its day's figures are restated all the same (orchestration.attribution_restatements).
"""

import uuid
from typing import Any

import psycopg

from api.marts.models import MODELS
from orchestration.mart_differences import compared
from orchestration.mart_tables import on_both_sides

_FIGURES = ", ".join(f"{{side}}.{model}_{unit}" for model in MODELS for unit in ("ppb", "minor"))
_CREDIT = """
    select
        c.tenant_id, c.conversion_id, sum(c.touches)::integer as touches,
        jsonb_object_agg(c.campaign_id, jsonb_build_object({models})) as credit
    from (
        select
            c.tenant_id, c.conversion_id, c.campaign_id, count(*) filter (where c.path_position > 0) as touches, {sums}
        from {schema}.attribution_credits as c
        inner join changed as v on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id
        group by c.tenant_id, c.conversion_id, c.campaign_id
    ) as c
    group by c.tenant_id, c.conversion_id
""".replace("{models}", ", ".join(f"'{m}', jsonb_build_array(c.{m}_ppb, c.{m}_minor)" for m in MODELS)).replace(
    "{sums}", ", ".join(f"sum(c.{m}_{u})::bigint as {m}_{u}" for m in MODELS for u in ("ppb", "minor"))
)
# The evidence decides. A touch that nobody had before is late, or counted anew. One that both builds have, and that only one of
# them ties to the conversion, was tied or untied by a merge where a link of the person merges now and did not, or the other way.
RECORD = f"""
insert into ops.reopened_conversions (
    tenant_id, conversion_id, converted_at, touches_before, touches_after, credit_before, credit_after, cause, build_id
)
with

attempt as (select * from ops.build_attempts where build_id = %(build_id)s),

differing as materialized (
    select
        d.tenant_id, d.conversion_id, d.touch_id, coalesce(b.touch_kind, a.touch_kind) as touch_kind,
        d.change = 'new' as is_added, d.change = 'gone' as is_removed
    from pg_temp.difference_attribution_credits as d
    left join marts.attribution_credits as b
        on d.tenant_id = b.tenant_id and d.conversion_id = b.conversion_id and d.touch_id = b.touch_id
    left join candidate.attribution_credits as a
        on d.tenant_id = a.tenant_id and d.conversion_id = a.conversion_id and d.touch_id = a.touch_id
    where d.change <> 'changed' or ({_FIGURES.format(side="b")}) is distinct from ({_FIGURES.format(side="a")})
),

touched as (
    select
        d.tenant_id, d.conversion_id,
        bool_or((d.is_added and b.touch_id is null) or (d.is_removed and a.touch_id is null)) as has_other_touches,
        bool_or(d.touch_kind = 'exposure' and ((d.is_added and b.touch_id is null) or (d.is_removed and a.touch_id is null)))
            as has_other_exposures,
        bool_or((d.is_added or d.is_removed) and b.touch_id is not null and a.touch_id is not null) as has_moved_touches
    from differing as d
    left join marts.attribution_touches as b on d.tenant_id = b.tenant_id and d.touch_id = b.touch_id
    left join candidate.attribution_touches as a on d.tenant_id = a.tenant_id and d.touch_id = a.touch_id
    group by d.tenant_id, d.conversion_id
),

-- A refund inherits its order's path: its order's person is asked for.
changed as materialized (
    select
        t.*, b.converted_at, coalesce(bo.person_id, b.person_id) as person_before,
        coalesce(ao.person_id, a.person_id) as person_after,
        coalesce(bo.previous_converted_at, b.previous_converted_at)
        is distinct from coalesce(ao.previous_converted_at, a.previous_converted_at) as has_other_previous,
        (b.value_minor, b.currency) is distinct from (a.value_minor, a.currency) as has_other_value
    from touched as t
    inner join marts.attribution_conversions as b on t.tenant_id = b.tenant_id and t.conversion_id = b.conversion_id
    inner join candidate.attribution_conversions as a on t.tenant_id = a.tenant_id and t.conversion_id = a.conversion_id
    left join marts.attribution_conversions as bo on b.tenant_id = bo.tenant_id and b.origin_conversion_id = bo.conversion_id
    left join candidate.attribution_conversions as ao on a.tenant_id = ao.tenant_id and a.origin_conversion_id = ao.conversion_id
),

-- The people of each link whose merging this build changes, as the build that merges it has them.
turned as materialized (
    select
        d.tenant_id, coalesce(a.status, '') = 'merged' as is_merge,
        case when a.status = 'merged' then a.user_person_id else b.user_person_id end as person_id
    from pg_temp.difference_identity_links as d
    left join candidate.identity_links as a on d.tenant_id = a.tenant_id and d.link_id = a.link_id
    left join marts.identity_links as b on d.tenant_id = b.tenant_id and d.link_id = b.link_id
    where (coalesce(a.status, '') = 'merged') <> (coalesce(b.status, '') = 'merged')
),

before as ({_CREDIT.replace("{schema}", "marts")}),

after as ({_CREDIT.replace("{schema}", "candidate")})

select
    v.tenant_id, v.conversion_id, v.converted_at, before.touches, after.touches, before.credit, after.credit,
    case
        when rb.rules_version is distinct from ra.rules_version then 'setting'
        when (v.has_moved_touches or v.has_other_previous) and exists (
            select from turned as t where t.tenant_id = v.tenant_id and not t.is_merge and t.person_id = v.person_before
        ) then 'identity_split'
        when (v.has_moved_touches or v.has_other_previous) and exists (
            select from turned as t where t.tenant_id = v.tenant_id and t.is_merge and t.person_id = v.person_after
        ) then 'identity_merge'
        when v.has_other_exposures and (
            exists (
                select from ops.recounts as r
                where r.tenant_id = v.tenant_id and r.xact >= attempt.from_xact and r.xact < attempt.to_xact
            )
            or exists (
                select from app.anomaly_decisions as d
                where d.tenant_id = v.tenant_id and d.xact >= attempt.from_xact and d.xact < attempt.to_xact
            )
            or exists (
                select from app.counting_settings as s
                where s.tenant_id = v.tenant_id and s.xact >= attempt.from_xact and s.xact < attempt.to_xact
            )
        ) then 'recount'
        when attempt.mode = 'full' then 'full_build'
        when v.has_other_touches or v.has_other_previous then 'late_event'
        when v.has_other_value then 'books'
        else 'entries'
    end,
    attempt.build_id
from changed as v
cross join attempt
inner join before on v.tenant_id = before.tenant_id and v.conversion_id = before.conversion_id
inner join after on v.tenant_id = after.tenant_id and v.conversion_id = after.conversion_id
left join marts.attribution_rules as rb on v.tenant_id = rb.tenant_id
left join candidate.attribution_rules as ra on v.tenant_id = ra.tenant_id
"""  # noqa: S608 - constants of this file
NEEDED = ("attribution_conversions", "attribution_credits", "attribution_rules", "attribution_touches", "identity_links")


def record_reopened(connection: psycopg.Connection[Any], build_id: uuid.UUID) -> int:
    """Record every published conversion whose credit publishing `build_id` changes, and why; call it before the marts are renewed.

    Returns how many; 0 before these marts were published.
    """
    if not on_both_sides(connection, *NEEDED):
        return 0
    for name in ("attribution_credits", "identity_links"):
        compared(connection, name)
    return connection.execute(RECORD.encode(), {"build_id": build_id}).rowcount
