-- What a sponsor allows for one show's weekly spend; what is NULL is not limited. Advice keeps within it.
create table app.budget_limits (
    tenant_id integer not null references app.tenants,
    sponsor_id uuid not null,
    show_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    least_weekly_minor bigint check (least_weekly_minor >= 0),
    most_weekly_minor bigint check (most_weekly_minor >= 0),
    changed_by uuid,
    changed_at timestamptz not null default now(),
    primary key (tenant_id, sponsor_id, show_id, currency),
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id),
    check (least_weekly_minor is not null or most_weekly_minor is not null),
    check (least_weekly_minor <= most_weekly_minor)
);
grant select, insert, update, delete on app.budget_limits to hostread_app;
grant select on app.budget_limits to hostread_reader, hostread_transform;

-- One row per channel (a show for a sponsor, by one account of the money, in one currency) and day on which it was fitted. A day
-- without anything new leaves no row: the last one stands.
create table estimates.saturation_fits (
    tenant_id integer not null,
    sponsor_id uuid not null,
    show_id uuid not null,
    basis text not null check (basis in ('books', 'placements')),
    currency text not null,
    fit_day date not null,
    verdict text not null check (verdict in ('unsaturated', 'saturating', 'saturated', 'not_identifiable')),
    reason text not null,
    -- Why the rules let no curve be said; empty where they do.
    refusal text not null,
    -- Weekly, in minor units: what was judged, and the fixed spend that half-saturation is measured in.
    spend_minor double precision not null,
    reference_minor double precision not null,
    margin_rate double precision not null,
    -- Revenue of the next unit of spend, with its 80 and 95 % intervals.
    marginal double precision,
    marginal_low double precision,
    marginal_high double precision,
    marginal_low_95 double precision,
    marginal_high_95 double precision,
    saturated_probability double precision,
    unsaturated_probability double precision,
    week_count integer not null,
    first_week date,
    last_week date,
    level_count integer not null,
    spend_ratio double precision,
    evidence double precision,
    drift_z double precision,
    drift_p double precision,
    has_drifted boolean not null,
    model_version text not null,
    seed bigint not null,
    input_hash bytea not null,
    build_id uuid not null,
    run_id text not null,
    fitted_at timestamptz not null default now(),
    primary key (tenant_id, sponsor_id, show_id, basis, currency, fit_day)
);

-- One row per fit and trailing window (weeks; `stacked`: all of them by weight): its parameters, and its curve on a grid of spend.
create table estimates.saturation_windows (
    tenant_id integer not null,
    sponsor_id uuid not null,
    show_id uuid not null,
    basis text not null,
    currency text not null,
    fit_day date not null,
    window_name text not null,
    observed_weeks integer not null,
    weight double precision not null,
    score double precision,
    -- Posterior mean and 80 % interval.
    adstock double precision[] check (cardinality(adstock) = 3),
    half_saturation double precision[] check (cardinality(half_saturation) = 3),
    slope double precision[] check (cardinality(slope) = 3),
    amplitude double precision[] check (cardinality(amplitude) = 3),
    -- The curve: what a constant weekly spend brings a week, beyond spending nothing; minor units.
    curve_spend double precision[] not null,
    curve_response double precision[] not null,
    curve_low_80 double precision[] not null,
    curve_high_80 double precision[] not null,
    curve_low_95 double precision[] not null,
    curve_high_95 double precision[] not null,
    -- Of the next unit of spend, by which each build judges the spend of its day: what it brings, the quantiles of that at
    -- `quantile_levels` ([level][grid]), and the probability that it brings at least half of what the first one did.
    curve_marginal double precision[] not null,
    quantile_levels double precision[] not null,
    curve_marginal_quantiles double precision[] not null,
    curve_unsaturated double precision[] not null,
    primary key (tenant_id, sponsor_id, show_id, basis, currency, fit_day, window_name),
    foreign key (tenant_id, sponsor_id, show_id, basis, currency, fit_day) references estimates.saturation_fits on delete cascade
);

-- One row per sponsor, account of the money, currency and fit day: the same budget moved between its shows, and what that brings.
create table estimates.budget_reallocations (
    tenant_id integer not null,
    sponsor_id uuid not null,
    basis text not null,
    currency text not null,
    fit_day date not null,
    budget_minor double precision not null,
    -- A week, in money: response times margin less spend, against leaving it as it is.
    gain_minor double precision not null,
    gain_low_minor double precision not null,
    gain_high_minor double precision not null,
    loss_probability double precision not null,
    reason text not null,
    seed bigint not null,
    model_version text not null,
    primary key (tenant_id, sponsor_id, basis, currency, fit_day)
);

-- One row per show of a reallocation: what it gets a week, and what its next unit of spend is worth.
create table estimates.budget_moves (
    tenant_id integer not null,
    sponsor_id uuid not null,
    basis text not null,
    currency text not null,
    fit_day date not null,
    show_id uuid not null,
    is_advised boolean not null,
    reason text not null,
    spend_minor double precision not null,
    advised_minor double precision not null,
    least_minor double precision not null,
    most_minor double precision,
    worth double precision,
    worth_low double precision,
    worth_high double precision,
    primary key (tenant_id, sponsor_id, basis, currency, fit_day, show_id),
    foreign key (tenant_id, sponsor_id, basis, currency, fit_day) references estimates.budget_reallocations on delete cascade
);

-- What a build reads: of each channel its last fit. In Dagster's graph they have no parent, as estimates.last_fits.
create view estimates.last_saturation_fits with (security_invoker = true) as
select distinct on (tenant_id, sponsor_id, show_id, basis, currency) *
from estimates.saturation_fits
order by tenant_id asc, sponsor_id asc, show_id asc, basis asc, currency asc, fit_day desc;

create view estimates.last_saturation_windows with (security_invoker = true) as
select w.*
from estimates.saturation_windows as w
inner join estimates.last_saturation_fits using (tenant_id, sponsor_id, show_id, basis, currency, fit_day);

create view estimates.last_budget_moves with (security_invoker = true) as
select
    m.*,
    r.budget_minor,
    r.gain_minor,
    r.gain_low_minor,
    r.gain_high_minor,
    r.loss_probability,
    r.reason as budget_reason,
    r.seed,
    r.model_version
from (
    select distinct on (tenant_id, sponsor_id, basis, currency) *
    from estimates.budget_reallocations
    order by tenant_id asc, sponsor_id asc, basis asc, currency asc, fit_day desc
) as r
inner join estimates.budget_moves as m using (tenant_id, sponsor_id, basis, currency, fit_day);

-- One row per verdict of a channel from the build that said it first to the one that said another: an alert where it is not the
-- channel's first.
create table ops.saturation_verdicts (
    verdict_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    sponsor_id uuid not null,
    show_id uuid not null,
    basis text not null,
    currency text not null,
    verdict text not null,
    previous_verdict text,
    reason text not null,
    -- Weekly, in minor units: what was spent when the verdict came, and when the one before did.
    spend_minor double precision not null,
    previous_spend_minor double precision,
    saturated_probability double precision,
    unsaturated_probability double precision,
    build_id uuid not null,
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    seen_by text,
    seen_at timestamptz
);
create unique index saturation_verdicts_open on ops.saturation_verdicts (tenant_id, sponsor_id, show_id, basis, currency)
where closed_at is null;
create index saturation_verdicts_newest on ops.saturation_verdicts (tenant_id, opened_at desc);

do $$
declare
    name text;
begin
    foreach name in array array[
        'estimates.saturation_fits', 'estimates.saturation_windows', 'estimates.budget_reallocations', 'estimates.budget_moves',
        'estimates.last_saturation_fits', 'estimates.last_saturation_windows', 'estimates.last_budget_moves',
        'ops.saturation_verdicts'
    ]
    loop
        execute format('alter table %s owner to hostread_transform', name);
    end loop;
    foreach name in array array[
        'estimates.saturation_fits', 'estimates.saturation_windows', 'estimates.budget_reallocations', 'estimates.budget_moves'
    ]
    loop
        execute format('alter table %s enable row level security', name);
        execute format(
            'create policy tenant_isolation on %s for select to hostread_reader, hostread_app '
            'using (tenant_id = ops.current_tenant_id())', name
        );
        execute format('grant select on %s to hostread_reader, hostread_app', name);
    end loop;
    foreach name in array array['app.budget_limits', 'ops.saturation_verdicts'] loop
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
grant select on ops.saturation_verdicts to hostread_reader, hostread_app;
grant update (seen_by, seen_at) on ops.saturation_verdicts to hostread_app;
