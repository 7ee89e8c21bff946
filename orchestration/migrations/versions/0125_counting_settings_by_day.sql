-- A tenant's counting rules hold from a day on: earlier counts keep the rules they were counted by, unless a change says from
-- when on old days are to be counted again. A change is a row and no row changes: the last one that holds on a day rules it.
alter table app.counting_settings drop constraint counting_settings_pkey;
alter table app.counting_settings
add column change_number bigint generated always as identity,
-- A row from before there were days ruled every day.
add column from_day date not null default '0001-01-01',
add column reason text not null default '' check (length(reason) <= 1000),
add column changed_by text not null default '';
alter table app.counting_settings add primary key (tenant_id, change_number);
revoke update, delete on app.counting_settings from hostread_app;

-- Rules that are to hold for days that are over are a recount that was asked for.
alter table ops.recounts drop constraint recounts_list_name_check;
alter table ops.recounts add constraint recounts_list_name_check
check (list_name in ('user_agents', 'ip_ranges', 'counting_settings'));

-- The deployment's own values, as the last build stated them.
grant select on ops.method_statements to hostread_app;
