-- Domain rules, section 6: by conversion date a week's spend stands beside what came in that week, by exposure date beside what the
-- ads and visits of that week brought, whenever it came. A week with spend and no conversion stays.
with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

credited as (
    select
        tenant_id,
        campaign_id,
        basis,
        date_trunc('week', day)::date as cohort_week,
        model,
        sum(conversions_ppb)::bigint as conversions_ppb,
        sum(case when is_unconverted then 0 else revenue_minor end)::bigint as revenue_minor
    from {{ ref('campaign_attribution_daily') }}
    where not is_fraud
    group by tenant_id, campaign_id, basis, date_trunc('week', day)::date, model
),

spends as (
    select
        tenant_id,
        campaign_id,
        date_trunc('week', day)::date as cohort_week,
        sum(spend_minor)::bigint as spend_minor
    from {{ ref('campaign_spend_daily') }}
    group by tenant_id, campaign_id, date_trunc('week', day)::date
),

models as (
    select distinct
        tenant_id,
        campaign_id,
        model
    from {{ ref('campaign_roi') }}
),

cohorts as (
    select
        s.tenant_id,
        s.campaign_id,
        b.basis,
        s.cohort_week,
        m.model
    from spends as s
    cross join unnest(array['conversion_date', 'exposure_date']) as b (basis)
    inner join models as m on s.tenant_id = m.tenant_id and s.campaign_id = m.campaign_id
    union
    select
        a.tenant_id,
        a.campaign_id,
        a.basis,
        a.cohort_week,
        a.model
    from credited as a
),

final as (
    select
        k.tenant_id,
        k.campaign_id,
        k.basis,
        k.cohort_week,
        k.model,
        c.currency,
        coalesce(s.spend_minor, 0) as spend_minor,
        coalesce(a.conversions_ppb, 0) as conversions_ppb,
        coalesce(a.revenue_minor, 0) as revenue_minor,
        {{ return_on('coalesce(a.revenue_minor, 0)', 'p.margin_rate', 'coalesce(s.spend_minor, 0)') }} as roi,
        {{ revenue_on('coalesce(a.revenue_minor, 0)', 'coalesce(s.spend_minor, 0)') }} as roas,
        -- Of exposures the last ones of the week may still bring something until the window has passed.
        (k.cohort_week + 7)::timestamp at time zone 'UTC'
        + case
            when k.basis = 'exposure_date' then make_interval(secs => {{ window_s('t', 'c.goal_kind', "'exposure'") }})
            else interval '0'
        end
        <= {{ build_as_of() }} as is_mature
    from cohorts as k
    inner join campaigns as c on k.tenant_id = c.tenant_id and k.campaign_id = c.campaign_id
    inner join sponsors as p on c.tenant_id = p.tenant_id and c.sponsor_id = p.sponsor_id
    inner join settings as t on k.tenant_id = t.tenant_id
    left join spends as s
        on k.tenant_id = s.tenant_id and k.campaign_id = s.campaign_id and k.cohort_week = s.cohort_week
    left join credited as a
        on
            k.tenant_id = a.tenant_id and k.campaign_id = a.campaign_id and k.basis = a.basis and k.cohort_week = a.cohort_week
            and k.model = a.model
)

select * from final
