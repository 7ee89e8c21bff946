-- Whether an event may touch a campaign: a conversion's name, a merge of two ids, a link with a campaign or a vanity path.
create function raw.is_of_a_campaign(e raw.collector_events, names text[], paths text[]) returns boolean
language sql immutable parallel safe
as $$
    select case
        when e.kind = 'track' then lower(btrim(e.event_name)) = any(names)
        when e.kind = 'identify' then e.anonymous_id is not null and e.user_id is not null
        when e.kind in ('group', 'alias') then false
        when e.context #> '{campaign,name}' is not null then true
        when coalesce(e.context #>> '{page,url}', e.properties ->> 'url') like '%utm\_campaign=%' then true
        when cardinality(paths) = 0 then false
        else ops.url_path(
            coalesce(e.context #>> '{page,path}', e.properties ->> 'path', e.context #>> '{page,url}', e.properties ->> 'url')
        ) = any(paths)
    end
$$;

-- As 0140 has it, in two steps: most events are of no campaign, and to judge and sort them all took 16 µs an event, ten times
-- as long as to read them. So the messages that have a delivery of a campaign come first, and their first deliveries are found
-- among all deliveries of these alone.
create or replace function raw.collector_tail_of_campaigns() returns setof raw.collector_events
language plpgsql stable rows 200
set plan_cache_mode = force_custom_plan
as $$
declare
    built_to xid8 := coalesce((select b.to_xact from marts.builds as b order by b.published_at desc limit 1), '0'::xid8);
    names text[] := array(select k.event_name from marts.reference_event_kinds as k);
    paths text[] := array(select distinct p.vanity_path from app.placements as p where p.vanity_path is not null);
    messages text[] := array(
        select distinct e.message_id from raw.collector_events as e
        where e.xact >= built_to and raw.is_of_a_campaign(e, names, paths)
    );
begin
    if cardinality(messages) = 0 then
        return;
    end if;
    return query
    with first_deliveries as materialized (
        select distinct on (e.tenant_id, e.site_id, e.message_id)
            e.tenant_id,
            e.received_at,
            e.event_id,
            raw.is_of_a_campaign(e, names, paths) as is_of_a_campaign
        from raw.collector_events as e
        where
            e.xact >= built_to
            and e.message_id = any(messages)
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

-- As 0200 has it, from one reading of the minutes, summed by bucket before anything is computed of a bucket.
create or replace function app.service_levels(p_since timestamptz, p_within_ms double precision)
returns table (request_count bigint, failed_count bigint, within_count bigint, p95_ms double precision, first_minute_at timestamptz)
language sql stable security definer set search_path = ''
as $$
    with

    counted as (
        select
            b.bucket, sum(b.request_count) as n, min(b.minute_at) as first_minute_at,
            coalesce(sum(b.request_count) filter (where b.outcome = 'failed'), 0) as failed
        from ops.served_minutes as b
        where b.kind = 'api' and b.minute_at >= p_since
        group by b.bucket
    ),

    running as (
        select c.*, sum(c.n) over (order by c.bucket) as upto, sum(c.n) over () as total
        from counted as c
    )

    select
        sum(r.n)::bigint,
        sum(r.failed)::bigint,
        -- A bucket ends at 2^(bucket / 4) ms: one that ends later is counted as too late.
        coalesce(sum(r.n) filter (where power(2, r.bucket / 4.0::float8) <= p_within_ms), 0)::bigint,
        -- As in ops.served_since.
        min(power(2, (r.bucket - 1 + greatest(0.95 * r.total - (r.upto - r.n), 0)::float8 / r.n::float8) / 4.0))
        filter (where r.upto >= 0.95 * r.total),
        min(r.first_minute_at)
    from running as r
    having sum(r.n) > 0
$$;
