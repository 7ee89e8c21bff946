-- One row per decision on a merge of two ids (docs/attribution.md, Identity). `split` takes the link between them out of the
-- merging, `rejoin` takes that back; the last one on a link is in force, and nothing is deleted. A link is known by its id, which
-- is made of the two: no id of a person stands here.
create table app.identity_decisions (
    decision_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    sponsor_id uuid not null,
    link_id uuid not null,
    action text not null check (action in ('split', 'rejoin')),
    reason text not null check (length(reason) between 3 and 1000),
    decided_by uuid,
    decided_by_name text not null default '',
    decided_at timestamptz not null default clock_timestamp(),
    xact xid8 not null default pg_current_xact_id(),
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id)
);
create index identity_decisions_link on app.identity_decisions (tenant_id, link_id, decided_at desc);
alter table app.identity_decisions enable row level security;
create policy tenant_isolation on app.identity_decisions to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on app.identity_decisions to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);
grant select, insert on app.identity_decisions to hostread_app;
grant select on app.identity_decisions to hostread_reader, hostread_transform;

-- Above them an id merges nobody: as many people stand behind it. NULL: the defaults of domain rules, 5 and 1,000.
alter table app.attribution_settings
add column identity_users_per_browser integer check (identity_users_per_browser between 1 and 1000000),
add column identity_browsers_per_user integer check (identity_browsers_per_user between 1 and 1000000);

-- So that a reader that is newer than the published build finds the columns; the next build fills them.
alter table if exists marts.attribution_conversions add column if not exists person_id uuid;
alter table if exists marts.attribution_touches add column if not exists person_id uuid;

-- The next build reads the previous ids of all alias events, which it did not keep before.
drop table if exists intermediate.int_events_admitted cascade;

-- As 0097 has it, and identify too: a merge of the tail is in the live figures at once (docs/attribution.md, Identity).
create or replace function raw.collector_tail_of_campaigns() returns setof raw.collector_events
language plpgsql stable rows 200
set plan_cache_mode = force_custom_plan
as $$
declare
    built_to xid8 := coalesce((select b.to_xact from marts.builds as b order by b.published_at desc limit 1), '0'::xid8);
    names text[] := array(select k.event_name from marts.reference_event_kinds as k);
    paths text[] := array(select distinct p.vanity_path from app.placements as p where p.vanity_path is not null);
begin
    return query
    with first_deliveries as materialized (
        select distinct on (e.tenant_id, e.site_id, e.message_id)
            e.tenant_id,
            e.received_at,
            e.event_id,
            case
                when e.kind = 'track' then lower(btrim(e.event_name)) = any(names)
                when e.kind = 'identify' then e.anonymous_id is not null and e.user_id is not null
                when e.kind in ('group', 'alias') then false
                when e.context #> '{campaign,name}' is not null then true
                when coalesce(e.context #>> '{page,url}', e.properties ->> 'url') like '%utm\_campaign=%' then true
                when cardinality(paths) = 0 then false
                else ops.url_path(
                    coalesce(e.context #>> '{page,path}', e.properties ->> 'path', e.context #>> '{page,url}', e.properties ->> 'url')
                ) = any(paths)
            end as is_of_a_campaign
        from raw.collector_events as e
        where
            e.xact >= built_to
            and raw.collector_event_fault(e) is null
            -- A receipt from the future holds the build until its time has come; it is shown no sooner.
            and e.received_at <= now() + interval '5 minutes'
        order by e.tenant_id, e.site_id, e.message_id, e.xact, e.received_at, e.event_id
    )

    select e.*
    from first_deliveries as f
    inner join raw.collector_events as e
        on f.tenant_id = e.tenant_id and f.received_at = e.received_at and f.event_id = e.event_id
    where
        f.is_of_a_campaign
        and not exists (
            select 1 from intermediate.admitted_keys as k
            where
                k.tenant_id = e.tenant_id
                and k.message_key = ops.message_key(e.tenant_id, e.site_id, e.message_id)
                and k.xact < built_to
        );
end
$$;
