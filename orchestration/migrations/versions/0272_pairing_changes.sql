-- One row per follower and thing that a build wrote otherwise than it was (decision 0024): the keys of a conversion or a touch, as
-- it was and as it is, or a conversion whose credit was made again. The follower (a model, or `publication`) takes its rows away in
-- the transaction in which it has followed. A row without a tenant says that `source` was made anew as a whole.
create table intermediate.pairing_changes (
    source text not null,
    follower text not null,
    tenant_id integer,
    conversion_id uuid,
    household_hash bytea,
    key_epoch integer,
    person_id uuid,
    touch_at timestamptz
);
create index on intermediate.pairing_changes (follower, source);

-- One row per tenant: the attribution settings that the standing credit was made with.
create table intermediate.credited_settings (
    tenant_id integer primary key,
    settings jsonb not null
);

-- One row per conversion that was fraud when the standing credit was made.
create table intermediate.credited_fraud (
    tenant_id integer not null,
    conversion_id uuid not null,
    primary key (tenant_id, conversion_id)
);

do $$
declare
    kept text;
begin
    foreach kept in array array['pairing_changes', 'credited_settings', 'credited_fraud'] loop
        execute format('alter table intermediate.%I owner to hostread_transform', kept);
        execute format('alter table intermediate.%I enable row level security', kept);
        execute format(
            'create policy tenant_isolation on intermediate.%I for select to hostread_app, hostread_reader '
            'using (tenant_id = ops.current_tenant_id())', kept
        );
    end loop;
end
$$;

-- Whether functions of ours may be others than those that a kept table was made with.
grant select on public.schema_version to hostread_transform;
