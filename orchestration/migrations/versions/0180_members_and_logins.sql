-- One row per e-mail address that can sign in. It belongs to no tenant, since one login may be a member of several; nobody but the
-- SECURITY DEFINER functions below reads or writes it.
create table app.logins (
    email text primary key check (email = lower(email) and email like '%_@_%'),
    password_hash text,
    -- When somebody showed that mail to this address reaches them.
    verified_at timestamptz,
    created_at timestamptz not null default now()
);
insert into app.logins (email, password_hash, created_at)
select u.email, u.password_hash, u.created_at from app.users as u;

-- app.users is one row per member: a login in one tenant. Who left keeps the row, so that the records still name them.
drop index app.users_email_key;
alter table app.users
drop column password_hash,
add column removed_at timestamptz,
add foreign key (email) references app.logins (email),
add unique (tenant_id, email);
create index users_email on app.users (email);

create function app.every_member_has_a_login() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    insert into app.logins (email) values (new.email) on conflict do nothing;
    return new;
end
$$;
create trigger every_member_has_a_login before insert on app.users
for each row execute function app.every_member_has_a_login();

create table app.invitations (
    invitation_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null references app.tenants,
    email text not null check (email = lower(email) and email like '%_@_%'),
    role text not null check (role in ('owner', 'analyst', 'sponsor', 'operator')),
    sponsor_id uuid,
    token_hash bytea not null unique check (length(token_hash) = 32),
    invited_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    -- The link went by mail alone, to the address itself: whoever has it reads that mailbox.
    is_by_mail boolean not null,
    sent_at timestamptz,
    send_error text,
    accepted_at timestamptz,
    revoked_at timestamptz,
    check ((role = 'sponsor') = (sponsor_id is not null)),
    foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id)
);
create index invitations_tenant on app.invitations (tenant_id, created_at desc);
alter table app.invitations enable row level security;
create policy tenant_isolation on app.invitations to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
grant select, insert, update on app.invitations to hostread_app;

-- What a link in a mail carries, as its digest: it opens once, and for a while.
create table app.login_tokens (
    token_hash bytea primary key check (length(token_hash) = 32),
    email text not null references app.logins (email),
    purpose text not null check (purpose in ('verify', 'reset')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index login_tokens_email on app.login_tokens (email);

-- One row per kind and digest of an address or account that tries: when it will be free again. Shared by all processes.
create table app.attempts (
    attempt_key bytea primary key check (length(attempt_key) = 32),
    free_at timestamptz not null
);
create index attempts_free_at on app.attempts (free_at);

alter table app.api_keys drop constraint api_keys_role_check;
alter table app.api_keys
add constraint api_keys_role_check check (role in ('owner', 'analyst', 'sponsor', 'operator')),
add column sponsor_id uuid,
add column scopes text[] not null default '{read,write,reports,admin}',
add column last_used_at timestamptz,
add foreign key (tenant_id, sponsor_id) references app.sponsors (tenant_id, sponsor_id);

drop function app.find_api_key(bytea);
-- The key's owner-given rights; its last use is noted at most once a minute, and never waited for.
create function app.find_api_key(p_key_hash bytea)
returns table (tenant_id integer, key_id uuid, role text, sponsor_id uuid, created_by uuid, scopes text[], name text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
    found_key app.api_keys;
begin
    select k.* into found_key
    from app.api_keys as k
    where k.key_hash = p_key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    if found_key.key_id is null then
        return;
    end if;
    if found_key.last_used_at is null or found_key.last_used_at < now() - interval '1 minute' then
        update app.api_keys as k
        set last_used_at = now()
        where k.key_id = (select u.key_id from app.api_keys as u where u.key_id = found_key.key_id for no key update skip locked);
    end if;
    return query select
        found_key.tenant_id, found_key.key_id, found_key.role, found_key.sponsor_id, found_key.created_by, found_key.scopes,
        found_key.name;
end
$$;

-- The account that a login used last, with what its password is checked against.
create or replace function app.find_login(p_email text)
returns table (tenant_id integer, user_id uuid, password_hash text, role text)
language sql stable security definer set search_path = ''
as $$
    select u.tenant_id, u.user_id, l.password_hash, u.role
    from app.logins as l
    inner join app.users as u on u.email = l.email and u.removed_at is null
    where l.email = lower(p_email)
    order by u.last_login_at desc nulls last, u.created_at, u.user_id
    limit 1
$$;

-- A login and its mail: whether it has shown that it reads it.
create function app.is_verified(p_email text) returns boolean
language sql stable security definer set search_path = ''
as $$ select coalesce((select l.verified_at is not null from app.logins as l where l.email = lower(p_email)), false) $$;

-- Every account of the login behind one member of one account.
create function app.find_memberships(p_tenant_id integer, p_user_id uuid)
returns table (tenant_id integer, slug text, name text, currency text, user_id uuid, role text, sponsor_id uuid)
language sql stable security definer set search_path = ''
as $$
    select t.tenant_id, t.slug, t.name, t.currency, u.user_id, u.role, u.sponsor_id
    from app.users as me
    inner join app.users as u on u.email = me.email and u.removed_at is null
    inner join app.tenants as t on t.tenant_id = u.tenant_id
    where me.tenant_id = p_tenant_id and me.user_id = p_user_id and me.removed_at is null
    order by t.name, t.slug
$$;

-- A tenant with its first household key, its settings and its owner, whose login exists.
create function app.make_tenant(
    p_slug text, p_tenant_name text, p_currency text, p_timezone text, p_secret bytea, p_email text, p_display_name text
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
    insert into app.users (tenant_id, email, display_name, role)
    values (new_tenant, lower(p_email), p_display_name, 'owner')
    returning users.user_id into new_user;
    insert into app.product_events (tenant_id, user_id, event_name) values (new_tenant, new_user, 'user.registered');
    return query select new_tenant, new_user;
end
$$;

create or replace function app.register_tenant(
    p_slug text, p_tenant_name text, p_currency text, p_timezone text, p_secret bytea,
    p_email text, p_password_hash text, p_display_name text
)
returns table (tenant_id integer, user_id uuid)
language plpgsql volatile security definer set search_path = ''
as $$
begin
    -- A known address is a unique violation: a registration never touches somebody's password.
    insert into app.logins (email, password_hash) values (lower(p_email), p_password_hash);
    return query
    select m.tenant_id, m.user_id
    from app.make_tenant(p_slug, p_tenant_name, p_currency, p_timezone, p_secret, p_email, p_display_name) as m;
end
$$;

-- Another account for the login behind a member.
create function app.add_tenant(
    p_tenant_id integer, p_user_id uuid, p_slug text, p_tenant_name text, p_currency text, p_timezone text, p_secret bytea
)
returns table (tenant_id integer, user_id uuid)
language sql volatile security definer set search_path = ''
as $$
    select m.tenant_id, m.user_id
    from app.users as u
    cross join lateral app.make_tenant(
        p_slug, p_tenant_name, p_currency, p_timezone, p_secret, u.email, u.display_name
    ) as m
    where u.tenant_id = p_tenant_id and u.user_id = p_user_id and u.removed_at is null
$$;

-- A token for an address that has a use for it; an older one of the same purpose ends. False: nothing to send.
create function app.make_login_token(p_email text, p_purpose text, p_token_hash bytea, p_lifetime interval) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
    is_wanted boolean;
begin
    select p_purpose = 'reset' or l.verified_at is null into is_wanted
    from app.logins as l
    where
        l.email = lower(p_email)
        and exists (select 1 from app.users as u where u.email = l.email and u.removed_at is null);
    if is_wanted is not true then
        return false;
    end if;
    delete from app.login_tokens as t where t.email = lower(p_email) and t.purpose = p_purpose;
    insert into app.login_tokens (token_hash, email, purpose, expires_at)
    values (p_token_hash, lower(p_email), p_purpose, now() + p_lifetime);
    return true;
end
$$;

-- Use a token, once. Either purpose shows that the mail arrives; a reset sets the password too, and ends every session of the
-- login in every account. The address, or null where the token is unknown, used or old.
create function app.use_login_token(p_token_hash bytea, p_purpose text, p_password_hash text) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
    found_email text;
begin
    update app.login_tokens as t
    set used_at = now()
    where t.token_hash = p_token_hash and t.purpose = p_purpose and t.used_at is null and t.expires_at > now()
    returning t.email into found_email;
    if found_email is null then
        return null;
    end if;
    update app.logins as l
    set
        verified_at = coalesce(l.verified_at, now()),
        password_hash = case when p_purpose = 'reset' then p_password_hash else l.password_hash end
    where l.email = found_email;
    if p_purpose = 'reset' then
        delete from app.login_tokens as t where t.email = found_email and t.used_at is null;
        update app.sessions as s
        set revoked_at = now()
        from app.users as u
        where u.email = found_email and s.tenant_id = u.tenant_id and s.user_id = u.user_id and s.revoked_at is null;
    end if;
    insert into app.audit_log (tenant_id, actor_kind, actor_id, action, subject_kind, subject_id)
    select
        u.tenant_id, 'user', u.user_id, case when p_purpose = 'reset' then 'reset_password' else 'verify_email' end, 'user',
        u.user_id::text
    from app.users as u
    where u.email = found_email and u.removed_at is null;
    return found_email;
end
$$;

-- An invitation that stands, by its token. `has_password`: the address signs in here already, and joins with that password.
create function app.find_invitation(p_token_hash bytea)
returns table (tenant_id integer, invitation_id uuid, email text, role text, tenant_name text, inviter text, has_password boolean)
language sql stable security definer set search_path = ''
as $$
    select
        i.tenant_id, i.invitation_id, i.email, i.role, t.name, coalesce(nullif(u.display_name, ''), u.email, ''),
        coalesce((select l.password_hash is not null from app.logins as l where l.email = i.email), false)
    from app.invitations as i
    inner join app.tenants as t on t.tenant_id = i.tenant_id
    left join app.users as u on u.tenant_id = i.tenant_id and u.user_id = i.invited_by
    where i.token_hash = p_token_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
$$;

-- Join the account. A password is set where the address has none; one that has some was asked for it before.
create function app.accept_invitation(p_token_hash bytea, p_password_hash text, p_display_name text)
returns table (tenant_id integer, user_id uuid)
language plpgsql volatile security definer set search_path = ''
as $$
declare
    invited app.invitations;
    joined uuid;
begin
    update app.invitations as i
    set accepted_at = now()
    where i.token_hash = p_token_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    returning i.* into invited;
    if invited.invitation_id is null then
        return;
    end if;
    -- A link that an owner handed on says nothing of the mailbox: it must not open an address that others have invited already.
    if not invited.is_by_mail and exists (
        select 1
        from app.users as u
        inner join app.logins as l on l.email = u.email and l.password_hash is null
        where u.email = invited.email and u.tenant_id <> invited.tenant_id
    ) then
        raise insufficient_privilege using message = 'the address belongs to a member of another account who has no password yet';
    end if;
    insert into app.logins as l (email, password_hash, verified_at)
    values (invited.email, p_password_hash, case when invited.is_by_mail then now() end)
    on conflict (email) do update
    set
        password_hash = coalesce(l.password_hash, excluded.password_hash),
        verified_at = coalesce(l.verified_at, excluded.verified_at);
    insert into app.users as u (tenant_id, email, display_name, role, sponsor_id)
    values (invited.tenant_id, invited.email, p_display_name, invited.role, invited.sponsor_id)
    on conflict on constraint users_tenant_id_email_key do update
    set role = excluded.role, sponsor_id = excluded.sponsor_id, removed_at = null
    returning u.user_id into joined;
    return query select invited.tenant_id, joined;
end
$$;

-- Count one attempt (generic cell rate algorithm): `p_limit` at once, then one each p_period / p_limit. Zero where it is allowed,
-- else the seconds to wait. One row is written, in one statement: processes that count at once wait for each other.
create function app.count_attempt(p_key bytea, p_limit integer, p_period interval) returns double precision
language plpgsql volatile security definer set search_path = ''
as $$
declare
    at_time timestamptz := clock_timestamp();
    step interval := p_period / p_limit;
    free timestamptz;
begin
    delete from app.attempts as a
    where a.attempt_key in (
        select o.attempt_key from app.attempts as o where o.free_at < at_time order by o.free_at limit 5 for update skip locked
    );
    insert into app.attempts as a (attempt_key, free_at)
    values (p_key, at_time + step)
    on conflict (attempt_key) do update
    set free_at = greatest(a.free_at, at_time) + step
    where greatest(a.free_at, at_time) + step <= at_time + p_period
    returning a.free_at into free;
    if free is not null then
        return 0;
    end if;
    select a.free_at into free from app.attempts as a where a.attempt_key = p_key;
    return greatest(extract(epoch from coalesce(free, at_time) + step - p_period - at_time)::double precision, 0.001);
end
$$;

revoke execute on function
app.every_member_has_a_login, app.find_api_key, app.is_verified, app.find_memberships, app.make_tenant, app.add_tenant,
app.make_login_token, app.use_login_token, app.find_invitation, app.accept_invitation, app.count_attempt
from public;
grant execute on function
app.find_api_key, app.is_verified, app.find_memberships, app.add_tenant, app.make_login_token, app.use_login_token,
app.find_invitation, app.accept_invitation, app.count_attempt
to hostread_app;
