-- One row per response to a sponsor's survey of its customers, as a file had it; the first one of its id stands.
create table raw.campaigns_survey_answers (
    tenant_id integer not null,
    sponsor_id uuid not null,
    response_id text not null,
    answered_at timestamptz not null,
    answer text not null,
    order_id text,
    loaded_at timestamptz not null default now(),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, sponsor_id, response_id)
);
alter table raw.campaigns_survey_answers owner to hostread_ingest;
grant select on raw.campaigns_survey_answers to hostread_transform;
alter table raw.campaigns_survey_answers enable row level security;
create policy tenant_isolation on raw.campaigns_survey_answers to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on raw.campaigns_survey_answers to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);

alter table app.import_files drop constraint import_files_kind_check;
alter table app.import_files add constraint import_files_kind_check
check (kind in ('statistics', 'logs', 'orders', 'spend', 'currency_rates', 'survey_answers'));
