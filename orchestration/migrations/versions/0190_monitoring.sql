-- Who runs the platform: they read its health and are mailed its alerts. Added by `hostread operator add`, never by an account's
-- owner.
create table ops.operators (
    email text primary key references app.logins (email) on delete cascade,
    added_at timestamptz not null default now()
);

create function ops.is_operator(p_tenant_id integer, p_user_id uuid) returns boolean
language sql stable security definer set search_path = ''
as $$
    select exists (
        select 1
        from app.users as u
        inner join ops.operators as o on o.email = u.email
        where u.tenant_id = p_tenant_id and u.user_id = p_user_id and u.removed_at is null
    )
$$;

-- One row per process that runs, as it last said of itself. A process that ends cleanly takes its row along.
create table ops.processes (
    process_id uuid primary key,
    kind text not null check (kind in ('api', 'collector', 'report_worker', 'scheduler')),
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    -- Numbers of its own, by name: queue and spool of a collector.
    figures jsonb not null default '{}'
);

-- One row per minute, kind of answer, route template, outcome and bucket of time. Every process adds to the same rows, so that they
-- hold the sum of all. Bucket b holds more than 2^((b-1)/4) ms up to 2^(b/4) ms. No tenant, no person, no id.
create table ops.served_minutes (
    minute_at timestamptz not null,
    kind text not null check (kind in ('api', 'pages', 'loads')),
    name text not null check (length(name) between 1 and 200),
    outcome text not null check (outcome in ('ok', 'refused', 'failed')),
    bucket smallint not null check (bucket between 0 and 68),
    request_count bigint not null,
    primary key (kind, minute_at, name, outcome, bucket)
);

-- One row per name since then, and one with the name '' of all: counts, and percentiles within a bucket's width (19 %).
create function ops.served_since(p_kind text, p_since timestamptz)
returns table (
    name text, request_count bigint, refused_count bigint, failed_count bigint,
    p50_ms double precision, p95_ms double precision, p99_ms double precision
)
language sql stable security definer set search_path = ''
as $$
    with

    counted as (
        select
            coalesce(s.name, '') as name, s.bucket, sum(s.request_count) as n,
            coalesce(sum(s.request_count) filter (where s.outcome = 'refused'), 0) as refused,
            coalesce(sum(s.request_count) filter (where s.outcome = 'failed'), 0) as failed
        from ops.served_minutes as s
        where s.kind = p_kind and s.minute_at >= p_since
        group by grouping sets ((s.name, s.bucket), (s.bucket))
    ),

    running as (
        select
            c.*, sum(c.n) over (partition by c.name order by c.bucket) as upto, sum(c.n) over (partition by c.name) as total
        from counted as c
    ),

    placed as (
        -- Where in the bucket the quantile lies; behind its bucket the place is 0, so that the first bucket has the least value.
        select
            r.name, r.n, r.refused, r.failed, q.q,
            case
                when r.upto >= q.q * r.total
                then power(2, (r.bucket - 1 + greatest(q.q * r.total - (r.upto - r.n), 0)::float8 / r.n::float8) / 4.0)
            end as ms
        from running as r
        cross join (values (0.5), (0.95), (0.99)) as q (q)
    )

    select
        p.name,
        (sum(p.n) filter (where p.q = 0.5))::bigint,
        (sum(p.refused) filter (where p.q = 0.5))::bigint,
        (sum(p.failed) filter (where p.q = 0.5))::bigint,
        min(p.ms) filter (where p.q = 0.5),
        min(p.ms) filter (where p.q = 0.95),
        min(p.ms) filter (where p.q = 0.99)
    from placed as p
    group by p.name
$$;

-- One row per rule, and subject where a rule has several: what may be, how it is measured, what to do. The only place of a limit.
create table ops.alert_rules (
    rule text not null,
    -- '': whatever the rule looks at.
    subject text not null default '',
    threshold double precision not null,
    unit text not null check (unit in ('share', 's', 'count')),
    -- Measured over so long, with at least so many.
    window_s integer not null default 0,
    fewest_count integer not null default 0,
    -- Well for so long before the alert is closed.
    calm_s integer not null default 0,
    -- The owners of the account are told too.
    tells_owners boolean not null default false,
    title text not null,
    advice text not null,
    primary key (rule, subject)
);
insert into ops.alert_rules (rule, subject, threshold, unit, window_s, fewest_count, calm_s, tells_owners, title, advice) values
(
    'error_rate', '', 0.05, 'share', 300, 20, 300, false, 'Too many requests fail',
    'Look for request_failed in the logs: its request id leads to the stack trace.'
),
(
    'page_load', '', 3, 's', 900, 5, 600, false, 'A page loads slowly',
    'Open the page with the browser''s network panel; compare with the server''s own time on the page Monitoring.'
),
(
    'api_latency', '', 2, 's', 300, 20, 300, false, 'The API answers slowly',
    'Look at the slowest routes on the page Monitoring and at what the database is busy with.'
),
(
    'event_delay', '', 5, 's', 0, 0, 0, false, 'Events arrive late',
    'Look at the queue and spool of the collectors, and at the site''s page.'
),
(
    'failed_report', '', 0, 'count', 86400, 0, 0, true, 'A report could not be made',
    'Its page says why. Ask for it again: the alert closes when one of the same subject succeeds, or after a day.'
),
(
    'stale_source', 'feeds', 21600, 's', 0, 0, 0, true, 'Feeds are not being read',
    'Look at the feeds'' last error: `hostread feed list`.'
),
(
    'stale_source', 'hosting', 93600, 's', 0, 0, 0, true, 'Hosts'' statistics are not being read',
    'Look at the page Hosts: a key may have been withdrawn.'
),
(
    'stale_source', 'lists', 604800, 's', 0, 0, 0, false, 'Lists of agents and addresses are old',
    'Look at `hostread lists show`: what judges by an old list lets new clouds through.'
),
(
    'stale_source', 'marts', 3600, 's', 0, 0, 0, false, 'No build was published for an hour',
    'Look in Dagster whether builds run, and what the last one failed of.'
),
(
    'held_build', '', 0, 'count', 0, 0, 0, false, 'A build is held back',
    'Its failed checks are in Dagster; the last good build is served until they pass.'
);

-- One row per source of data and account: when it was last read well.
create function ops.source_freshness()
returns table (source text, tenant_id integer, last_success_at timestamptz, age_s double precision, limit_s double precision)
language sql stable security definer set search_path = ''
as $$
    with read as (
        select f.source, f.tenant_id, max(f.last_success_at) as last_success_at
        from ops.fetch_state as f
        where f.source in ('feeds', 'hosting') and f.next_attempt_at < 'infinity'
        group by f.source, f.tenant_id
        union all
        select 'lists', null, max(l.last_success_at) from ops.list_sources as l where l.is_active and l.url is not null
        union all
        select 'marts', null, max(b.published_at) from marts.builds as b
    )

    select
        r.source, r.tenant_id, r.last_success_at, extract(epoch from clock_timestamp() - r.last_success_at)::float8, a.threshold
    from read as r
    inner join ops.alert_rules as a on a.rule = 'stale_source' and a.subject = r.source
    where r.last_success_at is not null
$$;

-- One row per thing that a rule measured just now, whether it is bad or well.
create function ops.platform_readings()
returns table (rule text, subject text, tenant_id integer, value double precision, threshold double precision, detail text)
language sql stable security definer set search_path = ''
as $$
    with

    measured as (
        select 'error_rate' as rule, k.kind as subject, null::integer as tenant_id, s.failed_count::float8 / s.request_count as value,
            format('%s of %s requests', s.failed_count, s.request_count) as detail, s.request_count as n, '' as limit_of
        from (values ('api'), ('pages')) as k (kind)
        cross join ops.alert_rules as r
        cross join lateral ops.served_since(k.kind, now() - r.window_s * interval '1 second') as s
        where r.rule = 'error_rate' and s.name = ''
        union all
        select 'page_load', s.name, null, s.p95_ms / 1000, format('%s loads', s.request_count), s.request_count, ''
        from ops.alert_rules as r
        cross join lateral ops.served_since('loads', now() - r.window_s * interval '1 second') as s
        where r.rule = 'page_load' and s.name <> ''
        union all
        select 'api_latency', 'api', null, a.p95_ms / 1000,
            (
                select 'slowest: ' || string_agg(w.name, ', ' order by w.p95_ms desc)
                from (
                    select * from ops.served_since('api', now() - r.window_s * interval '1 second') as t
                    where t.name <> '' order by t.p95_ms desc limit 3
                ) as w
            ),
            a.request_count, ''
        from ops.alert_rules as r
        cross join lateral ops.served_since('api', now() - r.window_s * interval '1 second') as a
        where r.rule = 'api_latency' and a.name = ''
        union all
        select 'event_delay', 'site ' || c.site_id, c.tenant_id, c.worst_value, 'the 95th percentile of its worst hour', 0, ''
        from ops.collection_alerts as c
        where c.kind = 'delay' and c.closed_at is null
        union all
        select 'failed_report', coalesce('campaign ' || f.campaign_id, f.kind || ' report'), f.tenant_id, count(*)::float8,
            'report ' || max(f.report_id::text), 0, ''
        from app.reports as f
        cross join ops.alert_rules as r
        where
            r.rule = 'failed_report' and f.status = 'failed' and f.finished_at > now() - r.window_s * interval '1 second'
            and not exists (
                select 1 from app.reports as g
                where
                    g.tenant_id = f.tenant_id and g.campaign_id is not distinct from f.campaign_id and g.kind = f.kind
                    and g.status = 'succeeded' and g.requested_at > f.requested_at
            )
        group by f.tenant_id, f.campaign_id, f.kind
        union all
        select 'stale_source', s.source, s.tenant_id, s.age_s, format('last read %s UTC', to_char(s.last_success_at, 'YYYY-MM-DD HH24:MI')),
            0, s.source
        from ops.source_freshness() as s
        union all
        select 'held_build', 'build', null, greatest(jsonb_array_length(h.failed_checks), 1), 'build ' || h.build_id, 0, ''
        from (
            select * from ops.build_attempts as b
            where b.status in ('published', 'held')
            order by coalesce(b.finished_at, b.started_at) desc limit 1
        ) as h
        where h.status = 'held'
    )

    select m.rule, m.subject, m.tenant_id, m.value, r.threshold, m.detail
    from measured as m
    inner join ops.alert_rules as r on r.rule = m.rule and r.subject = m.limit_of
    where m.n >= r.fewest_count
$$;

-- One row per rule and subject that passed its limit, from then until it was well again.
create table ops.platform_alerts (
    alert_id uuid primary key default gen_random_uuid(),
    rule text not null,
    subject text not null,
    -- Whose account it is about; NULL: the platform's.
    tenant_id integer,
    value double precision not null,
    worst_value double precision not null,
    threshold double precision not null,
    detail text not null default '',
    opened_at timestamptz not null default now(),
    bad_at timestamptz not null default now(),
    closed_at timestamptz
);
create unique index platform_alerts_open on ops.platform_alerts (rule, subject, coalesce(tenant_id, 0)) where closed_at is null;
create index platform_alerts_newest on ops.platform_alerts (opened_at desc);

-- One row per alert and person who is told of it by mail, once.
create table ops.platform_alert_mails (
    alert_id uuid not null references ops.platform_alerts on delete cascade,
    recipient text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (alert_id, recipient)
);
create index platform_alert_mails_pending on ops.platform_alert_mails (created_at) where status = 'pending';

-- One row per queue: how many wait, and for how long the oldest has waited. Of collectors those that were seen within a minute.
create function ops.queue_depths()
returns table (queue text, depth bigint, oldest_s double precision)
language sql stable security definer set search_path = ''
as $$
    with waiting as (
        select 'reports' as queue, count(*) as depth, min(r.requested_at) as oldest_at
        from app.reports as r
        where r.status in ('requested', 'running')
        union all
        select 'report_mails', count(*), min(d.created_at) from ops.deliveries as d where d.status = 'pending'
        union all
        select 'alert_mails', count(*), min(m.created_at)
        from (
            select a.created_at from ops.alert_mails as a where a.status = 'pending'
            union all
            select v.created_at from ops.verdict_mails as v where v.status = 'pending'
            union all
            select p.created_at from ops.platform_alert_mails as p where p.status = 'pending'
        ) as m
        union all
        select 'collector_queue_rows', coalesce(sum((p.figures ->> 'queue_rows')::float8), 0)::bigint, null
        from ops.processes as p
        where p.kind = 'collector' and p.seen_at > now() - interval '1 minute'
        union all
        select 'collector_spool_bytes', coalesce(sum((p.figures ->> 'spool_bytes')::float8), 0)::bigint, null
        from ops.processes as p
        where p.kind = 'collector' and p.seen_at > now() - interval '1 minute'
    )

    select w.queue, w.depth::bigint, extract(epoch from now() - w.oldest_at)::float8 from waiting as w
$$;

alter table ops.platform_alerts owner to hostread_transform;
alter table ops.platform_alert_mails owner to hostread_transform;
alter table ops.platform_alerts enable row level security;
create policy tenant_isolation on ops.platform_alerts to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on ops.platform_alerts to hostread_ingest, hostread_collector, hostread_transform, hostread_operator
using (true) with check (true);

grant select, insert, update, delete on ops.served_minutes to hostread_transform;
grant select on ops.operators, ops.alert_rules to hostread_transform;
grant select, insert, update, delete on ops.processes to hostread_app, hostread_collector, hostread_transform;
grant select, insert, update on ops.served_minutes to hostread_app;
grant usage on schema ops to hostread_operator;
grant select on ops.processes, ops.served_minutes, ops.alert_rules, ops.platform_alerts, ops.build_attempts to hostread_operator;
revoke execute on function
ops.is_operator, ops.served_since, ops.source_freshness, ops.queue_depths, ops.platform_readings from public;
grant execute on function ops.is_operator to hostread_app;
grant execute on function ops.served_since, ops.source_freshness, ops.queue_depths to hostread_operator;
grant execute on function ops.platform_readings to hostread_operator, hostread_transform;
