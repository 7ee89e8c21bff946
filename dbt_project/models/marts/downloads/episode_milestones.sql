-- Domain rules, section 1: downloads in the first 1, 3, 7, 30, 60 and 90 days of an episode, days of 24 h from its publication. A
-- sum of whole UTC days, less the early part of the first, and the early part of the day on which they end.
{%- set lengths = [1, 3, 7, 30, 60, 90] %}
with daily as (
    select * from {{ ref('int_downloads_daily') }}
),

episodes as (
    select
        tenant_id,
        show_id,
        episode_guid,
        published_at,
        (published_at at time zone 'UTC')::date as published_day
    from {{ ref('int_episodes_known') }}
    where published_at is not null
),

windowed as (
    select
        daily.tenant_id,
        daily.show_id,
        daily.episode_guid,
        daily.source,
        windows.counting_window,
        episodes.published_at,
        daily.day - episodes.published_day as age,
        windows.downloads,
        windows.early_downloads
    from daily
    inner join episodes using (tenant_id, show_id, episode_guid)
    cross join
        lateral (
            values
            ('calendar', daily.calendar_downloads, daily.calendar_early),
            ('first_touch', daily.first_touch_downloads, daily.first_touch_early),
            ('last_touch', daily.last_touch_downloads, daily.last_touch_early)
        ) as windows (counting_window, downloads, early_downloads)
),

summed as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        counting_window,
        published_at,
        {%- for n in lengths %}
        (
            coalesce(sum(downloads) filter (where age >= 0 and age < {{ n }}), 0)
            - coalesce(sum(early_downloads) filter (where age = 0), 0)
            + coalesce(sum(early_downloads) filter (where age = {{ n }}), 0)
        )::bigint as downloads_{{ n }}d,
        {%- endfor %}
        sum(downloads)::bigint as downloads_total
    from windowed
    group by tenant_id, show_id, episode_guid, source, counting_window, published_at
),

final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        counting_window,
        published_at,
        {%- for n in lengths %}
        downloads_{{ n }}d,
        {{ build_as_of() }} >= published_at + interval '{{ n * 24 }} hours' as is_complete_{{ n }}d,
        {%- endfor %}
        downloads_total
    from summed
)

select * from final
