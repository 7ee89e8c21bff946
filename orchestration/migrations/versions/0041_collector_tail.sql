create index builds_published_at on marts.builds (published_at desc);

-- The acknowledged events that no published build covers yet, each message once, its first delivery: as the next build will admit
-- them. A function and not part of the views that read it: the bound is a constant to the planner here, so that the tail is read by
-- the index on xact; in a view it would be guessed at a third of the table. It runs with its caller's rights, and so sees one
-- tenant's rows where the caller does.
create function raw.collector_tail() returns setof raw.collector_events
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
        and not exists (
            select 1 from raw.collector_events as o
            where o.tenant_id = e.tenant_id and o.site_id = e.site_id and o.message_id = e.message_id and o.xact < built_to
        )
    order by e.tenant_id, e.site_id, e.message_id, e.xact, e.received_at, e.event_id;
end
$$;
