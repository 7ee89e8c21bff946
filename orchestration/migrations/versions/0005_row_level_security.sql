-- Row-level security on every table with a tenant: enabled, not forced. The owners write and are not bound by it; hostread_app
-- and hostread_reader own nothing and see one tenant's rows. The platform's own workers see all rows that they are granted.
do $$
declare
    t record;
begin
    for t in
        select c.oid::regclass as name
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
        where n.nspname in ('app', 'raw', 'ops') and c.relkind in ('r', 'p')
    loop
        execute format('alter table %s enable row level security', t.name);
        execute format(
            'create policy tenant_isolation on %s to hostread_app, hostread_reader '
            'using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id())', t.name
        );
        execute format(
            'create policy platform_workers on %s to hostread_ingest, hostread_collector, hostread_transform '
            'using (true) with check (true)', t.name
        );
    end loop;
end
$$;
