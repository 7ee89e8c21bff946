-- {"lead": {"click_window_s": 604800}}: of conversions of a kind, windows that differ from the account's, within the same bounds.
create function ops.are_windows_by_kind(windows jsonb) returns boolean
language sql immutable set search_path = ''
as $$
select windows is null or (
    jsonb_typeof(windows) = 'object'
    and not exists (
        select from jsonb_each(windows) as k
        where k.key not in ('purchase', 'lead', 'signup', 'install', 'open') or jsonb_typeof(k.value) <> 'object'
    )
    and not exists (
        select
        from jsonb_each(windows) as k
        cross join lateral jsonb_each(case jsonb_typeof(k.value) when 'object' then k.value else '{}' end) as w
        where case
            when jsonb_typeof(w.value) <> 'number' or w.value::text !~ '^[0-9]{1,9}$' then true
            when w.key = 'exposure_window_s' then w.value::text::bigint not between 86400 and 5184000
            when w.key in ('click_window_s', 'vanity_window_s') then w.value::text::bigint not between 3600 and 5184000
            when w.key = 'code_grace_days' then w.value::text::bigint not between 0 and 365
            else true
        end
    )
)
$$;

-- The window named `named` of conversions of a kind: their own, else the account's.
create function ops.window_of(by_kind jsonb, conversion_kind text, named text, of_account bigint) returns bigint
language sql immutable
as $$ select coalesce((by_kind -> conversion_kind ->> named)::bigint, of_account) $$;

-- vanity_window_s NULL: as a click's.
alter table app.attribution_settings
add column vanity_window_s bigint check (vanity_window_s between 3600 and 5184000),
add column windows_by_kind jsonb check (ops.are_windows_by_kind(windows_by_kind));

-- The longest window of an account: so long, and 35 days more, a key of its households lives.
create function ops.longest_window_s(s app.attribution_settings) returns bigint
language sql immutable set search_path = ''
as $$
select greatest(
    coalesce(s.exposure_window_s, 2592000), coalesce(s.click_window_s, 2592000), s.vanity_window_s,
    (
        select max((w.value #>> '{}')::bigint)
        from jsonb_each(s.windows_by_kind) as k
        cross join lateral jsonb_each(k.value) as w
        where w.key like '%\_window\_s'
    )
)
$$;

-- One row per proposal of other windows: who, when and why, and what became of it. At most one of a tenant is undecided.
create table app.attribution_proposals (
    proposal_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    exposure_window_s bigint not null check (exposure_window_s between 86400 and 5184000),
    click_window_s bigint not null check (click_window_s between 3600 and 5184000),
    vanity_window_s bigint not null check (vanity_window_s between 3600 and 5184000),
    code_grace_days integer not null check (code_grace_days between 0 and 365),
    windows_by_kind jsonb check (ops.are_windows_by_kind(windows_by_kind)),
    reason text not null check (length(reason) between 3 and 1000),
    -- The windows that it was proposed instead of.
    windows_before jsonb not null,
    created_by_name text not null,
    created_at timestamptz not null default clock_timestamp(),
    decision text check (decision in ('published', 'discarded')),
    decided_by_name text,
    decided_at timestamptz,
    unique (tenant_id, proposal_id),
    check ((decision is null) = (decided_at is null))
);
create unique index attribution_proposals_open on app.attribution_proposals (tenant_id) where decision is null;
create index attribution_proposals_newest on app.attribution_proposals (tenant_id, created_at, proposal_id);
grant select, insert on app.attribution_proposals to hostread_app;
grant update (decision, decided_by_name, decided_at) on app.attribution_proposals to hostread_app;
grant select on app.attribution_proposals to hostread_reader, hostread_transform;
alter table app.attribution_proposals enable row level security;
create policy tenant_isolation on app.attribution_proposals to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on app.attribution_proposals to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);

-- One row per proposal that was computed, or could not be: on which build's rows, and when.
create table estimates.attribution_proposal_runs (
    tenant_id integer not null,
    proposal_id uuid not null,
    build_id uuid not null,
    -- Why it could not be computed; NULL where it was.
    fault text,
    run_id text not null,
    computed_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, proposal_id)
);

-- One row per proposal, campaign (the zero UUID: what no touch explains), model and currency: credited conversions (parts per
-- billion) and revenue (minor units) as published and under the proposed windows, fraud apart.
create table estimates.attribution_proposal_figures (
    tenant_id integer not null,
    proposal_id uuid not null,
    campaign_id uuid not null,
    model text not null,
    currency text not null,
    is_unconverted boolean not null,
    conversions_ppb_before bigint not null,
    conversions_ppb_after bigint not null,
    revenue_minor_before bigint not null,
    revenue_minor_after bigint not null,
    primary key (tenant_id, proposal_id, campaign_id, model, currency, is_unconverted),
    foreign key (tenant_id, proposal_id) references estimates.attribution_proposal_runs on delete cascade
);

do $$
declare
    name regclass;
begin
    foreach name in array array['estimates.attribution_proposal_runs'::regclass, 'estimates.attribution_proposal_figures'::regclass]
    loop
        execute format('alter table %s owner to hostread_transform', name);
        execute format('alter table %s enable row level security', name);
        execute format(
            'create policy tenant_isolation on %s for select to hostread_reader, hostread_app '
            'using (tenant_id = ops.current_tenant_id())', name
        );
        execute format('grant select on %s to hostread_reader, hostread_app', name);
    end loop;
end
$$;

-- So that a reader that is newer than the published build finds the columns; the next build fills them.
alter table if exists marts.attribution_rules add column if not exists vanity_window_s bigint;
alter table if exists marts.attribution_rules add column if not exists windows_by_kind jsonb;
