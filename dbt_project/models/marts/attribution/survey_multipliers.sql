with

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

-- Fraud is nobody's customer.
conversions as (
    select * from {{ ref('attribution_conversions') }}
    where not is_fraud
),

answers as (select * from {{ ref('int_survey_answers') }}),

asked as (
    select
        tenant_id,
        sponsor_id,
        count(*) as answers,
        count(*) filter (where is_podcast) as podcast_answers,
        min(answered_at) as first_answer_at,
        max(answered_at) as last_answer_at
    from answers
    group by tenant_id, sponsor_id
),

-- All customers of the days on which the survey was answered, and those of them that a link, a path or a code brings directly.
customers as (
    select
        a.tenant_id,
        a.sponsor_id,
        count(*) as customers,
        count(*) filter (where v.owner_touch_kind in ('click', 'vanity', 'code')) as direct_customers
    from asked as a
    inner join conversions as v
        on
            a.tenant_id = v.tenant_id and a.sponsor_id = v.sponsor_id and v.conversion_kind = 'purchase'
            and v.converted_at >= date_trunc('day', a.first_answer_at at time zone 'UTC') at time zone 'UTC'
            and v.converted_at < (date_trunc('day', a.last_answer_at at time zone 'UTC') + interval '1 day') at time zone 'UTC'
    group by a.tenant_id, a.sponsor_id
),

figures as (
    select
        s.tenant_id,
        s.sponsor_id,
        a.first_answer_at,
        a.last_answer_at,
        coalesce(a.answers, 0) as answers,
        coalesce(a.podcast_answers, 0) as podcast_answers,
        coalesce(c.customers, 0) as customers,
        coalesce(c.direct_customers, 0) as direct_customers,
        a.podcast_answers::double precision / a.answers as podcast_rate,
        -- Wilson, 95 %: z = 1.959964.
        3.841459::double precision as zz,
        a.answers::double precision as n
    from sponsors as s
    left join asked as a on s.tenant_id = a.tenant_id and s.sponsor_id = a.sponsor_id
    left join customers as c on s.tenant_id = c.tenant_id and s.sponsor_id = c.sponsor_id
),

-- The half-width of the interval, and whether there is enough to state a multiplier.
spreads as (
    select
        f.*,
        sqrt(f.zz * (f.podcast_rate * (1 - f.podcast_rate) + f.zz / (4 * f.n)) / f.n) as spread,
        f.answers >= {{ var('survey_min_answers', 30) }} and f.direct_customers >= {{ var('survey_min_direct', 5) }} as is_stated
    from figures as f
),

intervals as (
    select
        p.*,
        greatest(0, (p.podcast_rate + p.zz / (2 * p.n) - p.spread) / (1 + p.zz / p.n)) as rate_low,
        least(1, (p.podcast_rate + p.zz / (2 * p.n) + p.spread) / (1 + p.zz / p.n)) as rate_high,
        case when p.is_stated then p.customers::double precision / p.direct_customers end as customers_by_direct
    from spreads as p
),

final as (
    select
        i.tenant_id,
        i.sponsor_id,
        i.first_answer_at,
        i.last_answer_at,
        i.answers,
        i.podcast_answers,
        i.customers,
        i.direct_customers,
        i.answers::double precision / nullif(i.customers, 0) as response_rate,
        i.podcast_rate,
        -- The functions pass over NULL: without an answer there is no interval.
        case when i.answers > 0 then i.rate_low end as podcast_rate_low,
        case when i.answers > 0 then i.rate_high end as podcast_rate_high,
        i.podcast_rate * i.customers as projected_customers,
        case
            when i.answers = 0 then 'no_survey'
            when i.is_stated then 'stated'
            else 'too_little_data'
        end as verdict,
        i.podcast_rate * i.customers_by_direct as multiplier,
        i.rate_low * i.customers_by_direct as multiplier_low,
        i.rate_high * i.customers_by_direct as multiplier_high
    from intervals as i
)

select * from final
