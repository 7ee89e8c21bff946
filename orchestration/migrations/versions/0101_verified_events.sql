-- How far an event can be trusted: `signed` with a valid HMAC under one of the site's signing keys. The others count alike as not
-- verified; they say why, so that a broken integration is seen.
alter table raw.collector_events
add column verification text not null default 'unsigned'
check (verification in ('unsigned', 'signed', 'bad_signature', 'stale', 'unchecked')),
-- Of a conversion: its household's hash under each live key, its own epoch's among them, and the epochs in the same order. A touch
-- has the hash of its own epoch alone, so that each pair meets exactly once (domain rules, section 5).
add column household_hashes bytea[],
add column household_epochs integer[],
add check (cardinality(household_hashes) = cardinality(household_epochs));

-- One row per signing key of a site. Rotation: the new one is made, the old one ends a while later, so that both work meanwhile.
create table app.site_signing_keys (
    signing_key_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    site_id uuid not null,
    -- The first characters, to tell keys apart.
    key_prefix text not null,
    -- Fernet token under HOSTREAD_SECRET_KEY: an HMAC needs the key itself, so a digest would not do.
    key_encrypted bytea not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default 'infinity',
    foreign key (tenant_id, site_id) references app.sites (tenant_id, site_id)
);
create index site_signing_keys_site on app.site_signing_keys (tenant_id, site_id);
alter table app.site_signing_keys enable row level security;
create policy tenant_isolation on app.site_signing_keys to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
create policy platform_workers on app.site_signing_keys to hostread_ingest, hostread_collector, hostread_transform
using (true) with check (true);
grant select, insert, update on app.site_signing_keys to hostread_app;
grant select on app.site_signing_keys to hostread_collector;

-- Rates of one write key: events a second, sustained. NULL: the process's own setting.
alter table app.sites add column events_per_second integer check (events_per_second > 0);
drop function app.find_site(text);
create function app.find_site(p_write_key text)
returns table (tenant_id integer, site_id uuid, sponsor_id uuid, allowed_origins text[], events_per_second integer)
language sql stable security definer set search_path = ''
as $$
    select s.tenant_id, s.site_id, s.sponsor_id, s.allowed_origins, s.events_per_second
    from app.sites as s
    where s.write_key = p_write_key and s.disabled_at is null
$$;
revoke execute on function app.find_site from public;
grant execute on function app.find_site to hostread_collector;
