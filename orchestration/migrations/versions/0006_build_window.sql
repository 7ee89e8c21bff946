-- What the running build covers: from <= xact < to. Outside a build (dbt by hand): from the last published one to what is
-- settled now.
create function ops.build_to_xact() returns xid8
language sql stable
as $$
    select coalesce(
        (select a.to_xact from ops.build_attempts as a where a.status = 'running'),
        pg_snapshot_xmin(pg_current_snapshot())
    )
$$;

create function ops.build_from_xact() returns xid8
language sql stable
as $$
    select coalesce(
        (select a.from_xact from ops.build_attempts as a where a.status = 'running'),
        (select b.to_xact from marts.builds as b order by b.published_at desc limit 1),
        '0'::xid8
    )
$$;
