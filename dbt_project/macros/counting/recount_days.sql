{# Before an incremental build adds up: the tenants' days on which something was judged or counted again go. #}
{% macro recount_days() %}
{{ counting_session() }};
{% if is_incremental() %}
create temporary table days_touched on commit drop as
select tenant_id, (requested_at at time zone 'UTC')::date as day
from ops.counting_touched
union
select recounted.tenant_id, days.day::date
from ops.counting_recounted as recounted
cross join
    lateral generate_series(
        (recounted.from_at at time zone 'UTC')::date, (recounted.to_at at time zone 'UTC')::date, interval '1 day'
    ) as days (day)
union
-- The feed corrected when an episode was published: what is early is another part of the day.
select daily.tenant_id, daily.day
from {{ this }} as daily
inner join {{ ref('int_episodes_known') }} as episodes using (tenant_id, show_id, episode_guid)
where
    episodes.xact >= (select ops.build_from_xact())
    and daily.published_time is distinct from (episodes.published_at at time zone 'UTC')::time;

analyze days_touched;

delete from {{ this }} as daily
using days_touched as touched
where daily.tenant_id = touched.tenant_id and daily.day = touched.day
{% endif %}
{% endmacro %}

{# The same for listeners: the day, the week from Monday and the month of each such day, and the last 30 days. #}
{% macro recount_frames() %}
{{ counting_session() }};
{% if is_incremental() %}
create temporary table frames_touched on commit drop as
with days as (
    select tenant_id, (requested_at at time zone 'UTC')::date as day
    from ops.counting_touched
    union
    select recounted.tenant_id, days.day::date
    from ops.counting_recounted as recounted
    cross join
        lateral generate_series(
            (recounted.from_at at time zone 'UTC')::date, (recounted.to_at at time zone 'UTC')::date, interval '1 day'
        ) as days (day)
)

select distinct days.tenant_id, frames.frame, frames.frame_start, frames.frame_end
from days
cross join lateral ({{ listener_frames('days.day') }}) as frames;

analyze frames_touched;

delete from {{ this }} as listeners
using frames_touched as touched
where
    listeners.tenant_id = touched.tenant_id
    and listeners.frame = touched.frame
    and listeners.frame_start = touched.frame_start;

delete from {{ this }} where frame = '30d'
{% endif %}
{% endmacro %}

{# The frames that a UTC day lies in. #}
{% macro listener_frames(day) -%}
select frame, frame_start::date as frame_start, (frame_start + length - interval '1 day')::date as frame_end
from (
    values
    ('day', {{ day }}::timestamp, interval '1 day'),
    ('week', date_trunc('week', {{ day }}::timestamp), interval '7 days'),
    ('month', date_trunc('month', {{ day }}::timestamp), interval '1 month')
) as frames (frame, frame_start, length)
{%- endmacro %}
