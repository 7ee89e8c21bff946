"""The queries of `orchestration.truth`: what is copied in, and what is held against it.

Parameters: `tenants` (slugs of the world), `now` (when it was made; ISO, UTC), `world` (its folder's name).
"""

from collections.abc import Mapping

# Column order is that of the files; HEADER MATCH refuses a file that was written otherwise.
TABLES: Mapping[str, str] = {
    "downloads_daily": 'tenant text, show_id uuid, episode_guid text, day date, "window" text, downloads bigint',
    "host_downloads": "tenant text, show_id uuid, episode_guid text, day date, source text, downloads bigint",
    "requests": "tenant text, log_file text, line bigint, person text, listener_key text, episode_guid text, rejected_by text, "
    "countable_calendar integer, countable_first_touch integer, countable_last_touch integer",
    "ads_delivered": "tenant text, placement_id uuid, downloads bigint",
    "messages": "tenant text, write_key text, message_id text",
}
# A world that an earlier version made has no truth of these.
LATER_TABLES: Mapping[str, str] = {
    "lift": "tenant text, campaign_id uuid, household_count bigint, orders bigint, caused_orders bigint, lift text",
}
# A log source of the world is known by its file's place in the world's folder.
SOURCES = """
create temporary table truth_sources as
select s.log_source_id, f.tenant, f.log_file
from (select distinct tenant, log_file from truth_requests) as f
left join app.tenants as t on t.slug = f.tenant
left join app.log_sources as s on s.tenant_id = t.tenant_id and s.path like '%%/' || %(world)s || '/logs/' || f.log_file
"""
# Each query gives (what, what the truth has, what was found) by key; a side that lacks the key is null.
DOWNLOADS = """
select
    concat_ws(' ', tenant, show_id, episode_guid, day, "window") as what,
    t.downloads::text as expected, m.downloads::text as found
from truth_downloads_daily as t
full join (
    select s.slug as tenant, d.show_id, d.episode_guid, d.day, d.counting_window as "window", d.downloads
    from marts.episode_downloads_daily as d
    inner join app.tenants as s using (tenant_id)
    where d.source = 'logs' and d.downloads > 0 and s.slug = any(%(tenants)s)
) as m using (tenant, show_id, episode_guid, day, "window")
"""
# What hosts were asked for begins 35 days before they were first asked; a day less for those whose date is yesterday's.
HOSTS = """
select concat_ws(' ', source, tenant, show_id, episode_guid, day) as what, t.downloads::text as expected, m.downloads::text as found
from (
    select * from truth_host_downloads
    where downloads > 0 and day >= (select min(fetched_at)::date - 33 from raw.hosting_downloads)
) as t
full join (
    select s.slug as tenant, d.show_id, d.episode_guid, d.day, d.source, d.downloads
    from marts.episode_downloads_daily as d
    inner join app.tenants as s using (tenant_id)
    where
        d.counting_window = 'host' and d.downloads > 0 and s.slug = any(%(tenants)s)
        and d.source in (select distinct source from truth_host_downloads)
        and d.day >= (select min(fetched_at)::date - 33 from raw.hosting_downloads)
) as m using (tenant, show_id, episode_guid, day, source)
"""
# A line that was landed twice is found as two verdicts.
VERDICTS = """
select concat_ws(' ', log_file, 'line', t.line, 'byte', file_offset) as what,
    coalesce(nullif(t.rejected_by, ''), 'survives') as expected, j.verdicts as found
from (select r.*, l.file_offset from truth_requests as r inner join truth_lines as l using (log_file, line)) as t
full join (
    select s.log_file, r.file_offset, string_agg(coalesce(r.rejected_by, 'survives'), '+') as verdicts, min(r.requested_at) as at
    from intermediate.int_requests_judged as r
    inner join truth_sources as s using (log_source_id)
    group by s.log_file, r.file_offset
) as j using (log_file, file_offset)
where t.line is not null or j.at < %(now)s
"""
ADS = """
select concat_ws(' ', tenant, placement_id) as what, t.downloads::text as expected, m.ads_delivered::text as found
from (select * from truth_ads_delivered where downloads > 0) as t
full join (
    select s.slug as tenant, d.placement_id, sum(d.ads_delivered) as ads_delivered
    from marts.campaign_delivery_daily as d
    inner join app.tenants as s using (tenant_id)
    where s.slug = any(%(tenants)s)
    group by s.slug, d.placement_id
    having sum(d.ads_delivered) > 0
) as m using (tenant, placement_id)
"""
MESSAGES = """
select concat_ws(' ', tenant, write_key, message_id) as what, t.times::text as expected, a.times::text as found
from (select *, 1 as times from truth_messages) as t
full join (
    select s.slug as tenant, w.write_key, e.message_id, count(*) as times, min(coalesce(e.occurred_at, e.received_at)) as at
    from intermediate.int_events_admitted as e
    inner join app.tenants as s using (tenant_id)
    inner join app.sites as w using (tenant_id, site_id)
    where s.slug = any(%(tenants)s)
    group by s.slug, w.write_key, e.message_id
) as a using (tenant, write_key, message_id)
where t.times is not null or a.at < %(now)s
"""
# Of one conversion: its value and a whole weight five times over, against the sums of its credits, model by model.
CREDITS = """
select concat_ws(' ', 'conversion', conversion_id) as what,
    array_fill(coalesce(min(value_minor), 0) || '/' || '1000000000', array[5])::text as expected,
    array[
        coalesce(sum(first_touch_minor), 0) || '/' || sum(first_touch_ppb),
        coalesce(sum(last_touch_minor), 0) || '/' || sum(last_touch_ppb),
        coalesce(sum(linear_minor), 0) || '/' || sum(linear_ppb),
        coalesce(sum(time_decay_minor), 0) || '/' || sum(time_decay_ppb),
        coalesce(sum(position_based_minor), 0) || '/' || sum(position_based_ppb)
    ]::text as found
from marts.attribution_credits
group by tenant_id, conversion_id
"""
# Of each campaign whose lift was measured: the truth among all homes that heard it, the headline, and the placebo before it.
LIFTS = """
select
    t.tenant || ' ' || c.name, nullif(t.lift, '')::float8, s.lift, s.lift_low, s.lift_high, p.lift, p.lift_low, p.lift_high
from truth_lift as t
inner join app.tenants as n on t.tenant = n.slug
inner join app.campaigns as c on n.tenant_id = c.tenant_id and t.campaign_id = c.campaign_id
inner join marts.campaign_lift as s
    on c.tenant_id = s.tenant_id and c.campaign_id = s.campaign_id and s.is_headline and not s.is_placebo
left join marts.campaign_lift as p
    on c.tenant_id = p.tenant_id and c.campaign_id = p.campaign_id and p.is_headline and p.is_placebo
where s.lift is not null
order by 1
"""
# Name, what is claimed of it, query.
COMPARED = (
    ("daily counts", "equal the truth in all three windows", DOWNLOADS),
    ("host counts", "equal what the hosts said, episode by episode and day by day", HOSTS),
    ("verdicts", "equal", VERDICTS),
    ("placements", "delivered the ads of the truth", ADS),
    ("messages", "admitted once each, and nothing else", MESSAGES),
    ("conversions", "credited whole, to the minor unit, under every model", CREDITS),
)
# What came after the world was made, by the comparison that tells it apart.
NEWER: Mapping[str, str] = {
    "verdicts": """
select count(*) from intermediate.int_requests_judged as r
inner join truth_sources as s using (log_source_id) where r.requested_at >= %(now)s
""",
    "messages": """
select count(*) from intermediate.int_events_admitted as e inner join app.tenants as s using (tenant_id)
where s.slug = any(%(tenants)s) and coalesce(e.occurred_at, e.received_at) >= %(now)s
and not exists (
    select 1 from truth_messages as t inner join app.sites as w using (write_key)
    where w.site_id = e.site_id and w.tenant_id = e.tenant_id and t.message_id = e.message_id
)
""",
}
REJECTED = """
select rejected_by, count(*) from truth_requests where rejected_by <> '' group by rejected_by order by count(*) desc, rejected_by
"""
PEOPLE = """
with

opened as (
    select
        *, position(':' in person) = 0 as is_person,
        -- A HEAD, a probe or a refusal is nobody's listening; what other rules reject may be somebody's.
        rejected_by not in ('method', 'status', 'probe') as is_download
    from truth_requests
    where episode_guid <> ''
),

listens as (
    select tenant, person, episode_guid, sum(countable_first_touch) as counted
    from opened
    where is_person and is_download
    group by tenant, person, episode_guid
)

select count(*), coalesce(sum(greatest(counted - 1, 0)), 0), count(*) filter (where counted = 0),
    (select coalesce(sum(countable_first_touch), 0) from opened where not is_person)
from listens
"""
PAIRS = """
with

pairs as ({query}),

differing as (select * from pairs where expected is distinct from found)

select (select count(*) from pairs), (select count(*) from differing), array(
    select what || ': the truth has ' || coalesce(expected, 'nothing') || ', found ' || coalesce(found, 'nothing')
    from differing order by what limit %(examples)s
)
"""
