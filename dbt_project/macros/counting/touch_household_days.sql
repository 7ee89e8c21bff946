{# Before an incremental build judges: which household-days it judges again, their requests, and what was judged of them goes.
   A household's UTC day is judged whole, since one more request may carry the hour or the day over the volume that is believed.
   The keys of what goes are kept (`ops.counting_touched`): a request that now belongs to another episode leaves the windows it was in. #}
{% macro touch_household_days() %}
{{ counting_session() }};
{% if is_incremental() %}
delete from ops.counting_touched where touched_at < (select max(published_at) from marts.builds);

create temporary table household_days_touched on commit drop as
with requests as not materialized (
    select * from {{ ref('stg_logs__requests') }}
),

-- A feed that names a file anew gives its older requests another episode, or a first one.
changed_keys as (
    select * from {{ ref('int_media_keys_resolved') }}
    where changed_xact >= (select ops.build_from_xact())
),

-- What a recount judged again (docs/lists.md); its overlay names days, so that no other partition is read.
rejudged_agents as (
    select * from {{ ref('stg_lists__rejudged_agents') }}
    where xact >= (select ops.build_from_xact())
),

rejudged_prefixes as (
    select * from {{ ref('stg_lists__rejudged_prefixes') }}
    where xact >= (select ops.build_from_xact())
),

excluded_days as (
    select * from {{ ref('stg_lists__excluded_days') }}
    where xact >= (select ops.build_from_xact())
),

settings as (
    select * from {{ ref('stg_counting__settings') }}
    where xact >= (select ops.build_from_xact())
)

select tenant_id, household_hash, request_day
from requests
where xact >= (select ops.build_from_xact())
union
select judged.tenant_id, judged.household_hash, judged.request_day
from {{ this }} as judged
inner join changed_keys on judged.tenant_id = changed_keys.tenant_id and judged.media_key = changed_keys.media_key
where
    -- The array makes it an index scan, whatever the planner thinks of the join.
    judged.media_key = any(array(select keys.media_key from changed_keys as keys))
    and (changed_keys.show_id, changed_keys.episode_guid) is distinct from (judged.show_id, judged.episode_guid)
union
select requests.tenant_id, requests.household_hash, requests.request_day
from requests
inner join rejudged_agents using (tenant_id, request_day, user_agent)
where
    requests.requested_at >= (select min(days.request_day)::timestamp at time zone 'UTC' from rejudged_agents as days)
    and requests.requested_at < (select (max(days.request_day) + 1)::timestamp at time zone 'UTC' from rejudged_agents as days)
union
select requests.tenant_id, requests.household_hash, requests.request_day
from requests
inner join rejudged_prefixes using (tenant_id, request_day, ip_prefix)
where
    requests.requested_at >= (select min(days.request_day)::timestamp at time zone 'UTC' from rejudged_prefixes as days)
    and requests.requested_at < (select (max(days.request_day) + 1)::timestamp at time zone 'UTC' from rejudged_prefixes as days)
union
-- Days of a show on which a decision took requests out of the counts, or gave them back.
select judged.tenant_id, judged.household_hash, judged.request_day
from {{ this }} as judged
inner join excluded_days using (tenant_id, show_id, request_day)
union
-- A tenant that is counted by other rules than before, from a day on.
select judged.tenant_id, judged.household_hash, judged.request_day
from {{ this }} as judged
inner join settings on judged.tenant_id = settings.tenant_id and judged.request_day >= settings.from_day;

analyze household_days_touched;

with gone as (
    delete from {{ this }} as judged
    using household_days_touched as touched
    where
        judged.tenant_id = touched.tenant_id
        and judged.household_hash = touched.household_hash
        and judged.request_day = touched.request_day
    returning judged.tenant_id, judged.download_key, judged.requested_at
)
insert into ops.counting_touched (tenant_id, download_key, requested_at)
select distinct tenant_id, download_key, requested_at
from gone
where download_key is not null;

-- Day by day, so that only the partitions of those days are read: `offset 0` keeps the planner from making one join of it.
-- A table and not a part of the model, so that it has statistics: taken for one row, a day was sorted anew for each of its requests.
create temporary table requests_to_judge on commit drop as
with days as (
    select distinct request_day from household_days_touched
)

select requests.*
from days
cross join
    lateral (
        select logged.*
        from {{ ref('stg_logs__requests') }} as logged
        where
            logged.requested_at >= days.request_day::timestamp at time zone 'UTC'
            and logged.requested_at < (days.request_day + 1)::timestamp at time zone 'UTC'
        offset 0
    ) as requests
inner join household_days_touched as touched
    on
        requests.tenant_id = touched.tenant_id
        and requests.household_hash = touched.household_hash
        and requests.request_day = touched.request_day;

analyze requests_to_judge
{% endif %}
{% endmacro %}

{# After it judged: the keys of what came. #}
{% macro note_touched_keys() %}
{% if is_incremental() %}
insert into ops.counting_touched (tenant_id, download_key, requested_at)
select distinct judged.tenant_id, judged.download_key, judged.requested_at
from {{ this }} as judged
inner join household_days_touched as touched using (tenant_id, household_hash, request_day)
where judged.download_key is not null
{% endif %}
{% endmacro %}
