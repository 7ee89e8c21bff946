-- A login. The cookie names the row and is signed; logging out ends the row, so that a copied cookie ends with it.
create table app.sessions (
    session_id uuid primary key default gen_random_uuid(),
    tenant_id integer not null,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    foreign key (tenant_id, user_id) references app.users (tenant_id, user_id)
);
create index sessions_user on app.sessions (tenant_id, user_id);
alter table app.sessions enable row level security;
create policy tenant_isolation on app.sessions to hostread_app, hostread_reader
using (tenant_id = ops.current_tenant_id()) with check (tenant_id = ops.current_tenant_id());
grant select, insert, update, delete on app.sessions to hostread_app;

-- Who saw which campaign in this hour, and which reports of a campaign wait: asked on each view and each request.
create index product_events_recent on app.product_events (tenant_id, event_name, occurred_at desc);

-- Titles of episodes stand in the feeds' raw rows alone.
grant select on raw.feeds_items to hostread_reader;
