-- A log source says which of the formats its files are in, and, where its lines name no host, whose files they are of.
alter table app.log_sources drop constraint log_sources_format_check;
alter table app.log_sources add constraint log_sources_format_check check (format in ('jsonl', 'combined', 'cloudfront'));
alter table app.log_sources add column base_url text;

-- A log file is its content: the digest of everything up to committed_offset, as a chain over whole blocks and the rest, so that
-- it goes on with one block read again. A copy under any name, in any source of the tenant, is known by it.
alter table ops.log_files add column block_chain bytea;
alter table ops.log_files add column content_sha256 bytea;
create index log_files_head on ops.log_files (tenant_id, head_sha256);

-- One row per file that somebody brought: by the dashboard, the API, the command or the watched folder.
create table app.import_files (
    import_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    kind text not null check (kind in ('statistics', 'logs', 'orders', 'spend')),
    origin text not null check (origin in ('dashboard', 'api', 'command', 'folder')),
    file_name text not null check (length(file_name) between 1 and 300),
    content_sha256 bytea not null,
    byte_count bigint not null,
    -- Sealed, since a log holds addresses and a book of orders holds people; deleted once it has landed or was refused.
    content bytea,
    show_id uuid,
    sponsor_id uuid,
    -- The exporting platform, where the uploader named it.
    host text,
    -- Whose files a log's paths are of, where its lines name no host.
    base_url text,
    actor_kind text not null default 'user',
    actor_id uuid,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id),
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id)
);
-- Compressing what is sealed only costs time.
alter table app.import_files alter column content set storage external;
create index import_files_newest on app.import_files (tenant_id, created_at desc, import_id desc);
create index import_files_waiting on app.import_files (created_at) where content is not null;

-- One row per file that was tried: what came of it. A file without a row here waits.
create table ops.imports (
    import_id uuid primary key,
    tenant_id integer not null,
    status text not null check (status in ('landed', 'refused', 'failed')),
    -- What the file turned out to be: libsyn, spotify, apple, combined, …
    format text,
    landed_count bigint not null default 0,
    unchanged_count bigint not null default 0,
    quarantined_count bigint not null default 0,
    -- Found, expected, to do; for a landed file what was left out, or nothing.
    message text not null default '',
    -- Up to twenty of the rows that were turned away: where they stand, and why.
    examples jsonb not null default '[]',
    attempt_count integer not null default 1,
    run_id text not null,
    finished_at timestamptz not null default now()
);
alter table ops.imports owner to hostread_ingest;

grant select, insert on app.import_files to hostread_app;
grant select on app.import_files to hostread_ingest;
grant update (content) on app.import_files to hostread_ingest;
-- What was uploaded and what came of it is shown beside the columns; the content to nobody but who lands it.
grant select on ops.imports to hostread_app, hostread_reader;

do $$
declare
    name regclass;
begin
    foreach name in array array['app.import_files'::regclass, 'ops.imports'::regclass] loop
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
