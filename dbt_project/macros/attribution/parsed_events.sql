{#
One row per delivered event of `events` (shape of raw.collector_events), parsed: its site's sponsor, kind, corrected time, landing
page, campaign parameters, codes and money (domain rules, sections 3, 4 and 6). The built models and the live tail share it.
Nothing here raises on what a client sent: a value that cannot be read is NULL and flagged.
#}
{% macro parsed_events(events, sites, tenants, event_kinds, currencies) %}
    select
        e.tenant_id,
        e.site_id,
        e.message_id,
        e.event_id,
        e.xact,
        e.received_at,
        e.body_sha256,
        s.sponsor_id,
        e.event_name,
        case
            when e.kind in ('page', 'screen') then 'page_view'
            when e.kind = 'identify' then 'identify'
            else coalesce(k.event_kind, 'custom')
        end as event_kind,
        c.occurred_at,
        coalesce(e.client_at, e.received_at) as uncorrected_at,
        c.occurred_at > e.received_at as is_future,
        c.occurred_at < e.received_at - interval '2592000 seconds' as is_late,
        nullif(btrim(e.anonymous_id), '') as anonymous_id,
        nullif(btrim(e.user_id), '') as user_id,
        case when e.kind = 'alias' then nullif(btrim(e.properties ->> 'previousId'), '') end as previous_id,
        -- Without consent the event is counted and no household is matched (domain rules, section 3).
        case when e.has_consent then e.household_hash end as household_hash,
        case when e.has_consent then e.key_epoch end as key_epoch,
        case when e.has_consent then e.household_hashes end as household_hashes,
        case when e.has_consent then e.household_epochs end as household_epochs,
        e.verification = 'signed' as is_signed,
        e.ip_class,
        e.has_consent,
        e.user_agent,
        c.url,
        ops.url_path(coalesce(e.context #>> '{page,path}', e.properties ->> 'path', c.url)) as url_path,
        coalesce(nullif(btrim(e.context #>> '{campaign,name}'), ''), ops.url_parameter(c.url, 'utm_campaign')) as utm_campaign,
        coalesce(nullif(btrim(e.context #>> '{campaign,source}'), ''), ops.url_parameter(c.url, 'utm_source')) as utm_source,
        coalesce(nullif(btrim(e.context #>> '{campaign,medium}'), ''), ops.url_parameter(c.url, 'utm_medium')) as utm_medium,
        coalesce(nullif(btrim(e.context #>> '{campaign,content}'), ''), ops.url_parameter(c.url, 'utm_content')) as utm_content,
        c.promo_code,
        ops.normalized_codes(c.promo_code) as promo_codes,
        nullif(btrim(coalesce(e.properties ->> 'order_id', e.properties ->> 'orderId')), '') as order_id,
        ops.minor_units(c.amount, u.minor_exponent) as value_minor,
        coalesce(u.currency, t.currency) as currency,
        c.amount is not null and ops.minor_units(c.amount, u.minor_exponent) is null as is_value_malformed,
        lower(substring(
            coalesce(e.context #>> '{page,referrer}', e.properties ->> 'referrer') from '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)'
        )) as referrer_host,
        substring(upper(btrim(
            coalesce(e.context #>> '{location,country}', e.properties #>> '{shipping_address,country}', e.properties ->> 'country')
        )) from '^[A-Z]{2}$') as country,
        -- Of a survey's answer to "how did you hear of us" (domain rules, section 4).
        nullif(lower(btrim(
            coalesce(e.properties ->> 'answer', e.properties ->> 'channel', e.properties ->> 'heard_from')
        )), '') as survey_answer
    from {{ events }} as e
    inner join {{ sites }} as s on e.tenant_id = s.tenant_id and e.site_id = s.site_id
    inner join {{ tenants }} as t on e.tenant_id = t.tenant_id
    left join {{ event_kinds }} as k on e.kind = 'track' and lower(btrim(e.event_name)) = k.event_name
    cross join lateral (
        select
            ops.corrected_at(e.received_at, e.sent_at, e.client_at) as occurred_at,
            coalesce(e.context #>> '{page,url}', e.properties ->> 'url') as url,
            coalesce(
                nullif(e.properties -> 'coupon', 'null'), nullif(e.properties -> 'promo_code', 'null'),
                nullif(e.properties -> 'promoCode', 'null'), nullif(e.properties -> 'discount_code', 'null')
            ) as promo_code,
            nullif(btrim(coalesce(e.properties ->> 'total', e.properties ->> 'revenue', e.properties ->> 'value')), '') as amount,
            coalesce(nullif(upper(btrim(e.properties ->> 'currency')), ''), t.currency) as currency_named
    ) as c
    left join {{ currencies }} as u on c.currency_named = u.currency
{% endmacro %}
