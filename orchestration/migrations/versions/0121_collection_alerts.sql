-- One row per fault of a site's collection from its first bad hour to its last: opened once, whatever is built meanwhile.
create table ops.collection_alerts (
    alert_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    site_id uuid not null,
    kind text not null check (kind in ('loss', 'delay')),
    first_hour_at timestamptz not null,
    last_hour_at timestamptz not null,
    -- The worst hour: a share of 1 for loss, seconds for delay; and what it may be.
    worst_value double precision not null,
    threshold double precision not null,
    run_id text not null,
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    check (last_hour_at >= first_hour_at)
);
create unique index collection_alerts_open on ops.collection_alerts (tenant_id, site_id, kind) where closed_at is null;
create index collection_alerts_newest on ops.collection_alerts (tenant_id, opened_at desc);

-- One row per alert and owner who is told of it by mail, once.
create table ops.alert_mails (
    alert_id uuid not null references ops.collection_alerts on delete cascade,
    tenant_id integer not null,
    recipient text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (alert_id, recipient)
);
create index alert_mails_pending on ops.alert_mails (created_at) where status = 'pending';

alter table ops.collection_alerts owner to hostread_transform;
alter table ops.alert_mails owner to hostread_transform;
grant select on ops.collection_alerts to hostread_app, hostread_reader;

do $$
declare
    name regclass;
begin
    foreach name in array array['ops.collection_alerts'::regclass, 'ops.alert_mails'::regclass] loop
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
