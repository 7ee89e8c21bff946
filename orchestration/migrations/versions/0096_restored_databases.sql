-- The row checks as 0095 has them, and that a kept prefix names no household.
create or replace function raw.collector_event_fault(e raw.collector_events) returns text
language sql immutable parallel safe
as $$
    select case
        when e.message_id !~ '\S' then 'message_id_blank'
        when e.anonymous_id is null and e.user_id is null then 'no_identity'
        when e.kind = 'track' and coalesce(e.event_name, '') !~ '\S' then 'no_event_name'
        when octet_length(e.body_sha256) <> 32 then 'digest_length'
        when octet_length(e.household_hash) <> 32 then 'household_length'
        when e.household_hash is not null and not e.has_consent then 'household_without_consent'
        when e.context ? 'ip' then 'holds_address'
        when e.ip_prefix !~ '^([0-9]+\.){3}0/24$|^[0-9a-f:]*::/48$' then 'prefix_not_truncated'
    end
$$;

-- After pg_dump and a restore into another cluster, before anything else runs: transaction numbers there began anew, and rows with
-- numbers of the old one would not be settled for years. All that was dumped becomes old and published; a full build then builds
-- what was not. Which delivery of a message counts stays as intermediate.admitted_keys has it. Returns the columns it rewrote.
create function ops.rebase_after_restore() returns integer
language plpgsql
as $$
declare
    column_found record;
    rewritten integer := 0;
begin
    for column_found in
        select n.nspname, c.relname, a.attname
        from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
        inner join pg_namespace as n on n.oid = c.relnamespace and n.nspname in ('app', 'raw', 'ops', 'intermediate', 'marts')
        where a.atttypid = 'xid8'::regtype and not a.attisdropped
    loop
        execute format(
            'update %I.%I set %I = %L where %I is not null', column_found.nspname, column_found.relname, column_found.attname,
            case column_found.attname when 'xact' then '3' when 'from_xact' then '0' else '4' end, column_found.attname
        );
        rewritten := rewritten + 1;
    end loop;
    return rewritten;
end
$$;
