-- Roles are cluster-wide and hold no password: the one login role is a member of each and a connection takes one with
-- `-c role=…`. An operator who wants separate logins grants these roles to them.
do $$
declare
    role_name text;
begin
    foreach role_name in array array[
        'hostread_ingest', 'hostread_collector', 'hostread_app', 'hostread_transform', 'hostread_reader', 'hostread_operator'
    ] loop
        begin
            execute format('create role %I nologin', role_name);
        exception when duplicate_object or unique_violation then
            null;  -- another database of this cluster made it first
        end;
        if not pg_has_role(current_user, role_name, 'member') then
            execute format('grant %I to %I', role_name, current_user);
        end if;
    end loop;
    execute format('grant create on database %I to hostread_transform', current_database());
end
$$;

create schema raw authorization hostread_ingest;
create schema app;
create schema ops;
create schema staging authorization hostread_transform;
create schema intermediate authorization hostread_transform;
create schema candidate authorization hostread_transform;
create schema marts authorization hostread_transform;
create schema platform authorization hostread_transform;
create schema estimates authorization hostread_transform;

grant usage on schema raw to hostread_collector, hostread_transform, hostread_reader, hostread_app;
grant usage, create on schema raw to hostread_collector;
grant usage on schema app to hostread_app, hostread_reader, hostread_ingest, hostread_collector, hostread_transform;
-- Who becomes a table's owner needs CREATE on its schema, where the migrating login is no superuser.
grant create on schema ops to hostread_ingest, hostread_transform;
grant usage on schema ops to hostread_app, hostread_reader, hostread_ingest, hostread_collector, hostread_transform;
grant usage on schema marts, intermediate, estimates to hostread_reader, hostread_app, hostread_ingest;
grant usage on schema platform to hostread_operator;

-- The tenant of this transaction, or NULL: a query that forgot to say which sees no row.
create function ops.current_tenant_id() returns integer
language sql stable parallel safe
as $$ select nullif(current_setting('hostread.tenant_id', true), '')::integer $$;
