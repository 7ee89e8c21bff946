-- One row per mail of a login or an invitation that is still to be sent; what is sent is deleted. No link stands here: it is
-- derived of the row's id and the secret key when the mail is written, each time the same. Nobody but the functions below reads it.
create table app.letters (
    letter_id uuid primary key,
    kind text not null check (kind in ('verify', 'reset', 'invitation')),
    email text not null,
    invitation_id uuid references app.invitations,
    has_token boolean not null default false,
    attempt_count integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    check ((kind = 'invitation') = (invitation_id is not null))
);
create index letters_due on app.letters (next_attempt_at);

create function app.queue_letter(p_letter_id uuid, p_kind text, p_email text, p_invitation_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
    -- An invitation is mailed by who sees it alone.
    if p_invitation_id is not null and not exists (
        select 1 from app.invitations as i where i.invitation_id = p_invitation_id and i.tenant_id = ops.current_tenant_id()
    ) then
        raise insufficient_privilege using message = 'the invitation is of another account';
    end if;
    insert into app.letters (letter_id, kind, email, invitation_id) values (p_letter_id, p_kind, lower(p_email), p_invitation_id);
end
$$;

-- The letter that has waited longest, for as long as the lease: who dies with it leaves it to the next.
create function app.claim_letter(p_lease interval)
returns table (
    letter_id uuid, kind text, email text, created_at timestamptz, attempt_count integer, is_wanted boolean, tenant_name text,
    inviter text, role text
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
    mine app.letters;
begin
    update app.letters as l
    set attempt_count = l.attempt_count + 1, next_attempt_at = now() + p_lease
    where l.letter_id = (
        select w.letter_id from app.letters as w
        where w.next_attempt_at <= now()
        order by w.next_attempt_at, w.letter_id
        limit 1
        for update skip locked
    )
    returning l.* into mine;
    if mine.letter_id is null then
        return;
    end if;
    return query
    select
        mine.letter_id, mine.kind, mine.email, mine.created_at, mine.attempt_count,
        mine.kind <> 'invitation' or i.invitation_id is not null, t.name, coalesce(nullif(u.display_name, ''), u.email, ''), i.role
    from (values (mine.invitation_id)) as asked (invitation_id)
    left join app.invitations as i
        on
            i.invitation_id = asked.invitation_id and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    left join app.tenants as t on t.tenant_id = i.tenant_id
    left join app.users as u on u.tenant_id = i.tenant_id and u.user_id = i.invited_by;
end
$$;

-- Let a letter's link open, once: false where its address has no use for it, or where it was used or replaced since.
create function app.open_letter(p_letter_id uuid, p_token_hash bytea, p_lifetime interval) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
    mine app.letters;
begin
    select l.* into mine from app.letters as l where l.letter_id = p_letter_id for update;
    if mine.has_token then
        return exists (
            select 1 from app.login_tokens as t where t.token_hash = p_token_hash and t.used_at is null and t.expires_at > now()
        );
    end if;
    if mine.letter_id is null or not app.make_login_token(mine.email, mine.kind, p_token_hash, p_lifetime) then
        return false;
    end if;
    update app.letters as l set has_token = true where l.letter_id = p_letter_id;
    return true;
end
$$;

-- What became of a letter: it is gone (sent, refused, of no use), or waits until p_next_at. An invitation says it to its account.
create function app.finish_letter(p_letter_id uuid, p_verdict text, p_reason text, p_next_at timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
    named uuid;
begin
    select l.invitation_id into named from app.letters as l where l.letter_id = p_letter_id;
    update app.invitations as i
    set sent_at = case when p_verdict = 'sent' then now() else i.sent_at end, send_error = nullif(p_reason, '')
    where i.invitation_id = named;
    if p_next_at is null then
        delete from app.letters as l where l.letter_id = p_letter_id;
    else
        update app.letters as l set next_attempt_at = p_next_at where l.letter_id = p_letter_id;
    end if;
end
$$;

revoke execute on function app.queue_letter, app.claim_letter, app.open_letter, app.finish_letter from public;
grant execute on function app.queue_letter, app.claim_letter, app.open_letter, app.finish_letter to hostread_app;
