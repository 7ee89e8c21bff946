create index idempotency_keys_expired on app.idempotency_keys (expires_at);

-- A claim deletes its own account's expired rows; an account that writes no more would keep its last ones, sealed answers and all.
create function app.expire_idempotency_keys(p_at timestamptz, p_limit integer) returns bigint
language sql volatile security definer set search_path = ''
as $$
    with gone as (
        delete from app.idempotency_keys as k
        using (
            select e.claim_id from app.idempotency_keys as e
            where e.expires_at < least(p_at, now())
            order by e.expires_at
            limit p_limit
            for update skip locked
        ) as old
        where k.claim_id = old.claim_id
        returning k.claim_id
    )
    select count(*) from gone
$$;
revoke execute on function app.expire_idempotency_keys from public;
grant execute on function app.expire_idempotency_keys to hostread_ingest;
