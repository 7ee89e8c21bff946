-- What a tenant may set of its data-driven attribution: at which grains a channel is cut, and whether a channel that is met again
-- right after itself counts as one touch (domain rules, section 5).
alter table app.attribution_settings
add column data_driven_granularities text[] not null
default array['show', 'episode', 'placement', 'position', 'channel']
check (data_driven_granularities <@ array['show', 'episode', 'placement', 'position', 'channel']),
add column collapses_repeats boolean not null default false;

-- One row per tenant, sponsor, goal, granularity and model: the last fit, or why there is none.
create table estimates.attribution_fits (
    tenant_id integer not null,
    sponsor_id uuid not null,
    goal_kind text not null,
    granularity text not null check (granularity in ('show', 'episode', 'placement', 'position', 'channel')),
    model text not null check (model in ('markov', 'shapley')),
    verdict text not null check (verdict in ('estimated', 'too_little_data', 'not_identifiable')),
    reason text not null,
    model_version text not null,
    seed bigint not null,
    -- Markov: the order chosen, and the mean held-out log-likelihood of a journey under each.
    markov_order integer,
    likelihood_order_1 double precision,
    likelihood_order_2 double precision,
    -- Shapley: whether the values are exact, else how many random orders they are of.
    is_exact boolean,
    sampled_orders integer,
    replicates integer not null,
    channel_count integer not null,
    path_count bigint not null,
    converted_count bigint not null,
    lost_count bigint not null,
    build_id uuid not null,
    run_id text not null,
    fitted_at timestamptz not null default now(),
    primary key (tenant_id, sponsor_id, goal_kind, granularity, model)
);

-- One row per fit and channel: its share of the attributed conversions with a 95 % interval, or that it cannot be told apart.
create table estimates.attribution_channels (
    tenant_id integer not null,
    sponsor_id uuid not null,
    goal_kind text not null,
    granularity text not null,
    model text not null,
    channel text not null,
    campaign_id uuid,
    placement_id uuid,
    show_id uuid,
    episode_guid text,
    -- Of a channel that is in the same journeys as others, the joint channel that the share stands at.
    joint_channel text,
    verdict text not null check (verdict in ('estimated', 'too_little_data', 'not_identifiable')),
    effect double precision,
    share double precision,
    share_low double precision,
    share_high double precision,
    share_error double precision,
    converted_count bigint not null,
    lost_count bigint not null,
    primary key (tenant_id, sponsor_id, goal_kind, granularity, model, channel),
    foreign key (tenant_id, sponsor_id, goal_kind, granularity, model) references estimates.attribution_fits on delete cascade
);

-- One row per publication of the fits: which build's mart they were put on.
create table estimates.attribution_publications (
    published_at timestamptz primary key default clock_timestamp(),
    build_id uuid not null,
    fit_count bigint not null,
    row_count bigint not null,
    run_id text not null
);

-- What a build reads. In Dagster's graph it has no parent: a build stands on the fits before it, and they on the build before.
create view estimates.last_fits with (security_invoker = true) as select * from estimates.attribution_fits;
create view estimates.last_channels with (security_invoker = true) as select * from estimates.attribution_channels;

do $$
declare
    name text;
begin
    foreach name in array array['attribution_fits', 'attribution_channels', 'attribution_publications', 'last_fits', 'last_channels']
    loop
        execute format('alter table estimates.%I owner to hostread_transform', name);
    end loop;
    foreach name in array array['attribution_fits', 'attribution_channels'] loop
        execute format('alter table estimates.%I enable row level security', name);
        execute format(
            'create policy tenant_isolation on estimates.%I for select to hostread_reader, hostread_app '
            'using (tenant_id = ops.current_tenant_id())', name
        );
        execute format('grant select on estimates.%I to hostread_reader, hostread_app', name);
    end loop;
end
$$;
