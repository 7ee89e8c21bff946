-- When a member put the list of first steps away; null: it is shown until all of them are done.
alter table app.users add column guide_hidden_at timestamptz;
