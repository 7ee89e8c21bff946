-- Domain rules, section 9: time to first value = first campaign.created - user.registered, per user, server time, first
-- registration only. A user without a campaign is censored at the moment the build speaks of: still in the denominator.
with events as (
    select * from {{ ref('stg_product__events') }}
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

measured as (
    select
        *,
        extract(epoch from first_campaign_at - registered_at)::double precision as ttfv_s,
        extract(epoch from {{ build_as_of() }} - registered_at)::double precision as waited_s
    from users
    where registered_at is not null
),

final as (
    select
        tenant_id,
        user_id,
        registered_at,
        first_campaign_at,
        ttfv_s,
        ttfv_s is null as is_censored,
        -- Never under 0: a user who registered during the build has not waited yet.
        coalesce(ttfv_s, greatest(waited_s, 0)) as observed_s,
        date_trunc('week', registered_at at time zone 'UTC')::date as signup_week,
        coalesce(ttfv_s < 0, false) as is_data_error
    from measured
)

select * from final
