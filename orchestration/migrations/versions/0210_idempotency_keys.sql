-- One row per write that came with an Idempotency-Key: claimed before it begins, marked by its own transaction; its answer is kept
-- for a day.
-- Keys and requests are keyed digests; the answer is sealed, since it may hold what is shown once.
create table app.idempotency_keys (
    tenant_id integer not null references app.tenants,
    actor_id uuid not null,
    key_hash bytea not null check (length(key_hash) = 32),
    request_hash bytea not null check (length(request_hash) = 32),
    claim_id uuid not null unique,
    claimed_at timestamptz not null default now(),
    -- Set by the transaction that did it: it is there exactly where the change is.
    applied_at timestamptz,
    status smallint,
    headers jsonb not null default '{}',
    answer_encrypted bytea,
    expires_at timestamptz not null default now() + interval '1 day',
    primary key (tenant_id, actor_id, key_hash),
    check ((status is null) = (answer_encrypted is null))
);
create index idempotency_keys_end on app.idempotency_keys (tenant_id, expires_at);
alter table app.idempotency_keys enable row level security;
create policy tenant_isolation on app.idempotency_keys to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
grant select, insert, update, delete on app.idempotency_keys to hostread_app;
