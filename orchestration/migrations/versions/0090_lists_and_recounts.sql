-- Lists are versioned data (domain rules, section 1). A publisher's document is a snapshot; a version of a list is composed of one
-- snapshot of each of its sources. What judged a request is named on its row and never changes by itself: a recount is asked for.

-- One row per source of a list, as the settings name it or as somebody imported it, and how its last fetch went.
create table ops.list_sources (
    source_name text primary key,
    list_name text not null check (list_name in ('user_agents', 'ip_ranges')),
    format text not null,
    -- NULL: imported by hand, never fetched.
    url text,
    ip_class text,
    -- Where two sources name the same network, the one that stands first is believed.
    position_number integer not null,
    is_active boolean not null default true,
    etag text,
    last_modified text,
    last_status integer,
    last_attempt_at timestamptz,
    last_success_at timestamptz,
    last_error text,
    consecutive_failures integer not null default 0,
    next_attempt_at timestamptz not null default '-infinity'
);

-- One row per document that a source published and we read: its entries, and whether it is used.
create table ops.list_snapshots (
    source_name text not null,
    snapshot_version text not null,
    list_name text not null,
    origin text not null check (origin in ('fetched', 'imported', 'package', 'seed')),
    -- When it was first seen, and when it was last confirmed to be what the publisher says.
    fetched_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    entry_count bigint not null,
    -- held: implausible beside the one before it; it is used once somebody accepted it.
    status text not null check (status in ('accepted', 'held', 'refused')),
    held_reason text,
    decided_by text,
    decided_at timestamptz,
    -- The parsed entries as JSON, compressed by zlib.
    entries bytea not null,
    primary key (source_name, snapshot_version)
);

-- The snapshots that a version of a list was composed of: [{source, version, origin, fetched_at, entries}].
alter table ops.lists add column parts jsonb not null default '[]';

-- One row per network whose listeners are people although a data-centre or VPN list holds it; each was validated on a day, and is
-- not applied once that is 90 days ago (domain rules, section 1, rule 6).
create table ops.safe_list (
    network cidr primary key,
    -- Counted, but many people: no household is matched behind it.
    ip_class text not null default 'corporate' check (ip_class in ('household', 'mobile', 'corporate')),
    note text not null check (note <> ''),
    validated_at timestamptz not null default now(),
    validated_by text not null,
    added_at timestamptz not null default now(),
    removed_at timestamptz
);

-- One row per version of the user-agent lists and beginning of an agent that is known to preload (rule 8). The version is the one
-- on a request's row (user_agent_list_version), so that a new player never changes what was counted.
create table ops.preloading_players (
    list_version text not null,
    user_agent_prefix text not null check (user_agent_prefix <> ''),
    source text not null,
    validated_on date not null,
    primary key (list_version, user_agent_prefix)
);

-- One row per recount that somebody asked for: which days of which tenant are judged again by which version of which list, and what
-- was counted before and after. Writing the verdicts into the overlays below ends its first half; the next build the second.
create table ops.recounts (
    recount_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    list_name text not null check (list_name in ('user_agents', 'ip_ranges')),
    list_version text not null,
    from_day date not null,
    to_day date not null,
    reason text not null default '',
    asked_by text not null,
    asked_at timestamptz not null default now(),
    judged_at timestamptz,
    finished_at timestamptz,
    failed_reason text,
    requests_in_range bigint,
    -- Requests whose verdict changed, and (ip_ranges) those that only their address could judge, which is not kept.
    requests_changed bigint,
    requests_not_judgeable bigint,
    -- {window: downloads} of the days, before and after.
    counted_before jsonb,
    counted_after jsonb,
    build_id uuid,
    xact xid8 not null default pg_current_xact_id(),
    check (to_day >= from_day)
);

-- The overlays of recounts. Staging reads a request's verdict from here where there is a row for its tenant, UTC day and agent (or
-- address prefix), else from raw; `xact` is the recount's, so that a build whose window holds it judges those household-days again.
create table ops.rejudged_agents (
    tenant_id integer not null,
    day date not null,
    user_agent text not null,
    user_agent_kind text not null check (user_agent_kind in ('bot', 'app', 'library', 'browser', 'unknown')),
    user_agent_list_version text not null,
    recount_id uuid not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, day, user_agent)
);
create table ops.rejudged_prefixes (
    tenant_id integer not null,
    day date not null,
    ip_prefix text not null,
    ip_class text not null check (ip_class in ('household', 'mobile', 'corporate', 'datacenter', 'vpn', 'unknown')),
    ip_list_version text not null,
    recount_id uuid not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, day, ip_prefix)
);

-- One row per decision on an anomaly; the last one on the same show, day and scope is in force. `exclude` takes the requests of the
-- scope out of the counts by the rule `anomaly`, without deleting one; `include` takes that back.
create table app.anomaly_decisions (
    decision_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    show_id uuid not null,
    day date not null,
    kind text not null check (
        kind in ('spike', 'drop', 'household_dominates', 'agent_dominates', 'impossible_completion')
    ),
    -- What is excluded: one agent's, one household's, or (both NULL) all requests of the show on the day.
    user_agent text,
    household_hash bytea,
    action text not null check (action in ('exclude', 'include')),
    reason text not null check (length(reason) between 3 and 1000),
    -- What was seen when it was decided: {observed, expected, score, ...}.
    evidence jsonb not null default '{}',
    decided_by uuid,
    decided_by_name text not null default '',
    decided_at timestamptz not null default clock_timestamp(),
    xact xid8 not null default pg_current_xact_id(),
    check (user_agent is null or household_hash is null),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id)
);
create index anomaly_decisions_scope on app.anomaly_decisions (tenant_id, show_id, day);

-- One row per method statement that a build was counted by: written when it differs from the one before.
create table ops.method_statements (
    statement_version text primary key,
    statement jsonb not null,
    stated_at timestamptz not null default now(),
    last_stated_at timestamptz not null default now()
);

do $$
declare
    name regclass;
begin
    foreach name in array array[
        'ops.list_sources', 'ops.list_snapshots', 'ops.safe_list', 'ops.preloading_players', 'ops.recounts', 'ops.rejudged_agents',
        'ops.rejudged_prefixes', 'ops.method_statements'
    ]::regclass[] loop
        execute format('alter table %s owner to hostread_ingest', name);
        execute format('grant select on %s to hostread_transform', name);
    end loop;
    foreach name in array array[
        'app.anomaly_decisions', 'ops.recounts', 'ops.rejudged_agents', 'ops.rejudged_prefixes'
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

grant references on app.tenants to hostread_ingest;
grant select, insert on app.anomaly_decisions to hostread_app;
grant select on app.anomaly_decisions to hostread_transform, hostread_reader, hostread_ingest;
grant select, insert on ops.recounts to hostread_app;
grant select on ops.recounts, ops.safe_list, ops.method_statements to hostread_reader, hostread_app;
-- Never the entries: a document of megabytes is nothing that the API reads.
grant select on ops.list_sources to hostread_reader, hostread_app;
grant select (
    source_name, snapshot_version, list_name, origin, fetched_at, seen_at, entry_count, status, held_reason, decided_by, decided_at
) on ops.list_snapshots to hostread_reader, hostread_app;
grant select on ops.preloading_players, ops.user_agent_patterns, ops.lists to hostread_reader, hostread_app;
grant select on marts.builds to hostread_ingest;
