-- Schema raw: the landing zone, append-only, exactly what came but for IP addresses (domain rules, section 5): a keyed hash of
-- the household, the address's class, its truncated prefix and the list version that judged it are kept instead.
-- `xact` is the watermark's column: what is built is `xact < pg_snapshot_xmin(pg_current_snapshot())`.
create table raw.feeds_documents (
    tenant_id integer not null,
    show_id uuid not null,
    document_sha256 bytea not null,
    body bytea not null,
    content_type text,
    fetched_at timestamptz not null,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, show_id, document_sha256)
);

create table raw.feeds_channels (
    tenant_id integer not null,
    show_id uuid not null,
    content_sha256 bytea not null,
    title text,
    podcast_guid text,
    language text,
    payload jsonb not null,
    fetched_at timestamptz not null,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, show_id, content_sha256)
);

create table raw.feeds_items (
    tenant_id integer not null,
    show_id uuid not null,
    episode_guid text not null,
    content_sha256 bytea not null,
    title text,
    published_at timestamptz,
    enclosure_url text,
    -- The enclosure without scheme, tracking prefixes, query and fragment: joins a logged request to its episode.
    media_key text,
    enclosure_type text,
    enclosure_bytes bigint,
    duration_s numeric,
    payload jsonb not null,
    fetched_at timestamptz not null,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, show_id, episode_guid, content_sha256)
);

-- The canonical raw row of a host's statistic (domain rules, section 2). A restated value is a new row.
create table raw.hosting_downloads (
    hosting_download_id bigint generated always as identity primary key,
    tenant_id integer not null,
    account_id uuid,
    show_id uuid not null,
    source text not null,
    source_account text not null,
    show_key text not null,
    episode_key text not null,
    episode_guid text,
    metric text not null check (metric in ('download', 'play', 'stream', 'listener', 'follower')),
    metric_standard text not null check (metric_standard in ('iab2', 'host', 'apple', 'spotify')),
    grain text not null check (grain in ('event', 'day', 'month', 'all_time')),
    period_start date not null,
    period_end date not null,
    tz text not null,
    dimension text not null default '',
    dimension_value text not null default '',
    value numeric not null,
    is_cumulative boolean not null,
    fetched_at timestamptz not null,
    content_sha256 bytea not null,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id()
);
create index hosting_downloads_key on raw.hosting_downloads
(
    tenant_id, source, source_account, show_key, episode_key, metric, grain, period_start, dimension, dimension_value,
    hosting_download_id desc
);

create table raw.logs_requests (
    request_id bigint generated always as identity,
    tenant_id integer not null,
    log_source_id uuid not null,
    requested_at timestamptz not null,
    method text not null,
    status integer not null,
    range_header text,
    -- The inclusive byte interval asked for, from range_header; NULL without one. An open end is NULL.
    range_start bigint,
    range_end bigint,
    bytes_sent bigint,
    url text not null,
    media_key text not null,
    referer text,
    user_agent text not null,
    user_agent_kind text not null check (user_agent_kind in ('bot', 'app', 'library', 'browser', 'unknown')),
    user_agent_list_version text not null,
    is_watch boolean not null,
    household_hash bytea not null,
    key_epoch integer not null,
    ip_class text not null check (ip_class in ('household', 'mobile', 'corporate', 'datacenter', 'vpn', 'unknown')),
    ip_prefix text not null,
    ip_list_version text not null,
    file_size bigint,
    header_bytes bigint,
    is_hls boolean not null default false,
    file_offset bigint not null,
    loaded_at timestamptz not null default now(),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, requested_at, request_id)
) partition by range (requested_at);
create table raw.logs_requests_default partition of raw.logs_requests default;
create index logs_requests_xact on raw.logs_requests (xact);

create table raw.collector_events (
    event_id bigint generated always as identity,
    tenant_id integer not null,
    site_id uuid not null,
    received_at timestamptz not null,
    message_id text not null check (length(message_id) between 1 and 100),
    kind text not null check (kind in ('identify', 'track', 'page', 'screen', 'group', 'alias')),
    event_name text,
    anonymous_id text,
    user_id text,
    -- The client's clock: occurred = received_at - (sent_at - client_at).
    client_at timestamptz,
    sent_at timestamptz,
    context jsonb not null default '{}',
    -- properties of track, page and screen; traits of identify and group.
    properties jsonb not null default '{}',
    body_sha256 bytea not null,
    household_hash bytea,
    key_epoch integer,
    ip_class text not null default 'unknown',
    ip_prefix text,
    ip_list_version text,
    user_agent text,
    has_consent boolean not null default true,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, received_at, event_id)
) partition by range (received_at);
create table raw.collector_events_default partition of raw.collector_events default;
create index collector_events_message on raw.collector_events (tenant_id, site_id, message_id);
create index collector_events_xact on raw.collector_events (xact);

-- What the collector turned away before it could become an event, counted by minute: received = accepted + quarantined + refused.
create table raw.collector_refusals (
    tenant_id integer,
    site_id uuid,
    minute_at timestamptz not null,
    reason_code text not null,
    refused_count bigint not null check (refused_count > 0),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id()
);

create table raw.campaigns_orders (
    tenant_id integer not null,
    sponsor_id uuid not null,
    order_id text not null,
    content_sha256 bytea not null,
    ordered_at timestamptz not null,
    value_minor bigint not null,
    currency text not null,
    promo_code text,
    payload jsonb not null,
    loaded_at timestamptz not null default now(),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, sponsor_id, order_id, content_sha256)
);

-- One row per sponsor, show and day of what was spent there and what came of it, as the tenant's own books have it.
create table raw.campaigns_spend (
    tenant_id integer not null,
    sponsor_id uuid not null,
    show_id uuid not null,
    spend_date date not null,
    content_sha256 bytea not null,
    currency text not null,
    spend_minor bigint not null,
    ads_delivered bigint not null,
    conversion_count bigint not null,
    revenue_minor bigint not null,
    loaded_at timestamptz not null default now(),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, sponsor_id, show_id, spend_date, content_sha256)
);

create table raw.quarantine (
    quarantine_id bigint generated always as identity primary key,
    tenant_id integer,
    source text not null,
    reason_code text not null,
    reason text not null,
    -- The original bytes, with any IP address in them cut to its prefix.
    original bytea not null,
    context jsonb not null default '{}',
    quarantined_at timestamptz not null default now(),
    replayed_at timestamptz,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id()
);
create index quarantine_source on raw.quarantine (tenant_id, source, quarantined_at);

alter table raw.feeds_documents owner to hostread_ingest;
alter table raw.feeds_channels owner to hostread_ingest;
alter table raw.feeds_items owner to hostread_ingest;
alter table raw.hosting_downloads owner to hostread_ingest;
alter table raw.logs_requests owner to hostread_ingest;
alter table raw.logs_requests_default owner to hostread_ingest;
alter table raw.campaigns_orders owner to hostread_ingest;
alter table raw.campaigns_spend owner to hostread_ingest;
alter table raw.quarantine owner to hostread_ingest;
alter table raw.collector_events owner to hostread_collector;
alter table raw.collector_events_default owner to hostread_collector;
alter table raw.collector_refusals owner to hostread_collector;

grant select on all tables in schema raw to hostread_transform, hostread_ingest;
grant insert on raw.quarantine to hostread_collector;
grant select on raw.collector_events, raw.quarantine to hostread_reader, hostread_app;

-- Makes the day partitions of `parent` from first_day to last_day. A day whose rows already lie in the default partition stays
-- there: nothing is moved under a writer, and nothing is lost.
create function raw.ensure_day_partitions(parent regclass, first_day date, last_day date) returns integer
language plpgsql
as $$
declare
    day date;
    made integer := 0;
    child text;
begin
    for day in select generate_series(first_day, last_day, interval '1 day')::date loop
        child := format('%s_%s', (select relname from pg_class where oid = parent), to_char(day, 'YYYYMMDD'));
        if to_regclass(format('raw.%I', child)) is null then
            begin
                execute format(
                    'create table raw.%I partition of %s for values from (%L) to (%L)',
                    child, parent, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC'
                );
                made := made + 1;
            exception when check_violation or duplicate_table then
                null;
            end;
        end if;
    end loop;
    return made;
end
$$;
