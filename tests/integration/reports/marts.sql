-- Two tenants with campaigns and the published marts that a report reads, with the columns of their contracts. Tenant 1 has a
-- campaign that runs, one whose flight and window are over, and a draft; tenant 2 has one with a hostile name.
insert into app.tenants (slug, name, currency, timezone) values
('lighthouse', 'Lighthouse Audio Network', 'USD', 'America/New_York'), ('other', 'Other Network', 'EUR', 'UTC');
insert into app.attribution_settings (tenant_id) values (1), (2);
insert into app.sponsors (sponsor_id, tenant_id, name, margin_rate) values
('a0000000-0000-4000-8000-000000000001', 1, 'Northwind Coffee', 0.42),
('a0000000-0000-4000-8000-000000000002', 2, 'Contoso', 1);
insert into app.shows (show_id, tenant_id, title, feed_url) values
('b0000000-0000-4000-8000-000000000001', 1, 'The Long Commute', 'https://feeds.example/1'),
('b0000000-0000-4000-8000-000000000002', 1, 'Kitchen Table <i>Economics', 'https://feeds.example/2'),
('b0000000-0000-4000-8000-000000000003', 2, '=HYPERLINK("http://evil.example")', 'https://feeds.example/3');
insert into app.campaigns (campaign_id, tenant_id, sponsor_id, name, status, currency, flight_start, flight_end) values
('c0000000-0000-4000-8000-000000000001', 1, 'a0000000-0000-4000-8000-000000000001', 'Running', 'active', 'USD', current_date - 30, current_date + 30),
('c0000000-0000-4000-8000-000000000002', 1, 'a0000000-0000-4000-8000-000000000001', 'Over', 'active', 'USD', current_date - 90, current_date - 60),
('c0000000-0000-4000-8000-000000000003', 1, 'a0000000-0000-4000-8000-000000000001', 'Draft', 'draft', 'USD', current_date - 30, current_date + 30),
('c0000000-0000-4000-8000-000000000004', 2, 'a0000000-0000-4000-8000-000000000002',
 '=cmd|''/C calc''!A0 <b>unclosed <img src="/etc/passwd">', 'active', 'EUR', current_date - 30, current_date + 30);
insert into app.placements
(placement_id, tenant_id, campaign_id, show_id, position, insertion, flight_start, flight_end, price_model, price_minor, contracted_ads)
select
    ('d0000000-0000-4000-8000-00000000000' || n)::uuid, c.tenant_id, c.campaign_id,
    ('b0000000-0000-4000-8000-00000000000' || case when c.tenant_id = 1 then 1 + n % 2 else 3 end)::uuid,
    'mid_roll', 'dynamic', c.flight_start, c.flight_end, 'cpm', 2500, 20000
from (select *, row_number() over (order by campaign_id) as n from app.campaigns) as c;

create table marts.campaign_performance (
    tenant_id integer, campaign_id uuid, sponsor_id uuid, currency text, status text, flight_start date, flight_end date,
    contracted_ads bigint, ads_delivered bigint, flight_elapsed_rate float8, delivered_rate float8, pacing_rate float8,
    make_good_ads bigint, spend_minor bigint, visits bigint, conversions bigint, revenue_minor bigint,
    verified_revenue_minor bigint, exposure_conversions bigint, click_conversions bigint, vanity_conversions bigint,
    code_conversions bigint, first_event_at timestamptz, last_event_at timestamptz, unconverted jsonb, fraud jsonb,
    primary key (tenant_id, campaign_id)
);
create table marts.campaign_spend_daily (
    tenant_id integer, campaign_id uuid, placement_id uuid, day date, sponsor_id uuid, show_id uuid, ads_delivered bigint,
    spend_minor bigint, currency text, primary key (tenant_id, campaign_id, placement_id, day)
);
create table marts.campaign_attribution_daily (
    tenant_id integer, sponsor_id uuid, campaign_id uuid, placement_id uuid, show_id uuid, day date, model text, basis text,
    currency text, conversions_ppb bigint, revenue_minor bigint, is_unconverted boolean, is_fraud boolean
);
create table marts.campaign_roi (
    tenant_id integer, campaign_id uuid, model text, sponsor_id uuid, currency text, spend_minor bigint, revenue_minor bigint,
    conversions_ppb bigint, margin_rate numeric, roi float8, roas float8, cpa_minor float8, aov_minor float8, verdict text,
    new_customers_ppb bigint, cac_minor float8, visits bigint, cpv_minor float8, break_even_revenue_minor float8, break_even_roas float8,
    break_even_conversions float8, lifetime_value_minor bigint, lifetime_roi float8, lowest_roi float8, highest_roi float8,
    lowest_roas float8, highest_roas float8
);
create table marts.campaign_roi_multiverse (
    tenant_id integer, campaign_id uuid, window_days integer, ip_classes text, model text, currency text, spend_minor bigint,
    revenue_minor bigint, conversions_ppb bigint, roi float8, roas float8
);
create table marts.show_ranking_flips (
    tenant_id integer, campaign_id uuid, show_id uuid, currency text, spend_minor bigint, revenue_minor bigint, roas float8,
    headline_rank bigint, best_rank bigint, worst_rank bigint, lowest_roas float8, highest_roas float8, flips_with bigint
);
insert into marts.campaign_spend_daily
select p.tenant_id, p.campaign_id, p.placement_id, d::date, c.sponsor_id, p.show_id, 300 + extract(day from d)::bigint, 750, c.currency
from app.placements as p
inner join app.campaigns as c on c.campaign_id = p.campaign_id,
generate_series(p.flight_start, least(p.flight_end, current_date - 1), interval '1 day') as d
where c.status = 'active';
insert into marts.campaign_attribution_daily
select
    p.tenant_id, c.sponsor_id, p.campaign_id, p.placement_id, p.show_id, d::date, m.model, b.basis, c.currency,
    1500000000 + m.n * 10000000, 9925 + m.n
from app.placements as p
inner join app.campaigns as c on c.campaign_id = p.campaign_id,
generate_series(p.flight_start, least(p.flight_end, current_date - 1), interval '1 day') as d,
unnest(array['first_touch', 'last_touch', 'linear', 'time_decay', 'position_based']) with ordinality as m (model, n),
unnest(array['conversion_date', 'exposure_date']) as b (basis)
where c.status = 'active';
insert into marts.campaign_roi
select
    a.tenant_id, a.campaign_id, a.model, a.sponsor_id, a.currency, d.spend, sum(a.revenue_minor)::bigint, sum(a.conversions_ppb)::bigint,
    s.margin_rate, (sum(a.revenue_minor) * s.margin_rate - d.spend)::float8 / d.spend, sum(a.revenue_minor)::float8 / d.spend,
    d.spend * 1e9 / sum(a.conversions_ppb), 6600.5
from marts.campaign_attribution_daily as a
inner join app.sponsors as s on s.sponsor_id = a.sponsor_id
inner join (select campaign_id, sum(spend_minor)::bigint as spend from marts.campaign_spend_daily group by 1) as d on d.campaign_id = a.campaign_id
where a.basis = 'conversion_date'
group by a.tenant_id, a.campaign_id, a.model, a.sponsor_id, a.currency, d.spend, s.margin_rate;
update marts.campaign_roi
set
    lowest_roi = roi - 0.2, highest_roi = roi + 0.1, lowest_roas = roas - 0.3, highest_roas = roas + 0.2, visits = 17,
    cpv_minor = spend_minor / 17.0, new_customers_ppb = conversions_ppb / 2, cac_minor = spend_minor * 2e9 / conversions_ppb,
    break_even_revenue_minor = spend_minor / margin_rate, break_even_roas = 1 / margin_rate, verdict = 'known';
insert into marts.campaign_roi_multiverse
select r.tenant_id, r.campaign_id, w.days, i.ip_classes, r.model, r.currency, r.spend_minor, r.revenue_minor, r.conversions_ppb, r.roi, r.roas
from marts.campaign_roi as r,
unnest(array[7, 14, 30, 60]) as w (days),
unnest(array['all', 'household']) as i (ip_classes);
insert into marts.show_ranking_flips
select
    d.tenant_id, d.campaign_id, d.show_id, d.currency, sum(d.spend_minor), 2 * sum(d.spend_minor), 2,
    row_number() over (partition by d.campaign_id order by d.show_id), 1, 2, 1.5, 2.5, 1
from marts.campaign_spend_daily as d
group by d.tenant_id, d.campaign_id, d.show_id, d.currency;
insert into marts.campaign_performance
select
    c.tenant_id, c.campaign_id, c.sponsor_id, c.currency, c.status, c.flight_start, c.flight_end, 20000, d.ads,
    least((current_date - c.flight_start)::float8 / (c.flight_end - c.flight_start + 1), 1), d.ads / 20000.0, null, 17, d.spend, 321, 44,
    290400, 180010, 30, 5, 2, 7, c.flight_start, c.flight_start + 12
from app.campaigns as c
inner join (
    select campaign_id, sum(ads_delivered)::bigint as ads, sum(spend_minor)::bigint as spend
    from marts.campaign_spend_daily
    group by 1
) as d on d.campaign_id = c.campaign_id;
create view marts.campaign_performance_live with (security_invoker) as select *, true as is_live from marts.campaign_performance;

do $$
declare
    t text;
begin
    foreach t in array array[
        'campaign_performance', 'campaign_spend_daily', 'campaign_attribution_daily', 'campaign_roi', 'campaign_roi_multiverse',
        'show_ranking_flips'
    ]
    loop
        execute format('alter table marts.%I owner to hostread_transform', t);
        execute format('alter table marts.%I enable row level security', t);
        execute format('create policy tenant_isolation on marts.%I using (tenant_id = ops.current_tenant_id())', t);
        execute format('grant select on marts.%I to hostread_reader', t);
    end loop;
    grant select on marts.campaign_performance_live to hostread_reader;
end
$$;
insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, run_id, started_at, finished_at) values
('e0000000-0000-4000-8000-000000000001', 'full', 'published', '0', '1000', 'test', now() - interval '2 hours', now() - interval '1 hour');
insert into marts.builds (build_id, mode, from_xact, to_xact, started_at, published_at) values
('e0000000-0000-4000-8000-000000000001', 'full', '0', '1000', now() - interval '2 hours', now() - interval '1 hour');
