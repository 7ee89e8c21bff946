-- One row per decision of a person on conversions: one of them, or all with a promo code or of a device in a range of time.
-- Nothing is deleted: a decision that is taken back stays, with who took it back and when. On a conversion that several cover, one
-- that names the conversion itself stands before one on a set, and of the same kind the last one.
create table app.fraud_decisions (
    decision_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    verdict text not null check (verdict in ('fraud', 'honest')),
    scope text not null check (scope in ('conversion', 'code', 'device')),
    -- The conversion that is decided on, or the one whose device it is.
    conversion_id uuid,
    code_normalized text,
    anonymous_id text,
    -- Of a set: from the first instant to just before the last.
    from_at timestamptz not null default '-infinity',
    to_at timestamptz not null default 'infinity',
    reason text not null check (length(reason) between 3 and 1000),
    -- What was known when it was decided: {score, reasons, rules_version}.
    evidence jsonb not null default '{}',
    decided_by uuid,
    decided_by_name text not null default '',
    created_at timestamptz not null default clock_timestamp(),
    xact xid8 not null default pg_current_xact_id(),
    withdrawn_at timestamptz,
    withdrawn_by_name text,
    withdrawn_xact xid8,
    check (to_at > from_at),
    check ((scope = 'code') = (code_normalized is not null)),
    check ((scope = 'device') = (anonymous_id is not null)),
    check (scope = 'code' or conversion_id is not null)
);
create index fraud_decisions_newest on app.fraud_decisions (tenant_id, created_at desc, decision_id desc);

-- Off where NULL: a score alone takes nothing out of the figures.
alter table app.attribution_settings
add column fraud_exclude_score numeric(5, 4) check (fraud_exclude_score > 0 and fraud_exclude_score <= 1);

grant select, insert on app.fraud_decisions to hostread_app;
grant update (withdrawn_at, withdrawn_by_name, withdrawn_xact) on app.fraud_decisions to hostread_app;
grant select on app.fraud_decisions to hostread_reader, hostread_transform;
grant insert, update on app.attribution_settings to hostread_app;

-- One row per figure of marts.campaign_attribution_daily (by the conversion's day) of a day that was over when a later build
-- changed it: the credited conversions (parts per billion) and revenue (minor units) of a campaign under a model, before, after,
-- and why.
create table ops.restatement (
    restatement_id bigint generated always as identity primary key,
    tenant_id integer not null,
    -- The zero UUID: what no touch explains.
    campaign_id uuid not null,
    day date not null,
    model text not null,
    currency text not null,
    conversions_ppb_before bigint not null,
    conversions_ppb_after bigint not null,
    revenue_minor_before bigint not null,
    revenue_minor_after bigint not null,
    cause text not null,
    build_id uuid not null,
    restated_at timestamptz not null default now()
);
create index restatement_campaign on ops.restatement (tenant_id, campaign_id, restatement_id);
alter table ops.restatement owner to hostread_transform;
grant select on ops.restatement to hostread_reader, hostread_app;

do $$
declare
    name regclass;
begin
    foreach name in array array['app.fraud_decisions'::regclass, 'ops.restatement'::regclass] loop
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

-- So that a reader that is newer than the published build finds the columns; the next build fills them.
alter table if exists marts.attribution_conversions add column if not exists is_fraud boolean;
alter table if exists marts.attribution_credits add column if not exists is_fraud boolean;
alter table if exists marts.attribution_custom_credits add column if not exists is_fraud boolean;
alter table if exists marts.campaign_attribution_daily add column if not exists is_fraud boolean;
