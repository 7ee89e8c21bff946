{# Before an incremental build counts: which stretches of a key's time it counts again, and the windows in them go. A stretch is what
   lies within 24 h of a request that was judged again, window by window, up to the next gap of 24 h (domain rules, section 1): no
   window of any kind reaches over such a gap, so what lies outside stays as it is.
   Two stretches less than 24 h apart are one: each is widened by 12 h on both sides, and those that then overlap are merged. #}
{% macro recount_windows() %}
{{ counting_session() }};
{% if is_incremental() %}
delete from ops.counting_recounted where recounted_at < (select max(published_at) from marts.builds);

create temporary table stretches_touched on commit drop as
with touched as (
    select distinct tenant_id, download_key, requested_at
    from ops.counting_touched
),

changed_episodes as (
    select * from {{ ref('int_episodes_known') }}
    where xact >= (select ops.build_from_xact())
),

changed_settings as (
    select * from {{ ref('stg_counting__settings') }}
    where xact >= (select ops.build_from_xact())
),

moments as (
    select tenant_id, download_key, requested_at as from_at, requested_at as to_at
    from touched
    union all
    select counted.tenant_id, counted.download_key, counted.opened_at, counted.closed_at
    from touched
    inner join {{ this }} as counted
        on
            touched.tenant_id = counted.tenant_id
            and touched.download_key = counted.download_key
            and counted.opened_at < touched.requested_at + interval '24 hours'
            and counted.closed_at > touched.requested_at - interval '24 hours'
    where counted.is_last_touch
    union all
    -- The feed corrected a duration or a size: the threshold moves.
    select counted.tenant_id, counted.download_key, counted.opened_at, counted.closed_at
    from changed_episodes
    inner join {{ this }} as counted using (tenant_id, show_id, episode_guid)
    where
        (changed_episodes.duration_s, changed_episodes.enclosure_bytes)
        is distinct from (counted.duration_s, counted.enclosure_bytes)
    union all
    -- The tenant set another threshold, from a day on.
    select counted.tenant_id, counted.download_key, counted.opened_at, counted.closed_at
    from changed_settings
    inner join {{ this }} as counted
        on changed_settings.tenant_id = counted.tenant_id and counted.opened_at >= changed_settings.from_at
),

merged as (
    select
        tenant_id,
        download_key,
        unnest(range_agg(tstzrange(from_at - interval '12 hours', to_at + interval '12 hours', '()'))) as stretch
    from moments
    group by tenant_id, download_key
)

select tenant_id, download_key, stretch
from merged;

analyze stretches_touched;

delete from {{ this }} as counted
using stretches_touched as touched
where
    counted.tenant_id = touched.tenant_id
    and counted.download_key = touched.download_key
    and counted.opened_at <@ touched.stretch;

insert into ops.counting_recounted (tenant_id, download_key, from_at, to_at)
select tenant_id, download_key, lower(stretch) + interval '12 hours', upper(stretch) - interval '12 hours'
from stretches_touched
{% endif %}
{% endmacro %}
