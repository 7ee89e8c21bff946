-- One row per changed verdict on saturation and owner who is told of it by mail, once.
create table ops.verdict_mails (
    verdict_id uuid not null references ops.saturation_verdicts on delete cascade,
    tenant_id integer not null,
    recipient text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (verdict_id, recipient)
);
create index verdict_mails_pending on ops.verdict_mails (created_at) where status = 'pending';

alter table ops.verdict_mails owner to hostread_transform;
alter table ops.verdict_mails enable row level security;
create policy tenant_isolation on ops.verdict_mails to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on ops.verdict_mails to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);
