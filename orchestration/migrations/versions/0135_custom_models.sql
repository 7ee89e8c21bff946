-- A tenant's own attribution model (domain rules, section 5): a name, and versions of parameters. A change is a new version and no
-- version changes; the newest one of a model that is not archived is built.
create table app.attribution_models (
    model_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    name text not null check (length(name) between 1 and 100),
    created_by uuid,
    created_at timestamptz not null default now(),
    archived_at timestamptz,
    unique (tenant_id, model_id)
);
create unique index attribution_models_name on app.attribution_models (tenant_id, lower(name)) where archived_at is null;

create table app.attribution_model_versions (
    tenant_id integer not null,
    model_id uuid not null,
    version integer not null check (version >= 1),
    -- What a touch weighs by its place in the path, before the factors below.
    shape text not null check (shape in ('first', 'last', 'linear', 'time_decay', 'position_based')),
    half_life_s bigint not null default 604800 check (half_life_s between 60 and 31536000),
    position_first numeric(10, 9) not null default 0.4 check (position_first between 0 and 1),
    position_middle numeric(10, 9) not null default 0.2 check (position_middle between 0 and 1),
    position_last numeric(10, 9) not null default 0.4 check (position_last between 0 and 1),
    -- Only touches at most so long before the conversion; NULL: those of the account's windows, which none can widen.
    window_s bigint check (window_s between 3600 and 5184000),
    -- Factors by kind of evidence and by the placement's position in the episode; 0 leaves the touch out of the path.
    click_factor numeric(9, 6) not null default 1 check (click_factor between 0 and 100),
    vanity_factor numeric(9, 6) not null default 1 check (vanity_factor between 0 and 100),
    code_factor numeric(9, 6) not null default 1 check (code_factor between 0 and 100),
    exposure_factor numeric(9, 6) not null default 1 check (exposure_factor between 0 and 100),
    pre_roll_factor numeric(9, 6) not null default 1 check (pre_roll_factor between 0 and 100),
    mid_roll_factor numeric(9, 6) not null default 1 check (mid_roll_factor between 0 and 100),
    post_roll_factor numeric(9, 6) not null default 1 check (post_roll_factor between 0 and 100),
    created_by uuid,
    created_at timestamptz not null default now(),
    primary key (tenant_id, model_id, version),
    foreign key (tenant_id, model_id) references app.attribution_models (tenant_id, model_id),
    check (position_first + position_middle + position_last = 1),
    check (greatest(click_factor, vanity_factor, code_factor, exposure_factor) > 0)
);

grant select, insert on app.attribution_models, app.attribution_model_versions to hostread_app;
grant update (name, archived_at) on app.attribution_models to hostread_app;
grant select on app.attribution_models, app.attribution_model_versions to hostread_reader, hostread_transform;

do $$
declare
    name regclass;
begin
    foreach name in array array['app.attribution_models'::regclass, 'app.attribution_model_versions'::regclass] loop
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
