-- Whether a campaign's shows rank otherwise in another universe: by ROAS, each universe of the multiverse for itself. Shows without
-- spend have no ROAS and no rank; one that brought nothing ranks with 0.
with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

own_models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

models as (
    {{ campaign_models('campaigns', 'own_models') }}
),

spends as (
    select
        tenant_id,
        campaign_id,
        show_id,
        currency,
        sum(spend_minor)::bigint as spend_minor
    from {{ ref('campaign_spend_daily') }}
    group by tenant_id, campaign_id, show_id, currency
    having sum(spend_minor) > 0
),

credits as (
    select
        c.tenant_id,
        c.campaign_id,
        p.show_id,
        c.window_days,
        c.ip_classes,
        c.model,
        sum(c.revenue_minor) as revenue_minor
    from {{ ref('int_multiverse_credits') }} as c
    inner join placements as p on c.tenant_id = p.tenant_id and c.placement_id = p.placement_id
    group by c.tenant_id, c.campaign_id, p.show_id, c.window_days, c.ip_classes, c.model
),

-- The headline: the account's own windows, credit split evenly.
headlines as (
    select
        tenant_id,
        campaign_id,
        show_id,
        sum(revenue_minor) as revenue_minor
    from {{ ref('campaign_attribution_daily') }}
    where basis = 'conversion_date' and model = 'linear' and not is_fraud and not is_unconverted
    group by tenant_id, campaign_id, show_id
),

universes as (
    select
        s.tenant_id,
        s.campaign_id,
        s.show_id,
        u.universe || m.model as universe,
        coalesce(k.revenue_minor, 0)::double precision / s.spend_minor as roas
    from spends as s
    inner join models as m on s.tenant_id = m.tenant_id and s.campaign_id = m.campaign_id
    cross join (
        values
        {%- for universe in multiverse_universes() %}
        ({{ universe.bit }}, {{ universe.window_days }}, '{{ universe.ip_classes }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as u (universe, window_days, ip_classes)
    left join credits as k
        on
            s.tenant_id = k.tenant_id and s.campaign_id = k.campaign_id and s.show_id = k.show_id
            and u.window_days = k.window_days and u.ip_classes = k.ip_classes and m.model = k.model
),

ranked as (
    select
        *,
        rank() over (partition by tenant_id, campaign_id, universe order by roas desc) as show_rank
    from universes
),

spans as (
    select
        tenant_id,
        campaign_id,
        show_id,
        min(show_rank) as best_rank,
        max(show_rank) as worst_rank,
        min(roas) as lowest_roas,
        max(roas) as highest_roas
    from ranked
    group by tenant_id, campaign_id, show_id
),

-- Two shows flip where one is ahead in a universe, and behind in another: a tie is no flip.
pairs as (
    select
        a.tenant_id,
        a.campaign_id,
        a.show_id,
        b.show_id as other_id,
        bool_or(a.roas > b.roas) and bool_or(a.roas < b.roas) as is_flipped
    from universes as a
    inner join universes as b
        on a.tenant_id = b.tenant_id and a.campaign_id = b.campaign_id and a.universe = b.universe and a.show_id <> b.show_id
    group by a.tenant_id, a.campaign_id, a.show_id, b.show_id
),

flips as (
    select
        tenant_id,
        campaign_id,
        show_id,
        count(*) filter (where is_flipped) as flips_with
    from pairs
    group by tenant_id, campaign_id, show_id
),

final as (
    select
        s.tenant_id,
        s.campaign_id,
        s.show_id,
        s.currency,
        s.spend_minor,
        coalesce(h.revenue_minor, 0)::bigint as revenue_minor,
        coalesce(h.revenue_minor, 0)::double precision / s.spend_minor as roas,
        rank() over (
            partition by s.tenant_id, s.campaign_id order by coalesce(h.revenue_minor, 0)::double precision / s.spend_minor desc
        ) as headline_rank,
        r.best_rank,
        r.worst_rank,
        r.lowest_roas,
        r.highest_roas,
        coalesce(f.flips_with, 0) as flips_with
    from spends as s
    inner join spans as r on s.tenant_id = r.tenant_id and s.campaign_id = r.campaign_id and s.show_id = r.show_id
    left join headlines as h on s.tenant_id = h.tenant_id and s.campaign_id = h.campaign_id and s.show_id = h.show_id
    left join flips as f on s.tenant_id = f.tenant_id and s.campaign_id = f.campaign_id and s.show_id = f.show_id
)

select * from final
