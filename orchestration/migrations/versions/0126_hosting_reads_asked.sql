-- When somebody asked for an account to be read at once: to test a connection, or after the host was mended.
alter table app.hosting_accounts add column asked_at timestamptz;
