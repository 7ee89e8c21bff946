-- Schema ops: what the platform knows of its own work.
create table ops.fetch_state (
    tenant_id integer not null,
    source text not null,
    source_key text not null,
    url text not null,
    etag text,
    last_modified text,
    content_sha256 bytea,
    last_status integer,
    last_attempt_at timestamptz,
    last_success_at timestamptz,
    last_error text,
    consecutive_failures integer not null default 0,
    next_attempt_at timestamptz not null default '-infinity',
    cursor jsonb not null default '{}',
    primary key (tenant_id, source, source_key)
);

create table ops.log_files (
    tenant_id integer not null,
    log_source_id uuid not null,
    path text not null,
    -- Digest of the first bytes: a rotated file that took the name of another is another file.
    head_sha256 bytea not null,
    committed_offset bigint not null,
    landed_count bigint not null default 0,
    quarantined_count bigint not null default 0,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, log_source_id, path, head_sha256)
);

-- Lists are versioned data, never code (domain rules, section 1).
create table ops.lists (
    list_name text not null,
    list_version text not null,
    source text not null,
    entry_count bigint not null,
    loaded_at timestamptz not null default now(),
    primary key (list_name, list_version)
);

create table ops.ip_ranges (
    list_version text not null,
    network cidr not null,
    ip_class text not null check (ip_class in ('household', 'mobile', 'corporate', 'datacenter', 'vpn', 'unknown')),
    primary key (list_version, network)
);

-- One row per sealed day of a table that a collector fills.
create table ops.seals (
    source text not null,
    day date not null,
    row_count bigint not null,
    watermark xid8 not null,
    run_id text not null,
    sealed_at timestamptz not null default now(),
    primary key (source, day)
);

-- One row per attempt to build the marts; the published ones are named by marts.builds too.
create table ops.build_attempts (
    build_id uuid primary key,
    mode text not null check (mode in ('incremental', 'full')),
    status text not null check (status in ('running', 'published', 'held', 'abandoned')),
    -- What is built: from_xact <= xact < to_xact.
    from_xact xid8 not null,
    to_xact xid8 not null,
    failed_checks jsonb not null default '[]',
    run_id text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
create unique index build_attempts_one_running on ops.build_attempts ((true)) where status = 'running';

create table ops.deliveries (
    delivery_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    sponsor_id uuid not null,
    campaign_id uuid not null,
    report_id uuid,
    period_start date not null,
    version integer not null default 1,
    recipient text not null,
    message_id text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'held')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    unique (tenant_id, campaign_id, period_start, version, recipient)
);

-- One row per published build: what every reader reads, and how far it reaches.
create table marts.builds (
    build_id uuid primary key,
    mode text not null,
    from_xact xid8 not null,
    to_xact xid8 not null,
    row_counts jsonb not null default '{}',
    started_at timestamptz not null,
    published_at timestamptz not null default now()
);

alter table ops.fetch_state owner to hostread_ingest;
alter table ops.log_files owner to hostread_ingest;
alter table ops.lists owner to hostread_ingest;
alter table ops.ip_ranges owner to hostread_ingest;
alter table ops.seals owner to hostread_ingest;
alter table ops.build_attempts owner to hostread_transform;
alter table marts.builds owner to hostread_transform;
grant create on schema ops to hostread_transform;

grant select on ops.lists, ops.ip_ranges to hostread_collector;
grant select on all tables in schema ops to hostread_transform;
grant select on ops.build_attempts, ops.seals, ops.lists, ops.fetch_state, marts.builds
to hostread_reader, hostread_app, hostread_ingest;
grant select, insert, update on ops.deliveries to hostread_app;
grant insert, update on ops.seals to hostread_transform;

grant select, insert, update, delete on all tables in schema app to hostread_app;
revoke insert, update, delete on app.household_keys, app.tenants from hostread_app;
revoke update, delete on app.product_events, app.audit_log, app.campaign_status_history from hostread_app;
revoke select on app.household_keys from hostread_app;
grant update (name, currency, timezone) on app.tenants to hostread_app;
grant usage on all sequences in schema app to hostread_app;
grant select on app.tenants, app.shows, app.sponsors, app.sites, app.hosting_accounts, app.log_sources, app.household_keys
to hostread_ingest;
grant select on app.household_keys to hostread_collector;
grant select on all tables in schema app to hostread_transform;
revoke select on app.household_keys, app.api_keys, app.report_files, app.hosting_accounts from hostread_transform;
grant select on app.tenants, app.shows, app.sponsors, app.sites, app.campaigns, app.placements, app.promo_codes,
app.attribution_settings, app.campaign_status_history to hostread_reader;
