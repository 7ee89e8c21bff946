-- Schema app: what people enter. Written by hostread_app under row-level security; owned by the migrating role.
create table app.tenants (
    tenant_id integer generated always as identity primary key,
    slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text not null check (length(name) between 1 and 200),
    currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
    timezone text not null default 'UTC',
    created_at timestamptz not null default now()
);

create table app.household_keys (
    tenant_id integer not null references app.tenants,
    key_epoch integer not null,
    secret bytea not null check (length(secret) = 32),
    valid_from timestamptz not null default '-infinity',
    valid_to timestamptz not null default 'infinity',
    primary key (tenant_id, key_epoch)
);

create table app.users (
    user_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    email text not null check (email = lower(email) and email like '%_@_%'),
    password_hash text,
    display_name text not null default '',
    role text not null default 'owner' check (role in ('owner', 'analyst', 'sponsor', 'operator')),
    sponsor_id uuid,
    created_at timestamptz not null default now(),
    last_login_at timestamptz,
    unique (tenant_id, user_id)
);
create unique index users_email_key on app.users (email);

create table app.api_keys (
    key_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    name text not null,
    role text not null default 'analyst' check (role in ('owner', 'analyst', 'sponsor')),
    key_prefix text not null,
    key_hash bytea not null unique check (length(key_hash) = 32),
    created_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

create table app.sponsors (
    sponsor_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    name text not null check (length(name) between 1 and 300),
    -- Gross margin of the sponsor's sales, 0 to 1: ROI = (revenue * margin - spend) / spend.
    margin_rate numeric(7, 6) not null default 1 check (margin_rate between 0 and 1),
    created_at timestamptz not null default now(),
    unique (tenant_id, sponsor_id)
);

create table app.shows (
    show_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    title text not null,
    feed_url text not null check (feed_url ~ '^https?://'),
    timezone text not null default 'UTC',
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    unique (tenant_id, show_id),
    unique (tenant_id, feed_url)
);

create table app.hosting_accounts (
    account_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    show_id uuid not null,
    host text not null,
    base_url text not null check (base_url ~ '^https?://'),
    external_show_id text not null,
    -- Fernet token under HOSTREAD_SECRET_KEY, never the plain credential.
    credential_encrypted bytea not null,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id),
    unique (tenant_id, host, external_show_id)
);

create table app.log_sources (
    log_source_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    name text not null,
    path text not null,
    format text not null check (format in ('jsonl')),
    created_at timestamptz not null default now(),
    unique (tenant_id, path)
);

create table app.sites (
    site_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    sponsor_id uuid not null,
    name text not null,
    domain text not null,
    write_key text not null unique check (length(write_key) between 16 and 100),
    allowed_origins text[] not null default '{}',
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id),
    unique (tenant_id, site_id)
);

create table app.campaigns (
    campaign_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    sponsor_id uuid not null,
    name text not null check (length(name) between 1 and 300),
    status text not null default 'draft' check (status in ('draft', 'active', 'paused', 'completed', 'cancelled')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    flight_start date not null,
    flight_end date not null,
    goal_kind text not null default 'purchase',
    -- The value of utm_campaign that marks this campaign's links.
    utm_campaign text,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (flight_end >= flight_start),
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id),
    unique (tenant_id, campaign_id)
);
create unique index campaigns_utm_campaign_key on app.campaigns (tenant_id, sponsor_id, utm_campaign)
where utm_campaign is not null;

create table app.placements (
    placement_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    campaign_id uuid not null,
    show_id uuid not null,
    position text not null check (position in ('pre_roll', 'mid_roll', 'post_roll')),
    insertion text not null check (insertion in ('baked_in', 'dynamic')),
    -- Where the ad lies in the episode, in seconds from its start.
    ad_start_s numeric not null default 0 check (ad_start_s >= 0),
    ad_duration_s numeric not null default 60 check (ad_duration_s > 0),
    flight_start date not null,
    flight_end date not null,
    price_model text not null check (price_model in ('cpm', 'flat')),
    -- CPM: the price of 1,000 delivered ads. Flat: the price of the whole flight. In minor units of the campaign's currency.
    price_minor bigint not null check (price_minor >= 0),
    contracted_ads bigint check (contracted_ads >= 0),
    -- The episodes that carry a baked-in ad. NULL: every episode published within the flight (baked-in), every episode (dynamic).
    episode_guids text[],
    vanity_path text,
    created_at timestamptz not null default now(),
    check (flight_end >= flight_start),
    foreign key (tenant_id, campaign_id) references app.campaigns (tenant_id, campaign_id),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id),
    unique (tenant_id, placement_id)
);

create table app.promo_codes (
    code_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    campaign_id uuid not null,
    placement_id uuid,
    show_id uuid not null,
    code text not null,
    -- NFKC, trimmed, upper case, without spaces, hyphens and dots (domain rules, section 4).
    code_normalized text not null check (code_normalized <> ''),
    valid_from date not null,
    valid_to date not null,
    created_at timestamptz not null default now(),
    check (valid_to >= valid_from),
    foreign key (tenant_id, campaign_id) references app.campaigns (tenant_id, campaign_id),
    foreign key (tenant_id, placement_id) references app.placements (tenant_id, placement_id),
    foreign key (tenant_id, show_id) references app.shows (tenant_id, show_id)
);
create index promo_codes_code on app.promo_codes (tenant_id, code_normalized);

create table app.campaign_status_history (
    change_id bigint generated always as identity primary key,
    tenant_id integer not null,
    campaign_id uuid not null,
    from_status text,
    to_status text not null,
    reason text not null default '',
    changed_by uuid,
    changed_at timestamptz not null default now(),
    foreign key (tenant_id, campaign_id) references app.campaigns (tenant_id, campaign_id)
);

-- One row per tenant: what its attribution uses where a campaign says nothing else (domain rules, section 5).
create table app.attribution_settings (
    tenant_id integer primary key references app.tenants,
    exposure_window_s bigint not null default 2592000 check (exposure_window_s between 86400 and 5184000),
    click_window_s bigint not null default 2592000 check (click_window_s between 3600 and 5184000),
    code_grace_days integer not null default 90 check (code_grace_days between 0 and 365),
    half_life_s bigint not null default 604800 check (half_life_s > 0),
    -- Weights of the first, the middle and the last touch: they sum to 1.
    position_first numeric not null default 0.4 check (position_first >= 0),
    position_middle numeric not null default 0.2 check (position_middle >= 0),
    position_last numeric not null default 0.4 check (position_last >= 0),
    reset_path_on_conversion boolean not null default true,
    updated_at timestamptz not null default now(),
    check (position_first + position_middle + position_last = 1)
);

-- What people did in the product; the source of TTFV, completion and the funnel (domain rules, section 9).
create table app.product_events (
    event_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    user_id uuid,
    campaign_id uuid,
    event_name text not null check (event_name ~ '^[a-z_]+\.[a-z_]+$'),
    occurred_at timestamptz not null default now(),
    properties jsonb not null default '{}',
    xact xid8 not null default pg_current_xact_id()
);
create index product_events_campaign on app.product_events (tenant_id, campaign_id);

create table app.audit_log (
    audit_id bigint generated always as identity primary key,
    tenant_id integer not null references app.tenants,
    actor_kind text not null check (actor_kind in ('user', 'api_key', 'system')),
    actor_id uuid,
    action text not null,
    subject_kind text not null,
    subject_id text not null,
    detail jsonb not null default '{}',
    occurred_at timestamptz not null default now()
);

create table app.reports (
    report_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    campaign_id uuid not null,
    kind text not null default 'campaign' check (kind in ('campaign')),
    status text not null default 'requested' check (status in ('requested', 'running', 'succeeded', 'failed')),
    is_final boolean not null default false,
    requested_by uuid,
    requested_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    error text,
    build_id uuid,
    -- Digest of the figures the report shows: two reports of the same figures have the same one.
    figures_sha256 text,
    foreign key (tenant_id, campaign_id) references app.campaigns (tenant_id, campaign_id),
    unique (tenant_id, report_id)
);
create index reports_queue on app.reports (requested_at) where status in ('requested', 'running');
create index reports_campaign on app.reports (tenant_id, campaign_id, requested_at desc);

create table app.report_files (
    tenant_id integer not null,
    report_id uuid not null,
    format text not null check (format in ('pdf', 'csv', 'xlsx')),
    filename text not null,
    media_type text not null,
    content bytea not null,
    sha256 text not null,
    primary key (report_id, format),
    foreign key (tenant_id, report_id) references app.reports (tenant_id, report_id)
);

create table app.report_schedules (
    schedule_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    sponsor_id uuid not null,
    cadence text not null default 'weekly' check (cadence in ('weekly')),
    timezone text not null default 'UTC',
    recipients text[] not null check (cardinality(recipients) > 0),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id),
    unique (tenant_id, sponsor_id, cadence)
);

alter table app.users
add foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id);

-- Look-ups that come before the tenant is known. Each returns what the caller needs to go on and nothing more.
create function app.find_site(p_write_key text)
returns table (tenant_id integer, site_id uuid, sponsor_id uuid, allowed_origins text[])
language sql stable security definer set search_path = ''
as $$
    select s.tenant_id, s.site_id, s.sponsor_id, s.allowed_origins
    from app.sites as s
    where s.write_key = p_write_key and s.disabled_at is null
$$;

create function app.find_api_key(p_key_hash bytea)
returns table (tenant_id integer, key_id uuid, role text)
language sql stable security definer set search_path = ''
as $$
    select k.tenant_id, k.key_id, k.role
    from app.api_keys as k
    where k.key_hash = p_key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
$$;

create function app.find_login(p_email text)
returns table (tenant_id integer, user_id uuid, password_hash text, role text)
language sql stable security definer set search_path = ''
as $$
    select u.tenant_id, u.user_id, u.password_hash, u.role
    from app.users as u
    where u.email = lower(p_email)
$$;

-- A registration makes a tenant, its first household key and its owner in one step; the caller has no tenant yet.
create function app.register_tenant(
    p_slug text, p_tenant_name text, p_currency text, p_timezone text, p_secret bytea,
    p_email text, p_password_hash text, p_display_name text
)
returns table (tenant_id integer, user_id uuid)
language plpgsql volatile security definer set search_path = ''
as $$
declare
    new_tenant integer;
    new_user uuid;
begin
    insert into app.tenants (slug, name, currency, timezone)
    values (p_slug, p_tenant_name, p_currency, p_timezone)
    returning tenants.tenant_id into new_tenant;
    insert into app.household_keys (tenant_id, key_epoch, secret) values (new_tenant, 1, p_secret);
    insert into app.attribution_settings (tenant_id) values (new_tenant);
    insert into app.users (tenant_id, email, password_hash, display_name, role)
    values (new_tenant, lower(p_email), p_password_hash, p_display_name, 'owner')
    returning users.user_id into new_user;
    insert into app.product_events (tenant_id, user_id, event_name) values (new_tenant, new_user, 'user.registered');
    return query select new_tenant, new_user;
end
$$;

-- The report worker serves every tenant: it claims the oldest request and then works as that tenant.
create function app.claim_report()
returns table (tenant_id integer, report_id uuid, campaign_id uuid)
language sql volatile security definer set search_path = ''
as $$
    update app.reports as r
    set status = 'running', started_at = now()
    where r.report_id = (
        select q.report_id
        from app.reports as q
        where q.status = 'requested' or (q.status = 'running' and q.started_at < now() - interval '10 minutes')
        order by q.requested_at
        limit 1
        for update skip locked
    )
    returning r.tenant_id, r.report_id, r.campaign_id
$$;

revoke execute on function app.find_site, app.find_api_key, app.find_login, app.register_tenant, app.claim_report from public;
grant execute on function app.find_site to hostread_collector;
grant execute on function app.find_api_key, app.find_login, app.register_tenant, app.claim_report to hostread_app;
