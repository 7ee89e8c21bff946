-- What a tenant's counts are made by where it is not the deployment's (docs/counting.md). NULL: as the deployment has it.
create table app.counting_settings (
    tenant_id integer primary key references app.tenants,
    -- Rule 7: distinct episodes from one address that are believed in a UTC hour and a UTC day.
    volume_episodes_per_hour integer check (volume_episodes_per_hour >= 0),
    volume_episodes_per_day integer check (volume_episodes_per_day >= 0),
    -- Rule 6: whether an address of a data centre or a VPN rejects a request.
    rejects_datacenters boolean,
    -- Seconds of audio that make a download; 0 takes any number of bytes.
    threshold_seconds integer check (threshold_seconds >= 0),
    -- Whether one listener that comes from two pages is two.
    key_has_referer boolean,
    -- Whether a ranged request for the first two bytes through a prefix is a download where nothing larger followed it that day.
    counts_lone_probes boolean,
    changed_at timestamptz not null default now(),
    xact xid8 not null default pg_current_xact_id()
);
create function app.stamp_counting_settings() returns trigger
language plpgsql
as $$
begin
    new.changed_at := now();
    new.xact := pg_current_xact_id();
    return new;
end
$$;
create trigger counting_settings_stamp before insert or update on app.counting_settings
for each row execute function app.stamp_counting_settings();

-- What the builds since the last published one judged again, and the stretches of a key's time that they counted again: each later
-- model makes anew what lies in them. Emptied by the first build after one was published.
create table ops.counting_touched (
    tenant_id integer not null,
    download_key uuid not null,
    requested_at timestamptz not null,
    touched_at timestamptz not null default clock_timestamp()
);
create table ops.counting_recounted (
    tenant_id integer not null,
    download_key uuid not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    recounted_at timestamptz not null default clock_timestamp()
);
-- What each placement's ad was when its deliveries were last made.
create table ops.ads_carried (
    tenant_id integer not null,
    placement_id uuid not null,
    show_id uuid not null,
    episode_guid text not null,
    definition text not null
);

-- One row per figure of marts.episode_downloads_daily that a later build changed after its day was over: before, after, and why.
create table ops.counting_restatements (
    restatement_id bigint generated always as identity primary key,
    tenant_id integer not null,
    show_id uuid not null,
    episode_guid text not null,
    day date not null,
    source text not null,
    counting_window text not null,
    downloads_before bigint not null,
    downloads_after bigint not null,
    cause text not null check (cause in ('late_requests', 'recount', 'decision', 'settings', 'feed', 'host', 'full_build')),
    build_id uuid not null,
    restated_at timestamptz not null default now()
);
create index counting_restatements_show on ops.counting_restatements (tenant_id, show_id, day);

do $$
declare
    name regclass;
begin
    foreach name in array array[
        'ops.counting_touched', 'ops.counting_recounted', 'ops.ads_carried', 'ops.counting_restatements'
    ]::regclass[] loop
        execute format('alter table %s owner to hostread_transform', name);
    end loop;
    foreach name in array array[
        'ops.counting_touched', 'ops.counting_recounted', 'ops.ads_carried', 'ops.counting_restatements', 'app.counting_settings'
    ]::regclass[] loop
        execute format('alter table %s enable row level security', name);
        execute format(
            'create policy tenant_isolation on %s to hostread_app, hostread_reader '
            'using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id())', name
        );
        execute format(
            'create policy platform_workers on %s to hostread_ingest, hostread_collector, hostread_transform '
            'using (true) with check (true)', name
        );
    end loop;
end
$$;
grant select, insert, update, delete on app.counting_settings to hostread_app;
grant select on app.counting_settings to hostread_transform, hostread_reader;
grant select on ops.counting_restatements to hostread_reader, hostread_app;

-- They read one row of a small table: a scan of millions of requests need not stay in one process for them.
alter function ops.build_to_xact() parallel safe;
alter function ops.build_from_xact() parallel safe;

-- Counted anew by the next build, in another shape.
drop table if exists intermediate.int_ads_delivered, intermediate.int_downloads_counted, intermediate.int_requests_judged cascade;
