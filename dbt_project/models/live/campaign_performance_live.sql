{{
    config(post_hook=[
        "alter view {{ this }} set (security_invoker = true)",
        "grant select on {{ this }} to hostread_reader, hostread_app",
    ])
}}

with

{{ tail() }},

built as (select * from {{ published(ref('campaign_performance')) }}),

built_values as (select * from {{ published(ref('attribution_values')) }}),

builds as (
    select b.as_of from marts.builds as b
    order by b.published_at desc limit 1
),

owners as (
    {{ evidence_owners('paths') }}
),

owned_sales as materialized (
    select
        v.tenant_id,
        v.conversion_id,
        v.conversion_kind,
        v.converted_at,
        v.amount_minor as value_minor,
        v.currency,
        v.is_signed as is_verified,
        (v.converted_at at time zone 'UTC')::date as rate_day,
        o.owner_campaign_id,
        o.owner_touch_kind,
        coalesce(d.verdict = 'fraud', false) as is_fraud
    from conversions as v
    inner join owners as o on v.tenant_id = o.tenant_id and v.conversion_id = o.conversion_id
    left join decided as d on v.tenant_id = d.tenant_id and v.conversion_id = d.conversion_id
),

refunded_sales as (
    select
        r.conversion_id as refund_id,
        s.*
    from refunds as r
    inner join owned_sales as s on r.tenant_id = s.tenant_id and r.origin_conversion_id = s.conversion_id
    union all
    select
        r.conversion_id as refund_id,
        b.tenant_id,
        b.conversion_id,
        b.conversion_kind,
        b.converted_at,
        b.value_minor,
        b.currency,
        b.is_verified,
        (b.converted_at at time zone 'UTC')::date as rate_day,
        b.owner_campaign_id,
        b.owner_touch_kind,
        coalesce(t.is_fraud, b.is_fraud) as is_fraud
    from refunds as r
    inner join built_conversions as b on r.tenant_id = b.tenant_id and r.origin_conversion_id = b.conversion_id
    left join turned as t on b.tenant_id = t.tenant_id and b.conversion_id = t.conversion_id
),

owned_refunds as (
    select
        r.tenant_id,
        r.conversion_id,
        'refund' as conversion_kind,
        r.converted_at,
        coalesce(r.value_minor, -abs(s.value_minor)) as value_minor,
        case when r.value_minor is null then s.currency else r.currency end as currency,
        r.is_signed as is_verified,
        s.rate_day,
        s.owner_campaign_id,
        s.owner_touch_kind,
        s.is_fraud,
        r.origin_conversion_id
    from refunds as r
    inner join refunded_sales as s on r.tenant_id = s.tenant_id and r.conversion_id = s.refund_id
),

owned as materialized (
    select
        *,
        null::uuid as origin_conversion_id
    from owned_sales
    union all
    select * from owned_refunds
),

-- What is not in the campaign's currency; of a refund what had been taken back of its order before, built or in the tail.
foreign_amounts as materialized (
    select
        v.tenant_id,
        v.conversion_id,
        v.currency as from_currency,
        c.currency as to_currency,
        v.value_minor,
        coalesce(sum(v.value_minor) over (
            partition by
                v.tenant_id, coalesce(v.origin_conversion_id, v.conversion_id), v.conversion_kind, v.currency, v.is_verified
            order by v.converted_at, v.conversion_id
            rows between unbounded preceding and 1 preceding
        ), 0)::bigint + case
            when v.conversion_kind <> 'refund' then 0
            else (
                select coalesce(sum(b.value_minor), 0)::bigint
                from built_conversions as b
                where
                    b.tenant_id = v.tenant_id and b.owner_campaign_id = v.owner_campaign_id
                    and b.origin_conversion_id = v.origin_conversion_id
                    and b.currency = v.currency and b.is_verified = v.is_verified
            )
        end as before_minor,
        v.rate_day,
        s.rate_max_age_days as max_age_days
    from owned as v
    inner join campaigns as c on v.tenant_id = c.tenant_id and v.owner_campaign_id = c.campaign_id and v.currency <> c.currency
    inner join settings as s on v.tenant_id = s.tenant_id
),

converted as (
    {{ converted_values('foreign_amounts', 'rates', 'currencies') }}
),

owned_conversions as (
    select
        v.*,
        k.value_minor as converted_minor
    from owned as v
    left join converted as k on v.tenant_id = k.tenant_id and v.conversion_id = k.conversion_id
),

tail_visits as (
    {{ campaign_visits('new_touches') }}
),

tail_conversions as (
    {{ campaign_conversions('owned_conversions', 'campaigns') }}
),

turned_conversions as materialized (
    select
        v.tenant_id,
        v.conversion_kind,
        v.converted_at,
        v.value_minor,
        v.currency,
        v.is_verified,
        v.owner_campaign_id,
        v.owner_touch_kind,
        t.is_fraud,
        k.value_minor as converted_minor
    from turned as t
    inner join built_conversions as v on t.tenant_id = v.tenant_id and t.conversion_id = v.conversion_id
    inner join campaigns as c on v.tenant_id = c.tenant_id and v.owner_campaign_id = c.campaign_id
    left join built_values as k
        on v.tenant_id = k.tenant_id and v.conversion_id = k.conversion_id and c.currency = k.currency
),

as_built as (
    select
        tenant_id,
        conversion_kind,
        converted_at,
        value_minor,
        currency,
        is_verified,
        owner_campaign_id,
        owner_touch_kind,
        not is_fraud as is_fraud,
        converted_minor
    from turned_conversions
),

added as (
    {{ campaign_conversions('turned_conversions', 'campaigns') }}
),

taken as (
    {{ campaign_conversions('as_built', 'campaigns') }}
),

pacing as (
    {{ campaign_pacing('campaigns', 'placements', 'built', 'coalesce((select as_of from builds), now())') }}
),

final as (
    select
        p.*,
        coalesce(b.visits, 0) + coalesce(i.visits, 0) as visits,
        {%- for figure in owned_figures() %}
        coalesce(b.{{ figure }}, 0) + coalesce(v.{{ figure }}, 0) + coalesce(a.{{ figure }}, 0) - coalesce(k.{{ figure }}, 0)
            as {{ figure }},
        {%- endfor %}
        {{ summed_amounts(['b.unconverted', 'v.unconverted', 'a.unconverted'], ['k.unconverted']) }} as unconverted,
        least(b.first_event_at, i.first_event_at, v.first_event_at) as first_event_at,
        greatest(b.last_event_at, i.last_event_at, v.last_event_at) as last_event_at,
        i.campaign_id is not null or v.campaign_id is not null or a.campaign_id is not null as is_live,
        {{ summed_amounts(['b.fraud', 'v.fraud', 'a.fraud'], ['k.fraud']) }} as fraud
    from pacing as p
    left join built as b on p.tenant_id = b.tenant_id and p.campaign_id = b.campaign_id
    left join tail_visits as i on p.tenant_id = i.tenant_id and p.campaign_id = i.campaign_id
    left join tail_conversions as v on p.tenant_id = v.tenant_id and p.campaign_id = v.campaign_id
    left join added as a on p.tenant_id = a.tenant_id and p.campaign_id = a.campaign_id
    left join taken as k on p.tenant_id = k.tenant_id and p.campaign_id = k.campaign_id
)

select * from final
