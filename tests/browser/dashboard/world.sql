-- A small network as the pipeline's landing steps write it: feeds, log requests and collector events of the last 90 days, with
-- enough shape to draw. Everything is derived from hashes, so that each run has the same figures. Run with hostread.tenant_id set.
insert into app.sponsors (sponsor_id, tenant_id, name, margin_rate) values
('a0000000-0000-4000-8000-000000000001', ops.current_tenant_id(), 'Northwind Coffee', 0.62),
('a0000000-0000-4000-8000-000000000002', ops.current_tenant_id(), 'Lumen Sleep', 0.55),
('a0000000-0000-4000-8000-000000000003', ops.current_tenant_id(), 'Fjord & Sons Outdoor', 0.48);

insert into app.shows (show_id, tenant_id, title, feed_url) values
('b0000000-0000-4000-8000-000000000001', ops.current_tenant_id(), 'The Long Commute', 'https://feeds.lighthouse.example/commute.xml'),
('b0000000-0000-4000-8000-000000000002', ops.current_tenant_id(), 'Kitchen Table Economics', 'https://feeds.lighthouse.example/kitchen.xml'),
('b0000000-0000-4000-8000-000000000003', ops.current_tenant_id(), 'Night Trains', 'https://rss.nightrail.example/show.xml');

insert into app.sites (site_id, tenant_id, sponsor_id, name, domain, write_key, created_at)
select
    ('e0000000-0000-4000-8000-00000000000' || n)::uuid, ops.current_tenant_id(), ('a0000000-0000-4000-8000-00000000000' || n)::uuid,
    (array['Northwind shop', 'Lumen store', 'Fjord & Sons'])[n], (array['shop.northwind.example', 'lumen.example', 'fjord.example'])[n],
    'hrw_browser_test_key_' || n, now() - interval '95 days'
from generate_series(1, 3) as n;

insert into app.campaigns
(campaign_id, tenant_id, sponsor_id, name, status, currency, flight_start, flight_end, utm_campaign, created_at) values
('c0000000-0000-4000-8000-000000000001', ops.current_tenant_id(), 'a0000000-0000-4000-8000-000000000001', 'Cold brew, autumn push', 'active', 'USD', current_date - 45, current_date + 15, 'cold-brew', now() - interval '50 days'),
('c0000000-0000-4000-8000-000000000002', ops.current_tenant_id(), 'a0000000-0000-4000-8000-000000000002', 'Deep sleep launch', 'active', 'USD', current_date - 80, current_date - 20, 'deep-sleep', now() - interval '85 days'),
('c0000000-0000-4000-8000-000000000003', ops.current_tenant_id(), 'a0000000-0000-4000-8000-000000000003', 'Winter boots & base layers', 'active', 'USD', current_date - 30, current_date + 30, 'winter', now() - interval '33 days'),
('c0000000-0000-4000-8000-000000000004', ops.current_tenant_id(), 'a0000000-0000-4000-8000-000000000001', 'Subscription trial', 'paused', 'USD', current_date - 60, current_date + 5, 'trial', now() - interval '62 days'),
('c0000000-0000-4000-8000-000000000005', ops.current_tenant_id(), 'a0000000-0000-4000-8000-000000000003', 'Spring preview', 'draft', 'USD', current_date + 20, current_date + 80, null, now() - interval '1 day');

insert into app.placements
(placement_id, tenant_id, campaign_id, show_id, position, insertion, ad_start_s, flight_start, flight_end, price_model, price_minor, contracted_ads)
select
    ('d0000000-0000-4000-8000-00000000000' || p.n)::uuid, c.tenant_id, c.campaign_id,
    ('b0000000-0000-4000-8000-00000000000' || p.show)::uuid, p.position, 'dynamic', p.ad_start_s, c.flight_start, c.flight_end,
    p.price_model, p.price_minor, p.contracted_ads
from (values
    (1, 1, 1, 'mid_roll', 300, 'cpm', 32000, 5200), (2, 1, 2, 'pre_roll', 0, 'cpm', 26000, 3000), (3, 2, 2, 'mid_roll', 300, 'cpm', 28000, 3600),
    (4, 3, 3, 'mid_roll', 240, 'flat', 60000, 2600), (5, 3, 1, 'post_roll', 540, 'cpm', 14000, 3500), (6, 4, 3, 'pre_roll', 0, 'cpm', 22000, 2500)
) as p (n, campaign, show, position, ad_start_s, price_model, price_minor, contracted_ads)
inner join app.campaigns as c on c.campaign_id = ('c0000000-0000-4000-8000-00000000000' || p.campaign)::uuid;

insert into app.promo_codes (tenant_id, campaign_id, placement_id, show_id, code, code_normalized, valid_from, valid_to)
select p.tenant_id, p.campaign_id, p.placement_id, p.show_id, v.code, v.code, p.flight_start, p.flight_end
from (values (1, 'COMMUTE15'), (3, 'SLEEP20'), (4, 'FJORD10')) as v (n, code)
inner join app.placements as p on p.placement_id = ('d0000000-0000-4000-8000-00000000000' || v.n)::uuid;

insert into app.campaign_status_history (tenant_id, campaign_id, from_status, to_status, reason, changed_at)
select tenant_id, campaign_id, null, 'draft', 'created', created_at from app.campaigns
union all
select tenant_id, campaign_id, 'draft', 'active', 'contract signed', created_at + interval '2 days' from app.campaigns where status <> 'draft'
union all
select tenant_id, campaign_id, 'active', 'paused', 'host on holiday', created_at + interval '40 days' from app.campaigns where status = 'paused';

-- Product events: 60 users over ten weeks, most with a campaign soon after; and each campaign's way through the funnel.
insert into app.product_events (tenant_id, user_id, event_name, occurred_at)
select ops.current_tenant_id(), md5('user' || n)::uuid, 'user.registered', now() - interval '70 days' + n * interval '28 hours'
from generate_series(1, 59) as n;
insert into app.product_events (tenant_id, user_id, campaign_id, event_name, occurred_at)
select
    ops.current_tenant_id(), md5('user' || n)::uuid, c.campaign_id, 'campaign.created',
    now() - interval '70 days' + n * interval '28 hours'
    + case n % 10 when 7 then interval '3 hours' when 8 then interval '2 days' else (3 + n % 11) * interval '71 seconds' end
from generate_series(1, 59) as n
left join app.campaigns as c on c.campaign_id = ('c0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
where n % 10 <> 9;
insert into app.product_events (tenant_id, campaign_id, event_name, occurred_at)
select c.tenant_id, c.campaign_id, e.name, c.created_at + e.step * interval '1 hour'
from app.campaigns as c
cross join (values (1, 'attribution.configured', 4), (2, 'analytics.viewed', 3), (3, 'report.generated', 2)) as e (step, name, reach)
where right(c.campaign_id::text, 1)::integer <= e.reach;

-- 36 episodes, one file of 10 MB each.
insert into raw.feeds_items
(tenant_id, show_id, episode_guid, content_sha256, title, published_at, media_key, enclosure_bytes, duration_s, payload, fetched_at, run_id)
select
    ops.current_tenant_id(), ('b0000000-0000-4000-8000-00000000000' || s)::uuid, 'episode-' || s || '-' || e, 'x',
    e || '. ' || (array['The last bus', 'Slow mornings', 'What bread costs', 'A line through the Alps', 'Rent, explained', 'Sleeper car', 'The quiet carriage', 'Small change', 'Border at dawn', 'Tipping points', 'Signal box', 'Second breakfast'])[1 + (e * 5 + s * 3) % 12],
    date_trunc('day', now()) - interval '88 days' + e * interval '7 days' + s * interval '6 hours', 'cdn.example/' || s || '/' || e || '.mp3',
    10000000, 600, '{}', now(), 'browser'
from generate_series(1, 3) as s, generate_series(1, 12) as e;

-- Downloads: each episode's audience comes in the days after it appears. Every ninth request is a bot's.
insert into raw.logs_requests
(tenant_id, log_source_id, requested_at, method, status, bytes_sent, url, media_key, user_agent, user_agent_kind, user_agent_list_version,
 is_watch, household_hash, key_epoch, ip_class, ip_prefix, ip_list_version, file_size, file_offset, run_id)
select
    i.tenant_id, i.show_id, at.requested_at, 'GET', 200, 10000000, 'u', i.media_key, case when n % 9 = 0 then 'Bot/1.0' else 'AntennaPod/3.' || n % 4 end,
    case when n % 9 = 0 then 'bot' else 'app' end, 'v1', false, sha256(('home' || h.household)::bytea), 1, 'household', '', 'v1', 10000000, n, 'browser'
from raw.feeds_items as i
cross join generate_series(1, 340) as n
cross join lateral (select abs(hashtext(i.episode_guid || n)) % 2400 as household) as h
cross join lateral (
    select i.published_at + interval '1 day' * 9 * power((abs(hashtext(n || i.episode_guid)) % 1000) / 1000.0, 2.2) as requested_at
) as at
where at.requested_at < now() - interval '2 hours' and n <= 340 - 70 * right(i.show_id::text, 1)::integer + 40;

-- Visits by link, and orders: some after a click, some with a code, most by households that heard the ad days before.
insert into raw.collector_events
(tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, context, properties, body_sha256, household_hash, key_epoch, ip_class, run_id)
select
    ops.current_tenant_id(), ('e0000000-0000-4000-8000-00000000000' || s.site)::uuid, now() - (abs(hashtext('visit' || n)) % 4300) * interval '15 minutes',
    'visit-' || n, 'page', null, 'person-' || n,
    jsonb_build_object('campaign', jsonb_build_object('name', (array['cold-brew', 'deep-sleep', 'winter'])[s.site])),
    '{}', sha256(('visit' || n)::bytea), sha256(('home' || n * 3)::bytea), 1, 'household', 'browser'
from generate_series(1, 420) as n
cross join lateral (select 1 + n % 3 as site) as s;
insert into raw.collector_events
(tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, context, properties, body_sha256, household_hash, key_epoch, ip_class, run_id)
select
    ops.current_tenant_id(), ('e0000000-0000-4000-8000-00000000000' || s.site)::uuid, now() - (abs(hashtext('order' || n)) % 4100) * interval '15 minutes',
    'order-' || n, 'track', 'Order Completed', 'person-' || n, '{}',
    jsonb_strip_nulls(jsonb_build_object(
        'order_id', 'R' || n, 'total', (2900 + abs(hashtext('value' || n)) % 9000) / 100.0, 'currency', 'USD',
        'coupon', case when n % 6 = 0 then (array['COMMUTE15', 'SLEEP20', 'FJORD10'])[s.site] end
    )),
    sha256(('order' || n)::bytea), sha256(('home' || n * 4)::bytea), 1, 'household', 'browser'
from generate_series(1, 560) as n
cross join lateral (select 1 + n % 3 as site) as s;
insert into raw.campaigns_orders
(tenant_id, sponsor_id, order_id, content_sha256, ordered_at, value_minor, currency, promo_code, payload, run_id)
select
    e.tenant_id, s.sponsor_id, e.properties ->> 'order_id', e.body_sha256, e.received_at, ((e.properties ->> 'total')::numeric * 100)::bigint, 'USD',
    e.properties ->> 'coupon', '{}', 'browser'
from raw.collector_events as e
inner join app.sites as s on s.tenant_id = e.tenant_id and s.site_id = e.site_id
where e.event_name = 'Order Completed' and right(e.message_id, 1)::integer < 6;

-- One order with evidence of most kinds, and with touches that do not count: before its window, and after it.
insert into raw.collector_events
(tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, context, properties, body_sha256, household_hash, key_epoch, ip_class, run_id)
select
    ops.current_tenant_id(), 'e0000000-0000-4000-8000-000000000001', now() - d.days * interval '1 day', 'everything-' || d.days,
    case when d.days = 3 then 'track' else 'page' end, case when d.days = 3 then 'Order Completed' end, 'person-everything',
    case when d.days = 3 then '{}' else '{"campaign": {"name": "cold-brew"}}' end::jsonb,
    case when d.days = 3 then '{"order_id": "EVERYTHING", "total": 84.20, "currency": "USD", "coupon": "COMMUTE15, WELCOME"}' else '{}' end::jsonb,
    sha256(('everything' || d.days)::bytea), sha256('home42'), 1, 'household', 'browser'
from unnest(array[41, 36, 24, 11, 5, 3, 1]) as d (days);
