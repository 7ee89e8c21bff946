-- One row per batch that a collector committed, in the transaction of its events: whether a batch whose commit was lost sight of,
-- or that waits in a spool, is here already is asked of this table. The number is the collector's, made before the first attempt.
create table raw.collector_batches (
    batch_id uuid primary key,
    committed_at timestamptz not null default now()
);
create index collector_batches_committed_at on raw.collector_batches (committed_at);

-- One row per site and batch: how many events were counted when their bodies were split, before any was judged; in the
-- transaction of those events. received = accepted + quarantined + refused.
create table raw.collector_receipts (
    tenant_id integer not null,
    site_id uuid not null,
    minute_at timestamptz not null,
    received_count bigint not null check (received_count > 0),
    run_id text not null,
    xact xid8 not null default pg_current_xact_id()
);
create index collector_receipts_xact on raw.collector_receipts (xact);

-- Which database this is: a spool is drained into the one it was written for and into no other.
create table raw.collector_installation (
    installation_id uuid primary key default gen_random_uuid()
);
insert into raw.collector_installation default values;

alter table raw.collector_batches owner to hostread_collector;
alter table raw.collector_receipts owner to hostread_collector;
alter table raw.collector_installation owner to hostread_collector;
grant select on raw.collector_batches, raw.collector_receipts to hostread_transform, hostread_ingest;
alter table raw.collector_receipts enable row level security;
create policy tenant_isolation on raw.collector_receipts to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on raw.collector_receipts to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);

-- What a message is known by for ever: 128 bits of SHA-256 over tenant, source and message id.
create function ops.message_key(tenant_id integer, site_id uuid, message_id text) returns uuid
language sql immutable strict parallel safe
as $$
    select encode(
        substr(sha256(convert_to(tenant_id::text || ':' || site_id::text || ':' || message_id, 'UTF8')), 1, 16), 'hex'
    )::uuid
$$;

-- One row per message that was ever admitted, kept when its event is erased or its partition dropped: the delivery that counts
-- (event_id, xact), and its body, to tell a retry from a conflict. Written by the build alone; a row never changes. Keys of a
-- build that is not published yet have its xact: readers of the tail look at those below the published watermark.
create table intermediate.admitted_keys (
    message_key uuid not null,
    body_key uuid not null,
    event_id bigint not null,
    xact xid8 not null,
    tenant_id integer not null,
    primary key (tenant_id, message_key)
) partition by hash (tenant_id, message_key);

do $$
begin
    for part in 0..15 loop
        execute format(
            'create table intermediate.admitted_keys_%s partition of intermediate.admitted_keys for values with (modulus 16, remainder %s)',
            to_char(part, 'FM00'), part
        );
        execute format('alter table intermediate.admitted_keys_%s owner to hostread_transform', to_char(part, 'FM00'));
    end loop;
end
$$;
alter table intermediate.admitted_keys owner to hostread_transform;
alter table intermediate.admitted_keys enable row level security;
create policy tenant_isolation on intermediate.admitted_keys for select to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id());
grant select on intermediate.admitted_keys to hostread_app, hostread_reader;

-- The row checks of a collected event, the same for the build and for the live tail: the name of the first that it fails, or NULL.
-- The collector lets none of these through; a row that another hand wrote counts nowhere, and the build quarantines it.
create function raw.collector_event_fault(e raw.collector_events) returns text
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
    end
$$;

-- The build quarantines conflicting deliveries and rows that fail a check: each once, however often it is built.
grant insert on raw.quarantine to hostread_transform;
create unique index quarantine_built on raw.quarantine (tenant_id, reason_code, (context ->> 'event_id'))
where source = 'collector' and reason_code in ('message_id_conflict', 'row_check_failed');

-- The text index existed for the admission that the key table does now; it was the one thing of a commit that grew with the day.
drop index raw.collector_events_message;

create or replace function raw.collector_tail() returns setof raw.collector_events
language plpgsql stable rows 500
set plan_cache_mode = force_custom_plan
as $$
declare
    built_to xid8 := coalesce((select b.to_xact from marts.builds as b order by b.published_at desc limit 1), '0'::xid8);
begin
    return query
    select distinct on (e.tenant_id, e.site_id, e.message_id) e.*
    from raw.collector_events as e
    where
        e.xact >= built_to
        and raw.collector_event_fault(e) is null
        -- A receipt from the future holds the build until its time has come; it is shown no sooner.
        and e.received_at <= now() + interval '5 minutes'
        and not exists (
            select 1 from intermediate.admitted_keys as k
            where
                k.tenant_id = e.tenant_id
                and k.message_key = ops.message_key(e.tenant_id, e.site_id, e.message_id)
                and k.xact < built_to
        )
    order by e.tenant_id, e.site_id, e.message_id, e.xact, e.received_at, e.event_id;
end
$$;

-- What was published before is admitted already.
insert into intermediate.admitted_keys (message_key, body_key, event_id, xact, tenant_id)
select distinct on (d.tenant_id, d.message_key)
    d.message_key,
    encode(substr(d.body_sha256, 1, 16), 'hex')::uuid as body_key,
    d.event_id,
    d.xact,
    d.tenant_id
from (
    select
        e.*,
        ops.message_key(e.tenant_id, e.site_id, e.message_id) as message_key
    from raw.collector_events as e
    where
        e.xact < coalesce((
            select b.to_xact from marts.builds as b
            order by b.published_at desc limit 1
        ), '0')
        and raw.collector_event_fault(e) is null
) as d
order by d.tenant_id, d.message_key, d.xact, d.received_at, d.event_id;
