-- One row per listening that a campaign's owner held out of it (domain rules, section 7): a show's, or all of the campaign's own,
-- on these days. `geo`: a region's own edition that the ad left out; `time`: days on which the ad was off. Nothing is deleted.
create table app.lift_holdouts (
    holdout_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    campaign_id uuid not null,
    kind text not null check (kind in ('geo', 'time')),
    show_id uuid,
    starts_on date not null,
    ends_on date not null,
    note text not null default '',
    created_by uuid,
    created_at timestamptz not null default clock_timestamp(),
    withdrawn_at timestamptz,
    check (ends_on >= starts_on),
    check (kind = 'time' or show_id is not null),
    foreign key (tenant_id, campaign_id) references app.campaigns (tenant_id, campaign_id),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id)
);
create index lift_holdouts_campaign on app.lift_holdouts (tenant_id, campaign_id);
grant select, insert on app.lift_holdouts to hostread_app;
grant update (withdrawn_at) on app.lift_holdouts to hostread_app;
grant select on app.lift_holdouts to hostread_reader, hostread_transform;
alter table app.lift_holdouts enable row level security;
create policy tenant_isolation on app.lift_holdouts to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on app.lift_holdouts to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);

-- One row per tenant and campaign: the last study of its lift.
create table estimates.lift_studies (
    tenant_id integer not null,
    campaign_id uuid not null,
    design text not null check (design in ('matched', 'time_holdout', 'geo_holdout')),
    -- Unexposed households halved at random, and in how many of these a lift was found.
    split_tests integer not null,
    split_tests_positive integer not null,
    model_version text not null,
    seed bigint not null,
    build_id uuid not null,
    run_id text not null,
    fitted_at timestamptz not null default now(),
    primary key (tenant_id, campaign_id)
);

-- One row per study and span of weeks since exposure, [week_from, week_to): below 0 a placebo, before the exposure. Rates are
-- conversions per household over the span; figures are NULL where the verdict is no estimate.
create table estimates.lift_spans (
    tenant_id integer not null,
    campaign_id uuid not null,
    week_from integer not null,
    week_to integer not null,
    verdict text not null
    check (verdict in ('estimated', 'too_little_power', 'no_exposure', 'no_control', 'not_comparable')),
    reason text not null,
    exposed_count bigint not null,
    matched_count bigint not null,
    control_count bigint not null,
    exposed_conversions bigint not null,
    control_conversions bigint not null,
    detectable_lift double precision,
    exposed_rate double precision,
    control_rate double precision,
    lift double precision,
    lift_low double precision,
    lift_high double precision,
    incremental_conversions double precision,
    incremental_low double precision,
    incremental_high double precision,
    primary key (tenant_id, campaign_id, week_from, week_to),
    foreign key (tenant_id, campaign_id) references estimates.lift_studies on delete cascade,
    check (week_to > week_from),
    check ((verdict = 'estimated') = (lift is not null))
);

-- One row per tenant, campaign and figure (ads delivered, downloads of its shows, conversions it owns): what is to come of it until
-- its flight's end, or why nothing is said. Low and high are an 80 % interval; `error_rate` is how far off such forecasts were.
create table estimates.campaign_forecasts (
    tenant_id integer not null,
    campaign_id uuid not null,
    figure text not null check (figure in ('ads', 'downloads', 'conversions')),
    verdict text not null check (verdict in ('estimated', 'too_little_data', 'flight_ended', 'too_far')),
    reason text not null,
    -- Which of the two was better in the backtests: the model, or the same weekdays of the last weeks again.
    method text check (method in ('decay', 'response', 'seasonal_naive')),
    as_of date not null,
    until date not null,
    so_far bigint not null,
    expected double precision,
    low double precision,
    high double precision,
    low_95 double precision,
    high_95 double precision,
    backtest_count integer not null,
    error_rate double precision,
    naive_error_rate double precision,
    guarantee bigint,
    guarantee_probability double precision,
    model_version text not null,
    build_id uuid not null,
    run_id text not null,
    fitted_at timestamptz not null default now(),
    primary key (tenant_id, campaign_id, figure),
    check ((verdict = 'estimated') = (expected is not null))
);

-- What a build reads. In Dagster's graph they have no parent: a build stands on the estimates before it, they on the build before.
create view estimates.last_lift_studies with (security_invoker = true) as select * from estimates.lift_studies;
create view estimates.last_lift_spans with (security_invoker = true) as select * from estimates.lift_spans;
create view estimates.last_campaign_forecasts with (security_invoker = true) as select * from estimates.campaign_forecasts;

do $$
declare
    name text;
begin
    foreach name in array array[
        'lift_studies', 'lift_spans', 'campaign_forecasts', 'last_lift_studies', 'last_lift_spans', 'last_campaign_forecasts'
    ] loop
        execute format('alter table estimates.%I owner to hostread_transform', name);
    end loop;
    foreach name in array array['lift_studies', 'lift_spans', 'campaign_forecasts'] loop
        execute format('alter table estimates.%I enable row level security', name);
        execute format(
            'create policy tenant_isolation on estimates.%I for select to hostread_reader, hostread_app '
            'using (tenant_id = ops.current_tenant_id())', name
        );
        execute format('grant select on estimates.%I to hostread_reader, hostread_app', name);
    end loop;
end
$$;
