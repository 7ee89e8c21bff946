-- One row per tenant, pair of currencies and day: a unit of the first is worth `rate` units of the second. A restated rate replaces
-- it.
create table app.currency_rates (
    tenant_id integer not null references app.tenants,
    from_currency text not null check (from_currency ~ '^[A-Z]{3}$'),
    to_currency text not null check (to_currency ~ '^[A-Z]{3}$'),
    rate_date date not null,
    -- The upper bound also keeps NaN out, which PostgreSQL has above every number.
    rate numeric not null check (rate > 0 and rate < 1e15),
    source text not null default '' check (length(source) <= 200),
    run_id text not null,
    loaded_at timestamptz not null default now(),
    primary key (tenant_id, from_currency, to_currency, rate_date),
    check (from_currency <> to_currency)
);

-- One row per rate that was replaced: what had been believed, from when, until when.
create table app.currency_rates_restated (
    tenant_id integer not null references app.tenants,
    from_currency text not null,
    to_currency text not null,
    rate_date date not null,
    rate numeric not null,
    source text not null,
    loaded_at timestamptz not null,
    replaced_at timestamptz not null default now(),
    replaced_by_run_id text not null
);
create index currency_rates_restated_rate
on app.currency_rates_restated (tenant_id, from_currency, to_currency, rate_date, replaced_at);

-- How many days a rate may be older than the conversion that it is used for.
alter table app.attribution_settings
add column rate_max_age_days integer not null default 31 check (rate_max_age_days between 0 and 366);

alter table app.import_files drop constraint import_files_kind_check;
alter table app.import_files add constraint import_files_kind_check
check (kind in ('statistics', 'logs', 'orders', 'spend', 'currency_rates'));

grant select, insert, update on app.currency_rates to hostread_ingest;
grant select, insert on app.currency_rates_restated to hostread_ingest;
grant select on app.currency_rates, app.currency_rates_restated to hostread_app, hostread_reader, hostread_transform;

do $$
declare
    name regclass;
begin
    foreach name in array array['app.currency_rates'::regclass, 'app.currency_rates_restated'::regclass] loop
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
