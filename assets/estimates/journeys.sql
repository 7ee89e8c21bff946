-- Journeys by tenant, sponsor and goal, in temporary tables of one transaction. visits_elsewhere.sql adds the sponsor's other channels.

-- One row per touch that could be matched to a conversion, with the unit that it is of: a household, else a person (docs/attribution.md, Identity), or an
-- address of a mobile network, which stays with one household for a day at most (domain rules, section 5).
create temporary table journey_touches on commit drop as
select
    t.tenant_id,
    t.sponsor_id,
    t.goal_kind,
    t.touch_id,
    t.touch_at,
    t.source_rank,
    t.campaign_id,
    t.placement_id,
    t.show_id,
    t.episode_guid,
    null::text as elsewhere,
    md5(concat_ws('|', t.campaign_id, t.placement_id, coalesce(t.show_id::text, ''), t.episode_guid))::uuid as place_key,
    u.unit,
    case
        when u.is_mobile then 86400 else ops.window_of(s.windows_by_kind, t.goal_kind, 'exposure_window_s', s.exposure_window_s)
    end as window_s
from marts.attribution_touches as t
inner join staging.stg_campaigns__attribution_settings as s on t.tenant_id = s.tenant_id
cross join lateral (
    select
        t.ip_class = 'mobile' and t.person_id is null as is_mobile,
        case
            when t.ip_class in ('household', 'unknown') and t.household_hash is not null
                then '\x01'::bytea || int4send(t.key_epoch) || t.household_hash
            when t.person_id is not null then '\x02'::bytea || uuid_send(t.person_id)
            when t.ip_class = 'mobile' and t.household_hash is not null
                then '\x04'::bytea || int4send(t.key_epoch) || t.household_hash
        end as unit
) as u
where t.own_conversion_id is null and u.unit is not null;

-- One row per conversion and touch of its path. A refund inherits its order's path and is no journey of its own; fraud converted nobody.
create temporary table journey_claims on commit drop as
select
    c.tenant_id,
    c.sponsor_id,
    c.conversion_kind as goal_kind,
    c.conversion_id,
    c.touch_id,
    c.touch_at,
    c.path_position::bigint as place,
    c.campaign_id,
    c.placement_id,
    c.show_id,
    c.episode_guid,
    null::text as elsewhere,
    md5(concat_ws('|', c.campaign_id, c.placement_id, coalesce(c.show_id::text, ''), c.episode_guid))::uuid as place_key
from marts.attribution_credits as c
where c.path_position > 0 and c.conversion_kind <> 'refund' and not coalesce(c.is_fraud, false);

analyze journey_touches;

analyze journey_claims;
