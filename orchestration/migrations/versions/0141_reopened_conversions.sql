-- One row per published conversion whose credit a later build changed: its touches and its credited amounts before and after, and
-- why. A conversion that a build left as it was has no row.
create table ops.reopened_conversions (
    reopened_id bigint generated always as identity primary key,
    tenant_id integer not null,
    conversion_id uuid not null,
    converted_at timestamptz not null,
    touches_before integer not null,
    touches_after integer not null,
    -- {campaign id: {model: [parts per billion, minor units]}}; the zero UUID: what no touch explains.
    credit_before jsonb not null,
    credit_after jsonb not null,
    cause text not null check (cause in (
        'identity_merge', 'identity_split', 'late_event', 'recount', 'setting', 'books', 'entries', 'full_build'
    )),
    build_id uuid not null,
    reopened_at timestamptz not null default now()
);
create index reopened_conversions_conversion on ops.reopened_conversions (tenant_id, conversion_id, reopened_id);
create index reopened_conversions_build on ops.reopened_conversions (build_id);
alter table ops.reopened_conversions owner to hostread_transform;
alter table ops.reopened_conversions enable row level security;
create policy tenant_isolation on ops.reopened_conversions to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on ops.reopened_conversions to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);
grant select on ops.reopened_conversions to hostread_reader, hostread_app;
