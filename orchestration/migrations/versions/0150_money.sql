-- A placement may be paid by a share of the revenue that it owns, instead of a price (domain rules, section 6).
alter table app.placements drop constraint placements_price_model_check;
alter table app.placements add constraint placements_price_model_check check (price_model in ('cpm', 'flat', 'revenue_share')),
add column share_rate numeric(7, 6) check (share_rate between 0 and 1),
add constraint placements_share_rate_of_a_share check ((price_model = 'revenue_share') = (share_rate is not null));

-- What a new customer of the sponsor is worth to it over the years, in revenue; NULL where the sponsor does not say.
alter table app.sponsors
add column lifetime_value_minor bigint check (lifetime_value_minor > 0),
add column lifetime_value_currency text check (lifetime_value_currency ~ '^[A-Z]{3}$'),
add constraint sponsors_lifetime_value_whole check ((lifetime_value_minor is null) = (lifetime_value_currency is null));
