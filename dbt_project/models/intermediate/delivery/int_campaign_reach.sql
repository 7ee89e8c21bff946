-- Whom a campaign's ads reached. Households are those that an address can stand for (domain rules, section 5); across a rotation of
-- keys one household counts in each epoch, since nothing ties the two. Reach is not additive (section 7).
with

ads as (select * from {{ ref('int_ads_delivered') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

crowded as (select * from {{ ref('crowded_households') }}),

addresses as (
    select
        a.tenant_id,
        a.campaign_id,
        a.key_epoch,
        a.household_hash,
        k.household_hash is not null as is_crowded,
        count(*) as ads
    from ads as a
    left join crowded as k
        on a.tenant_id = k.tenant_id and a.key_epoch = k.key_epoch and a.household_hash = k.household_hash
    where a.ip_class in ('household', 'unknown')
    group by a.tenant_id, a.campaign_id, a.key_epoch, a.household_hash, k.household_hash
),

households as (
    select * from addresses
    where not is_crowded
),

-- Addresses of too many devices to be a household's (section 5).
crowds as (
    select
        tenant_id,
        campaign_id,
        count(*) as crowded_count,
        sum(ads)::bigint as crowded_ads
    from addresses
    where is_crowded
    group by tenant_id, campaign_id
),

ranked as (
    select
        tenant_id,
        campaign_id,
        ads,
        row_number() over (partition by tenant_id, campaign_id order by ads desc, key_epoch, household_hash) as place,
        count(*) over (partition by tenant_id, campaign_id) as reached
    from households
),

reached as (
    select
        tenant_id,
        campaign_id,
        count(*) as household_count,
        sum(ads)::bigint as household_ads,
        count(*) filter (where ads = 1) as once_count,
        count(*) filter (where ads between 2 and 3) as twice_count,
        count(*) filter (where ads >= 4) as often_count,
        (sum(ads) filter (where place <= ceil(reached / 10.0)))::bigint as top_tenth_ads
    from ranked
    group by tenant_id, campaign_id
),

listened as (
    select
        ads.tenant_id,
        ads.campaign_id,
        count(*) as ads,
        count(distinct int4send(ads.key_epoch) || ads.household_hash || convert_to(ads.user_agent, 'UTF8')) as listener_count,
        count(*) filter (where (ads.delivered_at at time zone 'UTC')::date > placements.flight_end) as tail_ads
    from ads
    inner join placements on ads.tenant_id = placements.tenant_id and ads.placement_id = placements.placement_id
    group by ads.tenant_id, ads.campaign_id
),

final as (
    select
        l.tenant_id,
        l.campaign_id,
        l.ads,
        l.listener_count,
        l.tail_ads,
        coalesce(r.household_count, 0) as household_count,
        coalesce(r.household_ads, 0) as household_ads,
        coalesce(r.once_count, 0) as once_count,
        coalesce(r.twice_count, 0) as twice_count,
        coalesce(r.often_count, 0) as often_count,
        coalesce(r.top_tenth_ads, 0) as top_tenth_ads,
        coalesce(c.crowded_count, 0) as crowded_count,
        coalesce(c.crowded_ads, 0) as crowded_ads
    from listened as l
    left join reached as r on l.tenant_id = r.tenant_id and l.campaign_id = r.campaign_id
    left join crowds as c on l.tenant_id = c.tenant_id and l.campaign_id = c.campaign_id
)

select * from final
