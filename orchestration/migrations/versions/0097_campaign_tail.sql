-- Of raw.collector_tail() the events that a campaign's figures can be made of: those named for what counts, those that name a
-- campaign, and page views of a vanity path. Most of a tail is page views that nobody sponsored: told apart before a row is
-- sorted whole, looked up or parsed. Which delivery of a message is the first is judged among all of them all the same.
create function raw.collector_tail_of_campaigns() returns setof raw.collector_events
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
                when e.kind in ('identify', 'group', 'alias') then false
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
