{{
    config(
        materialized='compared',
        indexes=[
            {'columns': ['tenant_id', 'conversion_id'], 'unique': True},
            {'columns': ['tenant_id', 'household_hash', 'key_epoch']},
            {'columns': ['tenant_id', 'person_id']},
            {'columns': ['tenant_id', 'origin_conversion_id']},
            {'columns': ['household_hashes'], 'type': 'gin'},
        ],
        meta={
            'primary_key': ['tenant_id', 'conversion_id'],
            'followers': ['attribution_credits'],
            'changes': {'tenant_id': 'tenant_id', 'conversion_id': 'conversion_id'},
        },
        post_hook='analyze {{ this }}',
    )
}}

with

events as (select * from {{ ref('int_events_admitted') }}),

orders as (select * from {{ ref('stg_campaigns__orders') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

people as (select * from {{ ref('identity_people') }}),

crowded as (select * from {{ ref('crowded_households') }}),

from_events as (
    {{ event_conversions('events', 'campaigns', 'crowded') }}
),

buyers as (
    {{ with_people('from_events', 'people') }}
),

reported_refunds as (
    {{ event_refunds('events') }}
),

from_orders as (
    select
        *,
        {{ stable_id('order', ['tenant_id', 'sponsor_id', "'purchase'", 'order_id']) }} as conversion_id
    from orders
),

-- Where the books name what was taken back, they decide that too; the day is the order's, for they seldom tell another.
refunds as (
    select r.*
    from reported_refunds as r
    where
        not exists (
            select 1 from from_orders as o
            where o.tenant_id = r.tenant_id and o.conversion_id = r.origin_conversion_id and o.refunded_minor > 0
        )
    union all
    select
        o.tenant_id,
        {{ stable_id('refund', ['o.tenant_id', 'o.sponsor_id', "'books'", 'o.order_id']) }} as conversion_id,
        o.conversion_id as origin_conversion_id,
        o.sponsor_id,
        null as site_id,
        o.order_id,
        o.ordered_at as converted_at,
        -o.refunded_minor as value_minor,
        o.currency,
        false as is_value_malformed,
        true as is_signed
    from from_orders as o
    where o.refunded_minor > 0
),

-- The imported books decide the value; the event tells who bought and when.
sales as (
    select
        e.site_id,
        e.household_hash,
        e.key_epoch,
        e.household_hashes,
        e.household_epochs,
        e.anonymous_id,
        e.user_id,
        e.person_id,
        e.has_consent,
        coalesce(e.tenant_id, o.tenant_id) as tenant_id,
        coalesce(e.conversion_id, o.conversion_id) as conversion_id,
        coalesce(e.sponsor_id, o.sponsor_id) as sponsor_id,
        coalesce(e.conversion_kind, 'purchase') as conversion_kind,
        coalesce(e.order_id, o.order_id) as order_id,
        coalesce(e.converted_at, o.ordered_at) as converted_at,
        coalesce(o.value_minor, e.value_minor, 0) as value_minor,
        coalesce(o.currency, e.currency) as currency,
        o.conversion_id is null and e.is_value_malformed as is_value_malformed,
        -- Verified: in the books, or reported under a signature (collector protocol).
        o.conversion_id is not null or e.is_signed as is_verified,
        case when e.promo_codes <> '{}' then e.promo_codes else coalesce(o.promo_codes, '{}') end as promo_codes,
        coalesce(e.ip_class, 'unknown') as ip_class
    from buyers as e
    full outer join from_orders as o on e.tenant_id = o.tenant_id and e.conversion_id = o.conversion_id
),

-- The conversion before, by household: two of them share a hash under the earlier one's epoch, which is live when the later one
-- comes.
households_in_order as (
    select
        s.tenant_id,
        s.conversion_id,
        lag(s.converted_at) over (
            partition by s.tenant_id, s.sponsor_id, s.conversion_kind, h.key_epoch, h.household_hash
            order by s.converted_at, s.conversion_id
        ) as previous_converted_at
    from sales as s
    cross join lateral {{ household_pairs('s') }} as h (household_hash, key_epoch)
    where {{ household_of('s') }} is not null and h.household_hash is not null
),

household_previous as (
    select
        tenant_id,
        conversion_id,
        max(previous_converted_at) as previous_converted_at
    from households_in_order
    group by tenant_id, conversion_id
),

-- The same buyer is whoever is the same person, or of the same household.
sales_in_order as (
    select
        s.*,
        greatest(
            case when s.person_id is not null then lag(s.converted_at) over (
                partition by s.tenant_id, s.sponsor_id, s.conversion_kind, s.person_id order by s.converted_at, s.conversion_id
            ) end,
            h.previous_converted_at
        ) as previous_converted_at
    from sales as s
    left join household_previous as h on s.tenant_id = h.tenant_id and s.conversion_id = h.conversion_id
),

final as (
    select
        tenant_id,
        conversion_id,
        null::uuid as origin_conversion_id,
        sponsor_id,
        site_id,
        conversion_kind,
        order_id,
        converted_at,
        value_minor,
        currency,
        is_value_malformed,
        is_verified,
        promo_codes,
        household_hash,
        key_epoch,
        household_hashes,
        household_epochs,
        ip_class,
        anonymous_id,
        user_id,
        has_consent,
        previous_converted_at,
        person_id
    from sales_in_order
    union all
    select
        r.tenant_id,
        r.conversion_id,
        r.origin_conversion_id,
        r.sponsor_id,
        r.site_id,
        'refund' as conversion_kind,
        r.order_id,
        r.converted_at,
        coalesce(r.value_minor, -abs(s.value_minor), 0) as value_minor,
        case when r.value_minor is null and s.currency is not null then s.currency else r.currency end as currency,
        r.is_value_malformed,
        r.is_signed as is_verified,
        '{}' as promo_codes,
        null as household_hash,
        null as key_epoch,
        null as household_hashes,
        null as household_epochs,
        'unknown' as ip_class,
        null as anonymous_id,
        null as user_id,
        null as has_consent,
        null as previous_converted_at,
        null as person_id
    from refunds as r
    left join sales as s on r.tenant_id = s.tenant_id and r.origin_conversion_id = s.conversion_id
)

select * from final
