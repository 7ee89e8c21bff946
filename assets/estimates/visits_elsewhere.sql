-- The sponsor's other channels: visits that say where they came from and came by no campaign here. Only sponsors that have any stay:
-- of the others this granularity would tell nothing. A conversion's own are matched by person, as a click is.

create temporary table visits_elsewhere on commit drop as
select
    e.tenant_id,
    e.sponsor_id,
    g.goal_kind,
    v.touch_id,
    e.occurred_at as touch_at,
    e.person_id,
    case when e.ip_class in ('household', 'unknown') and k.household_hash is null then e.household_hash end as household_hash,
    e.key_epoch,
    lower(concat_ws(' / ', e.utm_source, e.utm_medium)) as elsewhere,
    ops.window_of(s.windows_by_kind, g.goal_kind, 'click_window_s', s.click_window_s) as click_window_s,
    ops.window_of(s.windows_by_kind, g.goal_kind, 'exposure_window_s', s.exposure_window_s) as exposure_window_s,
    s.reset_path_on_conversion
from intermediate.int_visits_with_source as e
inner join staging.stg_campaigns__attribution_settings as s on e.tenant_id = s.tenant_id
inner join (
    select distinct
        tenant_id,
        sponsor_id,
        goal_kind
    from app.campaigns
) as g on e.tenant_id = g.tenant_id and e.sponsor_id = g.sponsor_id
cross join lateral (select md5('visit' || '|' || e.tenant_id || '|' || e.site_id || '|' || e.message_id)::uuid as touch_id) as v
left join marts.attribution_touches as t on e.tenant_id = t.tenant_id and v.touch_id = t.touch_id
left join marts.crowded_households as k
    on e.tenant_id = k.tenant_id and e.household_hash = k.household_hash and e.key_epoch = k.key_epoch
where t.touch_id is null;

analyze visits_elsewhere;

delete from journey_touches as t
where not exists (select 1 from visits_elsewhere as e where e.tenant_id = t.tenant_id and e.sponsor_id = t.sponsor_id);

delete from journey_claims as c
where not exists (select 1 from visits_elsewhere as e where e.tenant_id = c.tenant_id and e.sponsor_id = c.sponsor_id);

insert into journey_touches (
    tenant_id, sponsor_id, goal_kind, touch_id, touch_at, source_rank, elsewhere, place_key, unit, window_s
)
select
    e.tenant_id,
    e.sponsor_id,
    e.goal_kind,
    e.touch_id,
    e.touch_at,
    0 as source_rank,
    e.elsewhere,
    md5('elsewhere|' || e.elsewhere)::uuid as place_key,
    coalesce(
        '\x01'::bytea || int4send(e.key_epoch) || e.household_hash,
        '\x02'::bytea || uuid_send(e.person_id)
    ) as unit,
    e.exposure_window_s as window_s
from visits_elsewhere as e
where e.person_id is not null or e.household_hash is not null;

insert into journey_claims (
    tenant_id, sponsor_id, goal_kind, conversion_id, touch_id, touch_at, place, elsewhere, place_key
)
select
    v.tenant_id,
    v.sponsor_id,
    v.conversion_kind,
    v.conversion_id,
    e.touch_id,
    e.touch_at,
    0 as place,
    e.elsewhere,
    md5('elsewhere|' || e.elsewhere)::uuid as place_key
from marts.attribution_conversions as v
inner join visits_elsewhere as e
    on
        v.tenant_id = e.tenant_id
        and v.sponsor_id = e.sponsor_id
        and v.conversion_kind = e.goal_kind
        and v.person_id = e.person_id
where
    e.touch_at between v.converted_at - interval '1 second' * e.click_window_s and v.converted_at
    and not (e.reset_path_on_conversion and coalesce(e.touch_at <= v.previous_converted_at, false));

analyze journey_touches;

analyze journey_claims;
