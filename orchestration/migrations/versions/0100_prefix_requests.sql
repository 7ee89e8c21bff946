-- One row per request for a show's file that came through the platform's own prefix and was sent on to the file. The columns of
-- raw.logs_requests, so that one engine counts both; the show stands where a log has its source, and no offset.
-- At least once: where a commit's answer was lost the row may lie here twice, and the union of byte intervals counts it once.
create table raw.prefix_requests (
    request_id bigint generated always as identity,
    tenant_id integer not null,
    show_id uuid not null,
    requested_at timestamptz not null,
    method text not null,
    -- What the file's own host answers where all is well: 206 to a usable range, else 200. Our own answer is always 302.
    status integer not null,
    range_header text,
    range_start bigint,
    range_end bigint,
    -- NULL always: a prefix sees the request and not what was sent.
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
    loaded_at timestamptz not null default now(),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, requested_at, request_id)
) partition by range (requested_at);
create table raw.prefix_requests_default partition of raw.prefix_requests default;
create index prefix_requests_xact on raw.prefix_requests (xact);
alter table raw.prefix_requests owner to hostread_collector;
alter table raw.prefix_requests_default owner to hostread_collector;
grant select on raw.prefix_requests to hostread_transform, hostread_ingest;

do $$
declare
    name regclass;
begin
    foreach name in array array['raw.prefix_requests'::regclass, 'raw.prefix_requests_default'::regclass] loop
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

-- What a prefix may lead to: the enclosures that the show's own feed ever named.
grant select (tenant_id, show_id) on app.shows to hostread_collector;
grant select (tenant_id, site_id) on app.sites to hostread_collector;
grant select (tenant_id, show_id, enclosure_url, fetched_at) on raw.feeds_items to hostread_collector;
-- The agent lists that judge its listeners.
grant select on ops.lists, ops.user_agent_patterns to hostread_collector;
