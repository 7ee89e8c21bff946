-- Domain rules, section 9: time to first value = first campaign.created - user.registered, per user, server time, first
-- registration only. A user without a campaign is still in the denominator, as far as the build has seen them wait.
with events as (
    select * from {{ ref('stg_product__events') }}
),

conversions as (
    select
        tenant_id,
        owner_campaign_id as campaign_id,
        min(converted_at) as first_converted_at
    from {{ ref('attribution_conversions') }}
    where owner_campaign_id <> {{ none_id() }} and not is_fraud and origin_conversion_id is null
    group by tenant_id, owner_campaign_id
),

users as (
    select
        tenant_id,
        user_id,
        min(occurred_at) filter (where event_name = 'user.registered') as registered_at,
        min(occurred_at) filter (where event_name = 'campaign.created') as first_campaign_at
    from events
    where user_id is not null and event_name in ('user.registered', 'campaign.created')
    group by tenant_id, user_id
),

-- The first look at a campaign that had a conversion by then.
seen as (
    select
        e.tenant_id,
        e.user_id,
        min(e.occurred_at) as first_conversion_seen_at
    from events as e
    inner join conversions as c on e.tenant_id = c.tenant_id and e.campaign_id = c.campaign_id
    where e.user_id is not null and e.event_name = 'analytics.viewed' and e.occurred_at >= c.first_converted_at
    group by e.tenant_id, e.user_id
),

measured as (
    select
        u.*,
        s.first_conversion_seen_at,
        extract(epoch from u.first_campaign_at - u.registered_at)::double precision as ttfv_s,
        extract(epoch from s.first_conversion_seen_at - u.registered_at)::double precision as seen_s,
        extract(epoch from {{ build_as_of() }} - u.registered_at)::double precision as waited_s
    from users as u
    left join seen as s on u.tenant_id = s.tenant_id and u.user_id = s.user_id
    where u.registered_at is not null
),

to_campaign as (
    select
        tenant_id,
        user_id,
        waited_s,
        ttfv_s as value_s
    from measured
),

to_conversion as (
    select
        tenant_id,
        user_id,
        waited_s,
        seen_s as value_s
    from measured
),

observed as (
    {{ observed_waits('to_campaign') }}
),

observed_to_conversion as (
    {{ observed_waits('to_conversion') }}
),

final as (
    select
        m.tenant_id,
        m.user_id,
        m.registered_at,
        m.first_campaign_at,
        m.ttfv_s,
        m.ttfv_s is null as is_censored,
        o.observed_s,
        date_trunc('week', m.registered_at at time zone 'UTC')::date as signup_week,
        coalesce(m.ttfv_s < 0, false) as is_data_error,
        m.first_conversion_seen_at,
        k.observed_s as conversion_observed_s
    from measured as m
    inner join observed as o on m.tenant_id = o.tenant_id and m.user_id = o.user_id
    inner join observed_to_conversion as k on m.tenant_id = k.tenant_id and m.user_id = k.user_id
)

select * from final
