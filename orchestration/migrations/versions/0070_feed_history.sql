-- What a show's feed listed, one row whenever that changed: an item that left the feed stays an episode in raw.feeds_items, and is
-- no longer among these. The counts and the names show when a feed collapses or changes its shape.
create table raw.feeds_snapshots (
    tenant_id integer not null,
    show_id uuid not null,
    content_sha256 bytea not null,
    item_count integer not null,
    enclosure_count integer not null,
    duration_count integer not null,
    episode_guids text[] not null,
    -- Names of elements that no vocabulary of ours has.
    unknown_elements text[] not null,
    fetched_at timestamptz not null,
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, show_id, fetched_at, content_sha256)
);
alter table raw.feeds_snapshots owner to hostread_ingest;
grant select on raw.feeds_snapshots to hostread_transform;

-- Where a feed said that it had moved, and whether that was believed: `evidence` says why.
create table ops.feed_moves (
    move_id bigint generated always as identity primary key,
    tenant_id integer not null,
    show_id uuid not null,
    from_url text not null,
    to_url text not null,
    reason text not null check (reason in ('permanent redirect', 'itunes:new-feed-url')),
    is_accepted boolean not null,
    evidence text not null,
    noticed_at timestamptz not null,
    run_id text not null
);
create index feed_moves_show on ops.feed_moves (tenant_id, show_id, move_id);
alter table ops.feed_moves owner to hostread_ingest;
grant select on ops.feed_moves to hostread_transform, hostread_app, hostread_reader;

do $$
declare
    t text;
begin
    foreach t in array array['raw.feeds_snapshots', 'ops.feed_moves'] loop
        execute format('alter table %s enable row level security', t);
        execute format(
            'create policy tenant_isolation on %s to hostread_app, hostread_reader '
            'using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id())', t
        );
        execute format(
            'create policy platform_workers on %s to hostread_ingest, hostread_collector, hostread_transform '
            'using (true) with check (true)', t
        );
    end loop;
end
$$;
