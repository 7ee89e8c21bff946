-- What grows with the clock alone (flat prices by day, pacing, how long somebody was watched) speaks of one moment a build. It is
-- when the build began, or a moment that was asked for: so a build can be made again, years later, with the same figures.
alter table ops.build_attempts add column as_of timestamptz;
update ops.build_attempts set as_of = started_at;
alter table ops.build_attempts alter column as_of set not null, alter column as_of set default now();

alter table marts.builds add column as_of timestamptz;
update marts.builds set as_of = started_at;
alter table marts.builds alter column as_of set not null, alter column as_of set default now();

-- Outside a build, now.
create or replace function ops.build_as_of() returns timestamptz
language sql stable
as $$ select coalesce((select a.as_of from ops.build_attempts as a where a.status = 'running'), now()) $$;
