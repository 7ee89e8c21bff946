-- A report is of one campaign, or of all campaigns of the account (of one sponsor, where it is named) within a period.
alter table app.reports
alter column campaign_id drop not null,
drop constraint reports_kind_check,
add constraint reports_kind_check check (kind in ('campaign', 'network', 'post_campaign')),
add column sponsor_id uuid,
-- UTC days, both included. Without one a report of a campaign tells of everything up to its build.
add column period_start date,
add column period_end date,
add column language text not null default 'en' check (language in ('en', 'de', 'es')),
-- Counts how often what was told of this subject and period was changed afterwards.
add column version integer not null default 1 check (version >= 1),
add column restates_id uuid,
add constraint reports_period_check check ((period_start is null) = (period_end is null) and period_end >= period_start),
add constraint reports_subject_check check (
    case when kind = 'network' then campaign_id is null and period_start is not null else campaign_id is not null end
),
add foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id),
add foreign key (tenant_id, restates_id) references app.reports (tenant_id, report_id);
create index reports_subject on app.reports (tenant_id, kind, campaign_id, sponsor_id, period_start, requested_at desc);

-- How an account's reports look: one row per account that chose anything. `logo` is a PNG that the API decoded and encoded again.
create table app.report_settings (
    tenant_id integer primary key references app.tenants,
    display_name text check (length(display_name) between 1 and 200),
    language text not null default 'en' check (language in ('en', 'de', 'es')),
    band_colour text check (band_colour ~ '^#[0-9A-F]{6}$'),
    accent_colour text check (accent_colour ~ '^#[0-9A-F]{6}$'),
    logo bytea check (length(logo) <= 1000000),
    updated_at timestamptz not null default now()
);
alter table app.report_settings enable row level security;
create policy tenant_isolation on app.report_settings to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on app.report_settings to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);
grant select, insert, update, delete on app.report_settings to hostread_app;
grant select on app.report_settings to hostread_reader, hostread_transform;
create trigger audit_change after insert or update or delete on app.report_settings for each row
execute function app.audit_change('report_settings', 'tenant_id', 'logo', 'updated_at');
