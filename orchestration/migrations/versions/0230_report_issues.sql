-- A sponsor's reports go out each week, each month, or once at the end of each of its campaigns, at an hour of the schedule's zone.
alter table app.report_schedules
drop constraint report_schedules_cadence_check,
add constraint report_schedules_cadence_check check (cadence in ('weekly', 'monthly', 'campaign_end')),
add column send_hour smallint not null default 6 check (send_hour between 0 and 23),
-- Of a campaign's end: whole days after the flight's last one.
add column days_after_end smallint not null default 0 check (days_after_end between 0 and 180),
-- Since when it runs without a pause: what fell due before is not sent after it.
add column active_since timestamptz not null default now(),
add column created_by uuid;

-- One row per sponsor, cadence, period and version (of a campaign's end: per campaign): what one message tells each recipient.
create table ops.report_issues (
    issue_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    schedule_id uuid,
    sponsor_id uuid not null,
    cadence text not null check (cadence in ('weekly', 'monthly', 'campaign_end')),
    period_start date not null,
    period_end date not null check (period_end >= period_start),
    -- The campaign that has ended, of that cadence alone.
    campaign_id uuid check ((campaign_id is not null) = (cadence = 'campaign_end')),
    version integer not null default 1 check (version >= 1),
    -- Asked for by one person, who alone gets it.
    is_preview boolean not null default false,
    -- open: its reports are being made. ready: proved, and its mails go out. empty: no campaign had anything to report.
    status text not null default 'open' check (status in ('open', 'held', 'ready', 'empty')),
    held_reason text,
    look_count integer not null default 0,
    next_look_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    ready_at timestamptz,
    unique (tenant_id, issue_id)
);
create unique index report_issues_period on ops.report_issues (
    tenant_id, sponsor_id, cadence, period_start, coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'), version
) where not is_preview;
create index report_issues_waiting on ops.report_issues (next_look_at) where status in ('open', 'held');

-- One row per issue and campaign: the report that the message carries.
create table ops.issue_reports (
    tenant_id integer not null,
    issue_id uuid not null,
    campaign_id uuid not null,
    report_id uuid,
    primary key (issue_id, campaign_id),
    foreign key (tenant_id, issue_id) references ops.report_issues (tenant_id, issue_id)
);

-- Until now a message told of one campaign: those of one sponsor and week become one issue, and a recipient has one row of it.
insert into ops.report_issues (tenant_id, sponsor_id, cadence, period_start, period_end, version, status, created_at, ready_at)
select
    d.tenant_id, d.sponsor_id, 'weekly' as cadence, d.period_start, d.period_start + 6 as period_end, d.version,
    case when bool_or(d.report_id is not null) then 'ready' else 'open' end as status, min(d.created_at) as created_at,
    min(d.sent_at) as ready_at
from ops.deliveries as d
group by d.tenant_id, d.sponsor_id, d.period_start, d.version;
alter table ops.deliveries
add column issue_id uuid,
add column next_attempt_at timestamptz not null default now(),
-- What came back: the status code of a bounce, or the kind of a complaint.
add column answer text,
add column answered_at timestamptz,
add column link_used_at timestamptz,
drop constraint deliveries_status_check,
add constraint deliveries_status_check
check (status in ('pending', 'sent', 'failed', 'held', 'bounced', 'complained', 'suppressed'));
update ops.deliveries as d
set issue_id = i.issue_id
from ops.report_issues as i
where
    i.tenant_id = d.tenant_id and i.sponsor_id = d.sponsor_id and i.period_start = d.period_start and i.version = d.version;
insert into ops.issue_reports (tenant_id, issue_id, campaign_id, report_id)
select distinct on (d.issue_id, d.campaign_id) d.tenant_id, d.issue_id, d.campaign_id, d.report_id
from ops.deliveries as d
order by d.issue_id, d.campaign_id, d.report_id nulls last;
-- What still waits is kept before what was sent: told twice is better than not at all.
delete from ops.deliveries as d
using (
    select
        x.delivery_id,
        row_number() over (
            partition by x.issue_id, x.recipient order by x.status in ('pending', 'held') desc, x.created_at, x.delivery_id
        ) as place
    from ops.deliveries as x
) as ranked
where d.delivery_id = ranked.delivery_id and ranked.place > 1;
alter table ops.deliveries
alter column issue_id set not null,
drop constraint deliveries_tenant_id_campaign_id_period_start_version_recip_key,
drop column campaign_id,
drop column report_id,
drop column period_start,
drop column version,
add unique (issue_id, recipient),
add unique (message_id),
add foreign key (tenant_id, issue_id) references ops.report_issues (tenant_id, issue_id);
create index deliveries_issue on ops.deliveries (tenant_id, issue_id);

-- Who gets no report of an account any more, and why.
create table app.mail_suppressions (
    suppression_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    address text not null check (address = lower(address) and length(address) <= 320),
    reason text not null check (reason in ('unsubscribed', 'bounced', 'complained', 'manual')),
    detail text,
    created_at timestamptz not null default now(),
    unique (tenant_id, address)
);

do $$
declare
    t text;
begin
    foreach t in array array['ops.report_issues', 'ops.issue_reports', 'app.mail_suppressions']
    loop
        execute format('alter table %s enable row level security', t);
        execute format(
            'create policy tenant_isolation on %s to hostread_app, hostread_reader '
            'using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id())', t
        );
        execute format('create policy platform_workers on %s to hostread_ingest, hostread_collector, hostread_transform '
            'using (true) with check (true)', t);
        execute format('grant select, insert, update, delete on %s to hostread_app', t);
        execute format('grant select on %s to hostread_transform', t);
    end loop;
end
$$;
create trigger audit_change after insert or update or delete on app.mail_suppressions for each row
execute function app.audit_change('mail_suppression', 'suppression_id', '', '');

drop function app.list_report_schedules();
-- What the delivery run goes through: it serves every tenant, and then works as that tenant.
create function app.list_report_schedules()
returns table (
    tenant_id integer, schedule_id uuid, sponsor_id uuid, cadence text, timezone text, recipients text[], send_hour smallint,
    days_after_end smallint, active_since timestamptz
)
language sql stable security definer set search_path = ''
as $$
    select
        s.tenant_id, s.schedule_id, s.sponsor_id, s.cadence, s.timezone, s.recipients, s.send_hour, s.days_after_end, s.active_since
    from app.report_schedules as s
    where s.is_active
    order by s.tenant_id, s.sponsor_id, s.cadence
$$;

-- Issues whose reports are not out yet: those that a run has begun and that wait, and what people asked for.
create function ops.list_waiting_issues()
returns table (tenant_id integer, issue_id uuid, status text, next_look_at timestamptz)
language sql stable security definer set search_path = ''
as $$
    select i.tenant_id, i.issue_id, i.status, i.next_look_at
    from ops.report_issues as i
    where i.status in ('open', 'held')
    order by i.next_look_at, i.issue_id
$$;

create or replace function ops.list_pending_deliveries()
returns table (tenant_id integer, delivery_id uuid)
language sql stable security definer set search_path = ''
as $$
    select d.tenant_id, d.delivery_id
    from ops.deliveries as d
    inner join ops.report_issues as i on i.issue_id = d.issue_id
    where d.status = 'pending' and i.status = 'ready' and d.next_attempt_at <= now()
    -- What was tried least comes first: a message that ends its session each time comes last.
    order by d.attempt_count, d.created_at, d.delivery_id
$$;

-- Whose a returned message is: the left part of its Message-ID is 160 bits of a digest, which nobody else knows.
create function ops.find_delivery(p_message_id text)
returns table (tenant_id integer, delivery_id uuid, recipient text)
language sql stable security definer set search_path = ''
as $$
    select d.tenant_id, d.delivery_id, d.recipient
    from ops.deliveries as d
    where d.message_id = p_message_id
$$;

revoke execute on function
app.list_report_schedules, ops.list_waiting_issues, ops.list_pending_deliveries, ops.find_delivery
from public;
grant execute on function
app.list_report_schedules, ops.list_waiting_issues, ops.list_pending_deliveries, ops.find_delivery
to hostread_app;

-- One row per held issue and owner of the account: the mail that tells of it.
create table ops.held_report_mails (
    issue_id uuid not null references ops.report_issues,
    tenant_id integer not null,
    recipient text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (issue_id, recipient)
);
alter table ops.held_report_mails owner to hostread_transform;
alter table ops.held_report_mails enable row level security;
create policy tenant_isolation on ops.held_report_mails to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on ops.held_report_mails to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);
grant insert, select on ops.held_report_mails to hostread_app;
