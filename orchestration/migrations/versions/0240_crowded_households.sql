-- An address by which more than so many devices are seen within so many seconds is no household (domain rules, section 5;
-- decision 0052). NULL: the defaults, 15 devices in 7 days.
alter table app.attribution_settings
add column household_devices integer check (household_devices between 1 and 1000000),
add column household_devices_window_s integer check (household_devices_window_s between 86400 and 31536000);

-- So that a reader that is newer than the published build finds the columns; the next build fills them.
alter table if exists marts.attribution_rules
add column if not exists household_devices integer,
add column if not exists household_devices_window_s integer;
alter table if exists marts.campaign_delivery
add column if not exists crowded_household_count bigint,
add column if not exists crowded_rate double precision;
