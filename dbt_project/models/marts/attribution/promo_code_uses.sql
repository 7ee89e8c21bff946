with

paths as (
    select * from {{ ref('attribution_credits') }}
    where touch_kind = 'code'
),

conversions as (select * from {{ ref('int_conversions') }}),

events as (select * from {{ ref('int_events_admitted') }}),

codes as (select * from {{ ref('stg_campaigns__promo_codes') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

coupon_sites as (select * from {{ ref('coupon_sites') }}),

audiences as (select * from {{ ref('episode_audience_daily') }}),

-- The code that made the touch: its id is in the touch's.
uses as (
    select
        p.tenant_id,
        p.conversion_id,
        p.touch_id,
        p.campaign_id,
        p.placement_id,
        c.show_id,
        c.code_id,
        c.code_normalized as code,
        v.converted_at,
        v.sponsor_id,
        v.site_id,
        v.anonymous_id
    from paths as p
    inner join conversions as v on p.tenant_id = v.tenant_id and p.conversion_id = v.conversion_id
    inner join codes as c
        on
            p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id and c.code_normalized = any(v.promo_codes)
            and p.touch_id = {{ stable_id('code', ['v.tenant_id', 'v.conversion_id', 'c.code_id']) }}
    where v.conversion_kind <> 'refund'
),

-- Of the buyer's last day on the site: what referred them, and where they were.
visits as (
    select
        u.tenant_id,
        u.touch_id,
        max(e.referrer_host) filter (where s.host is not null) as coupon_site,
        max(e.country) as country
    from uses as u
    inner join events as e
        on
            u.tenant_id = e.tenant_id and u.site_id = e.site_id and u.anonymous_id = e.anonymous_id
            and e.occurred_at between u.converted_at - interval '1 day' and u.converted_at
    left join coupon_sites as s on e.referrer_host = s.host or e.referrer_host like '%.' || s.host
    where u.anonymous_id is not null
    group by u.tenant_id, u.touch_id
),

-- Where a show is heard, by its hosts' own figures; too few to say are none.
countries as (
    select
        a.tenant_id,
        a.show_id,
        upper(a.dimension_value) as country,
        sum(a.value) as listened,
        sum(sum(a.value)) over (partition by a.tenant_id, a.show_id) as listened_everywhere
    from audiences as a
    where a.dimension = 'country' and a.dimension_value <> 'Unknown'
    group by a.tenant_id, a.show_id, upper(a.dimension_value)
),

shows as (
    select distinct
        tenant_id,
        show_id
    from countries
    where listened_everywhere >= {{ var('audience_min_listened', 100) }}
),

judged as (
    select
        u.*,
        v.coupon_site,
        case
            when v.country is null or h.show_id is null then null
            when k.listened >= {{ var('audience_country_share', 0.01) }} * k.listened_everywhere then null
            else v.country
        end as foreign_country,
        -- A dynamic ad comes down with its flight; one that is baked in stays in the file.
        case
            when p.placement_id is null then (u.converted_at at time zone 'UTC')::date > g.flight_end
            else p.insertion = 'dynamic' and (u.converted_at at time zone 'UTC')::date > p.flight_end
        end as is_after_ad
    from uses as u
    inner join campaigns as g on u.tenant_id = g.tenant_id and u.campaign_id = g.campaign_id
    left join placements as p on u.tenant_id = p.tenant_id and u.placement_id = p.placement_id
    left join visits as v on u.tenant_id = v.tenant_id and u.touch_id = v.touch_id
    left join shows as h on u.tenant_id = h.tenant_id and u.show_id = h.show_id
    left join countries as k on u.tenant_id = k.tenant_id and u.show_id = k.show_id and v.country = k.country
),

final as (
    select
        j.tenant_id,
        j.conversion_id,
        j.touch_id,
        j.campaign_id,
        j.placement_id,
        j.show_id,
        j.code_id,
        j.code,
        j.converted_at,
        j.coupon_site,
        j.foreign_country,
        j.is_after_ad,
        j.coupon_site is not null or j.foreign_country is not null or j.is_after_ad as is_leak_suspect
    from judged as j
)

select * from final
