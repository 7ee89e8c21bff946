-- One row per source that counts: ourselves, hosts with an API, hosts whose owners export files. What may be asked for and shown
-- is read from here; assets.hosting.connectors has the code of those with an API, and a test holds the two together.
create table app.download_sources (
    source text primary key check (source ~ '^[a-z][a-z0-9_]{0,39}$'),
    name text not null,
    kind text not null check (kind in ('counted', 'api', 'export')),
    -- Of an API: where it answers, what its credential is and which number names a show.
    base_url text check (base_url ~ '^https?://'),
    credential_hint text not null default '',
    show_hint text not null default '',
    documentation_url text,
    is_shown boolean not null default true
);

insert into app.download_sources (source, name, kind, base_url, credential_hint, show_hint, documentation_url) values
('logs', 'Own count', 'counted', null, '', '', null),
(
    'buzzsprout', 'Buzzsprout', 'api', 'https://www.buzzsprout.com', 'The API token of the account (My Profile, API)',
    'The podcast''s number, as in buzzsprout.com/1234567', 'https://github.com/buzzsprout/buzzsprout-api'
),
(
    'transistor', 'Transistor', 'api', 'https://api.transistor.fm', 'The API key of the account (Account, API access)',
    'The show''s id or slug', 'https://developers.transistor.fm/'
),
('op3', 'OP3', 'api', 'https://op3.dev', 'A bearer token (op3.dev/api/keys)', 'The show''s OP3 UUID', 'https://op3.dev/api/docs'),
(
    'simplecast', 'Simplecast', 'api', 'https://api.simplecast.com', 'The API token (Settings, Private apps)',
    'The podcast''s UUID', 'https://apidocs.simplecast.com/'
),
(
    'podbean', 'Podbean', 'api', 'https://api.podbean.com', 'Client id and client secret with a colon between them: id:secret',
    'The podcast id', 'https://developers.podbean.com/podbean-api-docs/'
),
('libsyn', 'Libsyn', 'export', null, '', '', null),
('spotify', 'Spotify for Creators', 'export', null, '', '', null),
('apple', 'Apple Podcasts', 'export', null, '', '', null);

grant select on app.download_sources to hostread_app, hostread_reader, hostread_ingest, hostread_transform;

-- The file of the host's episode, as assets.lib.media makes it of a URL: a host that names no GUID names its file.
alter table raw.hosting_downloads add column media_key text;

alter table app.hosting_accounts add column updated_at timestamptz not null default now();

-- What an answer may change is looked up by its days; the older index begins with the episode.
create index hosting_downloads_days on raw.hosting_downloads
(tenant_id, source, source_account, show_key, period_start, episode_key);

-- Whoever reads figures may know that an account is there, never what opens it.
grant select (tenant_id, account_id, show_id, host, is_active) on app.hosting_accounts to hostread_reader;
