-- Households exposed to each campaign and those they are compared with, in temporary tables of one transaction: keyed hashes of one
-- epoch, as the attribution models have them. Domain rules, section 7. The last of them counts equal households.

create temporary table lift_units on commit drop as
select
    w.tenant_id,
    w.key_epoch,
    w.household_hash,
    row_number() over () as unit
from intermediate.int_windows_counted as w
left join marts.crowded_households as k
    on w.tenant_id = k.tenant_id and w.household_hash = k.household_hash and w.key_epoch = k.key_epoch
where
    w.is_valid and w.is_first_touch and w.ip_class in ('household', 'unknown')
    -- More devices are no home (domain rules, section 5).
    and k.household_hash is null
group by w.tenant_id, w.key_epoch, w.household_hash;

analyze lift_units;

create temporary table lift_downloads on commit drop as
select
    w.tenant_id,
    u.unit,
    w.show_id,
    w.opened_at,
    w.ip_class,
    hashtext(w.user_agent) as agent,
    case
        when w.user_agent ~* 'alexa|echo|google-?home|sonos|roku|tizen' then 3
        when w.user_agent ~* 'iphone|ipad|ios|applecore|darwin|podcasts/' then 1
        when w.user_agent ~* 'android|okhttp' then 2
        else 0
    end as platform
from intermediate.int_windows_counted as w
inner join lift_units as u
    on w.tenant_id = u.tenant_id and w.key_epoch = u.key_epoch and w.household_hash = u.household_hash
where w.is_valid and w.is_first_touch and w.ip_class in ('household', 'unknown');

create index on lift_downloads (unit, opened_at);

analyze lift_downloads;

-- The window opens with the request that delivered the ad.
create temporary table lift_exposures on commit drop as
select
    a.tenant_id,
    u.unit,
    a.campaign_id,
    c.sponsor_id,
    c.goal_kind,
    a.delivered_at
from intermediate.int_ads_delivered as a
inner join lift_units as u
    on a.tenant_id = u.tenant_id and a.key_epoch = u.key_epoch and a.household_hash = u.household_hash
inner join app.campaigns as c on a.tenant_id = c.tenant_id and a.campaign_id = c.campaign_id
where a.ip_class in ('household', 'unknown');

create index on lift_exposures (unit, sponsor_id, delivered_at);

analyze lift_exposures;

create temporary table lift_sales on commit drop as
select
    v.tenant_id,
    v.sponsor_id,
    v.conversion_kind,
    u.unit,
    v.converted_at
from marts.attribution_conversions as v
cross join
    lateral unnest(
        coalesce(v.household_hashes, array[v.household_hash]), coalesce(v.household_epochs, array[v.key_epoch])
    ) as h (household_hash, key_epoch)
inner join lift_units as u
    on v.tenant_id = u.tenant_id and h.key_epoch = u.key_epoch and h.household_hash = u.household_hash
where v.ip_class in ('household', 'unknown') and v.conversion_kind <> 'refund' and not coalesce(v.is_fraud, false);

create index on lift_sales (unit, sponsor_id, conversion_kind, converted_at);

analyze lift_sales;

-- What is known of each campaign: its days of exposure, how far its sponsor's sales and its tenant's downloads are known, and
-- whether its owner held somebody out of it.
create temporary table lift_campaigns on commit drop as
select
    e.tenant_id,
    e.campaign_id,
    e.sponsor_id,
    e.goal_kind,
    min(e.delivered_at) as from_at,
    max(e.delivered_at) as to_at,
    coalesce(s.from_at, min(e.delivered_at)) as known_from,
    greatest(d.to_at, s.to_at) as known_to,
    coalesce(h.design, 'matched') as design
from lift_exposures as e
inner join (select tenant_id, max(opened_at) as to_at from lift_downloads group by tenant_id) as d on e.tenant_id = d.tenant_id
left join (
    select
        tenant_id,
        sponsor_id,
        min(converted_at) as from_at,
        max(converted_at) as to_at
    from marts.attribution_conversions
    group by tenant_id, sponsor_id
) as s on e.tenant_id = s.tenant_id and e.sponsor_id = s.sponsor_id
left join (
    select
        tenant_id,
        campaign_id,
        case when bool_or(kind = 'time') then 'time_holdout' else 'geo_holdout' end as design
    from app.lift_holdouts
    where withdrawn_at is null
    group by tenant_id, campaign_id
) as h on e.tenant_id = h.tenant_id and e.campaign_id = h.campaign_id
group by e.tenant_id, e.campaign_id, e.sponsor_id, e.goal_kind, s.from_at, s.to_at, d.to_at, h.design;

analyze lift_campaigns;

create temporary table lift_shows on commit drop as
select distinct
    tenant_id,
    campaign_id,
    show_id
from app.placements;

-- One row per campaign and household: the first ad it heard; of who never heard one, a download while others did, drawn by a hash,
-- so that nobody chooses it. With holdouts, a download that was held out.
create temporary table lift_index on commit drop as
with

exposed as (
    select distinct on (e.campaign_id, e.unit)
        e.tenant_id,
        e.campaign_id,
        e.unit,
        e.delivered_at as index_at
    from lift_exposures as e
    order by e.campaign_id, e.unit, e.delivered_at
),

unexposed as (
    select distinct on (c.campaign_id, d.unit)
        d.tenant_id,
        c.campaign_id,
        d.unit,
        d.opened_at as index_at
    from lift_campaigns as c
    inner join lift_downloads as d on c.tenant_id = d.tenant_id
    where
        case
            when c.design = 'matched' then d.opened_at between c.from_at and c.to_at
            else exists (
                select 1
                from app.lift_holdouts as h
                where
                    h.tenant_id = c.tenant_id and h.campaign_id = c.campaign_id and h.withdrawn_at is null
                    and (d.opened_at at time zone 'UTC')::date between h.starts_on and h.ends_on
                    and (
                        d.show_id = h.show_id
                        or (
                            h.show_id is null
                            and d.show_id in (
                                select s.show_id from lift_shows as s
                                where s.tenant_id = c.tenant_id and s.campaign_id = c.campaign_id
                            )
                        )
                    )
            )
        end
        and not exists (
            select 1 from exposed as x
            where x.tenant_id = c.tenant_id and x.campaign_id = c.campaign_id and x.unit = d.unit
        )
    order by c.campaign_id, d.unit, hashint8(extract(epoch from d.opened_at)::bigint # (d.unit * 2654435761))
)

select
    *,
    true as is_exposed
from exposed
union all
select
    *,
    false as is_exposed
from unexposed;

analyze lift_index;

-- Covariates from the 28 days before, and the sponsor's other ads within 28 days; conversions of weeks -4 to 7; equal homes counted.
create temporary table lift_cells on commit drop as
with

known as (
    select
        i.tenant_id,
        i.campaign_id,
        i.is_exposed,
        case when c.design = 'time_holdout' then 0 else floor(extract(epoch from i.index_at) / 604800)::integer end as index_week,
        (d.ip_class = 'unknown')::integer as address,
        least((o.ads + 2) / 3, 2)::integer as other_ads,
        least(greatest(p.agents, 1), 3)::integer as devices,
        case when p.downloads <= 0 then 0 when p.downloads <= 2 then 1 when p.downloads <= 5 then 2 else 3 end as activity,
        least(p.shows, 3)::integer as shows,
        d.platform,
        p.heard_own::integer as heard_own,
        greatest(least(floor(extract(epoch from i.index_at - c.known_from) / 604800), 4), 0)::integer as weeks_before,
        greatest(least(floor(extract(epoch from c.known_to - i.index_at) / 604800), 8), 0)::integer as weeks_after,
        s.conversions
    from lift_index as i
    inner join lift_campaigns as c on i.tenant_id = c.tenant_id and i.campaign_id = c.campaign_id
    cross join lateral (
        select
            l.ip_class,
            l.platform
        from lift_downloads as l
        where l.tenant_id = i.tenant_id and l.unit = i.unit and l.opened_at <= i.index_at
        order by l.opened_at desc
        limit 1
    ) as d
    cross join lateral (
        select
            count(*) as downloads,
            count(distinct l.agent) as agents,
            count(distinct l.show_id) as shows,
            coalesce(
                bool_or(
                    l.show_id in (
                        select w.show_id from lift_shows as w where w.tenant_id = i.tenant_id and w.campaign_id = i.campaign_id
                    )
                ),
                false
            ) as heard_own
        from lift_downloads as l
        where
            l.tenant_id = i.tenant_id and l.unit = i.unit and l.opened_at < i.index_at
            and l.opened_at >= i.index_at - interval '28 days'
    ) as p
    cross join lateral (
        select count(*) as ads
        from lift_exposures as e
        where
            e.tenant_id = i.tenant_id and e.unit = i.unit and e.sponsor_id = c.sponsor_id and e.campaign_id <> c.campaign_id
            and e.delivered_at between i.index_at - interval '28 days' and i.index_at + interval '28 days'
    ) as o
    cross join lateral (
        select
            array[
                count(*) filter (where w.week = -4), count(*) filter (where w.week = -3), count(*) filter (where w.week = -2),
                count(*) filter (where w.week = -1), count(*) filter (where w.week = 0), count(*) filter (where w.week = 1),
                count(*) filter (where w.week = 2), count(*) filter (where w.week = 3), count(*) filter (where w.week = 4),
                count(*) filter (where w.week = 5), count(*) filter (where w.week = 6), count(*) filter (where w.week = 7)
            ]::integer[] as conversions
        from (
            select floor(extract(epoch from l.converted_at - i.index_at) / 604800)::integer as week
            from lift_sales as l
            where
                l.tenant_id = i.tenant_id and l.unit = i.unit and l.sponsor_id = c.sponsor_id and l.conversion_kind = c.goal_kind
                and l.converted_at >= i.index_at - interval '28 days' and l.converted_at < i.index_at + interval '56 days'
        ) as w
    ) as s
)

select
    tenant_id,
    campaign_id,
    is_exposed,
    array[index_week, address, other_ads, devices, activity, shows, platform, heard_own] as covariates,
    weeks_before,
    weeks_after,
    conversions,
    count(*) as households
from known
group by
    tenant_id, campaign_id, is_exposed, index_week, address, other_ads, devices, activity, shows, platform, heard_own, weeks_before,
    weeks_after, conversions;
