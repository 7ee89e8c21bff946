-- How often a report was begun: one that ends its worker each time must not be begun for ever.
alter table app.reports add column attempt_count integer not null default 0;

-- The report worker serves every tenant: it claims the oldest request and then works as that tenant. A claim is a lock of the
-- worker's session, and not a time: the server lets go of it when the worker dies (kill -9), and never while it still works.
create or replace function app.claim_report()
returns table (tenant_id integer, report_id uuid, campaign_id uuid)
language plpgsql volatile security definer set search_path = ''
as $$
declare
    candidate record;
begin
    for candidate in
        select q.report_id, q.attempt_count
        from app.reports as q
        where q.status in ('requested', 'running')
        order by q.requested_at, q.report_id
        for update skip locked
    loop
        continue when not pg_catalog.pg_try_advisory_lock(1383231570, pg_catalog.hashtext(candidate.report_id::text));
        if candidate.attempt_count >= 5 then
            update app.reports as r
            set
                status = 'failed', finished_at = now(),
                error = 'found 5 attempts that ended before the report was stored, expected one to finish: look at the worker''s log'
            where r.report_id = candidate.report_id;
            perform pg_catalog.pg_advisory_unlock(1383231570, pg_catalog.hashtext(candidate.report_id::text));
            continue;
        end if;
        return query
        update app.reports as r
        set status = 'running', started_at = now(), attempt_count = r.attempt_count + 1
        where r.report_id = candidate.report_id
        returning r.tenant_id, r.report_id, r.campaign_id;
        return;
    end loop;
end
$$;

-- Releases the session's claim, once the report is stored, failed or given back.
create function app.release_report(p_report_id uuid) returns boolean
language sql volatile
as $$ select pg_advisory_unlock(1383231570, hashtext(p_report_id::text)) $$;

-- What the delivery run goes through: it serves every tenant, and then works as that tenant.
create function app.list_report_schedules()
returns table (tenant_id integer, schedule_id uuid, sponsor_id uuid, cadence text, timezone text, recipients text[])
language sql stable security definer set search_path = ''
as $$
    select s.tenant_id, s.schedule_id, s.sponsor_id, s.cadence, s.timezone, s.recipients
    from app.report_schedules as s
    where s.is_active
    order by s.tenant_id, s.sponsor_id, s.cadence
$$;

create function ops.list_pending_deliveries()
returns table (tenant_id integer, delivery_id uuid)
language sql stable security definer set search_path = ''
as $$
    select d.tenant_id, d.delivery_id
    from ops.deliveries as d
    where d.status = 'pending'
    -- What was tried least comes first: a message that ends its session each time comes last.
    order by d.attempt_count, d.created_at, d.delivery_id
$$;

create index deliveries_pending on ops.deliveries (created_at) where status = 'pending';

revoke execute on function app.release_report, app.list_report_schedules, ops.list_pending_deliveries from public;
grant execute on function app.release_report, app.list_report_schedules, ops.list_pending_deliveries to hostread_app;
