-- From journey_touches and journey_claims: what a channel is at each granularity, and each journey as a path of channels.

drop table if exists journeys, journey_places;

-- One row per place where a touch can be, with its channel at each granularity and that channel's code within its tenant, sponsor
-- and goal. A click or a code may name a campaign alone, or a show without an episode: then that is its channel.
create temporary table journey_places on commit drop as
with

places as (
    select tenant_id, sponsor_id, goal_kind, place_key, campaign_id, placement_id, show_id, episode_guid, elsewhere
    from journey_touches
    union
    select tenant_id, sponsor_id, goal_kind, place_key, campaign_id, placement_id, show_id, episode_guid, elsewhere
    from journey_claims
),

named as (
    select
        l.*,
        case
            when l.elsewhere is not null then 'elsewhere:' || l.elsewhere
            when p.placement_id is not null then 'placement:' || l.placement_id
            else 'campaign:' || l.campaign_id
        end as placement_channel,
        case
            when l.elsewhere is not null then 'elsewhere:' || l.elsewhere
            when l.show_id is not null then 'show:' || l.show_id
            else 'campaign:' || l.campaign_id
        end as show_channel,
        case
            when l.elsewhere is not null then 'elsewhere:' || l.elsewhere
            when l.episode_guid is not null then 'episode:' || l.show_id || '/' || l.episode_guid
            when l.show_id is not null then 'show:' || l.show_id
            else 'campaign:' || l.campaign_id
        end as episode_channel,
        case
            when l.elsewhere is not null then 'elsewhere:' || l.elsewhere
            else 'position:' || coalesce(p.position, 'none')
        end as position_channel,
        case when l.elsewhere is not null then 'elsewhere:' || l.elsewhere else 'podcast' end as channel_channel
    from places as l
    left join app.placements as p on l.tenant_id = p.tenant_id and l.placement_id = p.placement_id
)

select
    *,
    dense_rank() over (partition by tenant_id, sponsor_id, goal_kind order by placement_channel)::integer - 1 as placement_code,
    dense_rank() over (partition by tenant_id, sponsor_id, goal_kind order by show_channel)::integer - 1 as show_code,
    dense_rank() over (partition by tenant_id, sponsor_id, goal_kind order by episode_channel)::integer - 1 as episode_code,
    dense_rank() over (partition by tenant_id, sponsor_id, goal_kind order by position_channel)::integer - 1 as position_code,
    dense_rank() over (partition by tenant_id, sponsor_id, goal_kind order by channel_channel)::integer - 1 as channel_code
from named;

analyze journey_places;

-- One row per journey with its path at each granularity: 4 bytes a touch, in order. A journey that did not convert is what one unit
-- met between conversions, cut into stretches as long as the window: so lost and converted journeys are of the same length of time.
create temporary table journeys on commit drop as
with

claimed as (
    select distinct
        tenant_id,
        touch_id
    from journey_claims
),

runs as (
    select
        t.*,
        c.touch_id is not null as is_claimed,
        count(c.touch_id) over (
            partition by t.tenant_id, t.sponsor_id, t.goal_kind, t.unit order by t.touch_at, t.source_rank, t.touch_id
        ) as run
    from journey_touches as t
    left join claimed as c on t.tenant_id = c.tenant_id and t.touch_id = c.touch_id
),

lost as (
    select
        *,
        floor(
            extract(epoch from touch_at - min(touch_at) over (partition by tenant_id, sponsor_id, goal_kind, unit, run)) / window_s
        )::integer as stretch,
        row_number() over (
            partition by tenant_id, sponsor_id, goal_kind, unit, run order by touch_at, source_rank, touch_id
        ) as place
    from runs
    where not is_claimed
),

touches as (
    select
        tenant_id,
        sponsor_id,
        goal_kind,
        place_key,
        true as is_converted,
        uuid_send(conversion_id) as journey,
        touch_at,
        place
    from journey_claims
    union all
    select
        tenant_id,
        sponsor_id,
        goal_kind,
        place_key,
        false as is_converted,
        unit || int8send(run) || int4send(stretch) as journey,
        touch_at,
        place
    from lost
)

select
    t.tenant_id,
    t.sponsor_id,
    t.goal_kind,
    t.is_converted,
    string_agg(int4send(p.placement_code), ''::bytea order by t.touch_at, t.place) as placement_path,
    string_agg(int4send(p.show_code), ''::bytea order by t.touch_at, t.place) as show_path,
    string_agg(int4send(p.episode_code), ''::bytea order by t.touch_at, t.place) as episode_path,
    string_agg(int4send(p.position_code), ''::bytea order by t.touch_at, t.place) as position_path,
    string_agg(int4send(p.channel_code), ''::bytea order by t.touch_at, t.place) as channel_path
from touches as t
inner join journey_places as p
    on t.tenant_id = p.tenant_id and t.sponsor_id = p.sponsor_id and t.goal_kind = p.goal_kind and t.place_key = p.place_key
group by t.tenant_id, t.sponsor_id, t.goal_kind, t.is_converted, t.journey;
