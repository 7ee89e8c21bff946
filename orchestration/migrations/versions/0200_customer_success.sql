-- A customer is an account, seen by those who look after it: its own people, an agency's (members of several accounts), and who
-- runs the platform (ops.operators). What it paid elsewhere before is stated by itself.
alter table app.tenants
add column customer_id uuid not null default gen_random_uuid() unique,
add column former_cost_minor bigint check (former_cost_minor >= 0),
add column former_cost_currency text check (former_cost_currency ~ '^[A-Z]{3}$'),
add constraint tenants_former_cost_check check ((former_cost_minor is null) = (former_cost_currency is null));
grant update (former_cost_minor, former_cost_currency) on app.tenants to hostread_app;

-- One row per survey of a customer, 48 h after its first accepted event and once: whom it was mailed to, and what became of that.
create table ops.survey_mails (
    survey_id uuid not null default gen_random_uuid() unique,
    tenant_id integer primary key references app.tenants,
    recipient text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    -- Its link opens until then.
    expires_at timestamptz not null
);
create index survey_mails_pending on ops.survey_mails (created_at) where status = 'pending';

-- One row per answer of a customer: how likely it is to recommend us, how satisfied it is, what it says.
create table app.customer_feedback (
    feedback_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    user_id uuid,
    -- The survey that it answers, which takes one answer.
    survey_id uuid unique references ops.survey_mails (survey_id),
    nps_score smallint check (nps_score between 0 and 10),
    satisfaction_score smallint check (satisfaction_score between 1 and 10),
    comment text not null default '' check (length(comment) <= 2000),
    is_technical_issue boolean not null default false,
    source text not null check (source in ('form', 'survey', 'api')),
    created_at timestamptz not null default now(),
    xact xid8 not null default pg_current_xact_id(),
    check (num_nonnulls(nps_score, satisfaction_score) > 0 or comment <> '')
);
create index customer_feedback_newest on app.customer_feedback (tenant_id, created_at desc, feedback_id desc);

-- One row per thing that is wrong with a customer: of satisfaction and NPS opened and closed by the build, of a technical issue
-- opened by the feedback that tells of it and closed by a person.
create table ops.customer_alerts (
    alert_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    kind text not null check (kind in ('satisfaction', 'nps', 'technical_issue')),
    value double precision,
    threshold double precision,
    feedback_id uuid unique references app.customer_feedback,
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    closed_by uuid,
    check ((kind = 'technical_issue') = (feedback_id is not null)),
    check ((kind = 'technical_issue') = (value is null))
);
create unique index customer_alerts_open on ops.customer_alerts (tenant_id, kind)
where closed_at is null and kind <> 'technical_issue';
create index customer_alerts_newest on ops.customer_alerts (tenant_id, opened_at desc);

-- One row per alert and operator who is told of it by mail, once.
create table ops.customer_alert_mails (
    alert_id uuid not null references ops.customer_alerts on delete cascade,
    tenant_id integer not null,
    recipient text not null,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
    attempt_count integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    primary key (alert_id, recipient)
);
create index customer_alert_mails_pending on ops.customer_alert_mails (created_at) where status = 'pending';

alter table ops.survey_mails owner to hostread_transform;
alter table ops.customer_alerts owner to hostread_transform;
alter table ops.customer_alert_mails owner to hostread_transform;
grant select, insert on app.customer_feedback to hostread_app;
grant select on app.customer_feedback to hostread_reader, hostread_transform;
grant select, insert on ops.customer_alerts to hostread_app;
grant update (closed_at, closed_by) on ops.customer_alerts to hostread_app;
grant select on ops.customer_alerts to hostread_reader;
grant select on ops.survey_mails to hostread_app;

do $$
declare
    name regclass;
begin
    foreach name in array array[
        'ops.survey_mails', 'app.customer_feedback', 'ops.customer_alerts', 'ops.customer_alert_mails'
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
create trigger audit_change after insert or update or delete on app.customer_feedback for each row
execute function app.audit_change('customer_feedback', 'feedback_id', '', 'xact');

-- The accounts that a member of the current one looks after: those of its login but as a sponsor, and all where it runs the
-- platform. Without a member (an API key) the current account alone; a member of another account is nobody here.
create function app.visible_customers(p_user_id uuid) returns setof integer
language plpgsql stable security definer set search_path = ''
as $$
begin
    return query
    select t.tenant_id
    from app.tenants as t
    where
        t.tenant_id = ops.current_tenant_id()
        or t.tenant_id in (
            select u.tenant_id
            from app.users as me
            inner join app.users as u on u.email = me.email and u.removed_at is null and u.role <> 'sponsor'
            where
                me.tenant_id = ops.current_tenant_id() and me.user_id = p_user_id and me.removed_at is null
                and me.role <> 'sponsor'
        )
        or ops.is_operator(ops.current_tenant_id(), p_user_id);
end
$$;

-- One account that they look after, with what they are there: the member's role, and whether they run the platform.
create function app.find_customer(p_user_id uuid, p_customer_id uuid)
returns table (tenant_id integer, member_role text, member_id uuid, is_operator boolean)
language plpgsql stable security definer set search_path = ''
as $$
begin
    return query
    select t.tenant_id, m.role, m.user_id, ops.is_operator(ops.current_tenant_id(), p_user_id)
    from app.tenants as t
    left join lateral (
        select u.role, u.user_id
        from app.users as me
        inner join app.users as u on u.email = me.email and u.removed_at is null and u.tenant_id = t.tenant_id
        where me.tenant_id = ops.current_tenant_id() and me.user_id = p_user_id and me.removed_at is null
    ) as m on true
    where t.customer_id = p_customer_id and t.tenant_id in (select v.* from app.visible_customers(p_user_id) as v);
end
$$;

-- One row per customer, or per thing of a customer that `p_kind` names, of all that the member looks after, or of one of them.
-- Marts that no build has published yet have no rows.
create function app.customer_rows(p_user_id uuid, p_kind text, p_customer_id uuid default null) returns setof jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
    source_name text := case p_kind
        when 'figures' then 'marts.customer_success'
        when 'weeks' then 'marts.customer_success_weekly'
        when 'months' then 'marts.customer_volumes_monthly'
        when 'feedback' then 'app.customer_feedback'
        when 'alerts' then 'ops.customer_alerts'
        when 'customers' then 'app.tenants'
    end;
    -- Of a whole installation nobody but who runs it is told; its volume is the other part of a customer's share.
    whole text := case
        when p_kind = 'months'
        then '|| jsonb_build_object(''share'', r.accepted_count / nullif((select sum(w.accepted_count) from marts.customer_volumes_monthly as w where w.month = r.month), 0)::double precision)'
        else ''
    end;
begin
    if source_name is null then
        raise invalid_parameter_value using message = format('found the kind %s, expected one that customer_rows knows', p_kind);
    end if;
    if to_regclass(source_name) is null then
        return;
    end if;
    return query execute format(
        'select to_jsonb(r) - ''tenant_id'' - ''xact'' || jsonb_build_object(''customer_id'', t.customer_id) %s '
        'from %s as r inner join app.tenants as t on t.tenant_id = r.tenant_id '
        'where r.tenant_id in (select v.* from app.visible_customers($1) as v) and ($2 is null or t.customer_id = $2)',
        whole, source_name
    ) using p_user_id, p_customer_id;
end
$$;

-- How the API has answered since: requests, those that failed for a fault of ours, those answered within the time, and p95. No row
-- where nothing was measured.
create function app.service_levels(p_since timestamptz, p_within_ms double precision)
returns table (request_count bigint, failed_count bigint, within_count bigint, p95_ms double precision, first_minute_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
begin
    return query
    select
        s.request_count,
        s.failed_count,
        coalesce(m.within_count, 0)::bigint,
        s.p95_ms,
        m.first_minute_at
    from ops.served_since('api', p_since) as s
    cross join lateral (
        select
            -- A bucket ends at 2^(bucket / 4) ms: one that ends later is counted as too late.
            sum(b.request_count) filter (where power(2, b.bucket / 4.0) <= p_within_ms) as within_count,
            min(b.minute_at) as first_minute_at
        from ops.served_minutes as b
        where b.kind = 'api' and b.minute_at >= p_since
    ) as m
    where s.name = '' and s.request_count > 0;
end
$$;

revoke execute on function app.visible_customers, app.find_customer, app.customer_rows, app.service_levels from public;
grant execute on function app.find_customer, app.customer_rows, app.service_levels to hostread_app;
grant execute on function app.is_verified to hostread_transform;
