with

codes as (select * from {{ ref('stg_campaigns__promo_codes') }}),

uses as (select * from {{ ref('promo_code_uses') }}),

counted as (
    select
        c.tenant_id,
        c.code_id,
        c.campaign_id,
        c.placement_id,
        c.show_id,
        c.code_normalized as code,
        count(u.touch_id) as uses,
        count(u.coupon_site) as coupon_site_uses,
        count(u.foreign_country) as foreign_uses,
        count(*) filter (where u.is_after_ad) as after_ad_uses,
        count(*) filter (where u.is_leak_suspect) as suspect_uses,
        min(u.converted_at) as first_used_at,
        max(u.converted_at) as last_used_at
    from codes as c
    left join uses as u on c.tenant_id = u.tenant_id and c.code_id = u.code_id
    group by c.tenant_id, c.code_id, c.campaign_id, c.placement_id, c.show_id, c.code_normalized
),

final as (
    select
        c.*,
        case
            when c.uses < {{ var('leak_min_uses', 5) }} then 'too_little_data'
            when c.suspect_uses >= {{ var('leak_rate', 0.5) }} * c.uses then 'leaked'
            when c.suspect_uses > 0 then 'some_suspects'
            else 'clean'
        end as verdict
    from counted as c
)

select * from final
