{# One row per campaign of the visits in `touches`: click links and vanity paths, but for a conversion's own link. #}
{% macro campaign_visits(touches) %}
    select
        t.tenant_id,
        t.campaign_id,
        count(*) filter (where t.own_conversion_id is null) as visits,
        min(t.touch_at) as first_event_at,
        max(t.touch_at) as last_event_at
    from {{ touches }} as t
    where t.touch_kind in ('click', 'vanity')
    group by t.tenant_id, t.campaign_id
{% endmacro %}

{#
One row per campaign of the conversions that it owns by evidence. A refund takes its revenue back and is no conversion. Revenue is in
the campaign's currency: the value itself, or `converted_minor`, what it is worth there. A conversion without a rate counts without its
value, which stands apart in `unconverted`: {currency: {conversions, amount_minor}}. Fraud is in none of these; it stands apart in
`fraud`, of the same shape, in the currencies it was reported in.
#}
{% macro campaign_conversions(conversions, campaigns) %}
    select
        o.tenant_id,
        o.campaign_id,
        sum(o.conversions)::bigint as conversions,
        coalesce(sum(o.revenue_minor), 0)::bigint as revenue_minor,
        coalesce(sum(o.verified_revenue_minor), 0)::bigint as verified_revenue_minor,
        coalesce(
            jsonb_object_agg(
                o.currency, jsonb_build_object('conversions', o.unconverted_conversions, 'amount_minor', o.unconverted_minor)
            ) filter (where o.unconverted_minor is not null), '{}'
        ) as unconverted,
        coalesce(
            jsonb_object_agg(
                o.currency, jsonb_build_object('conversions', o.fraud_conversions, 'amount_minor', o.fraud_minor)
            ) filter (where o.fraud_minor is not null), '{}'
        ) as fraud,
        {%- for kind in ['exposure', 'click', 'vanity', 'code', 'survey'] %}
            sum(o.{{ kind }}_conversions)::bigint as {{ kind }}_conversions,
        {%- endfor %}
        min(o.first_event_at) as first_event_at,
        max(o.last_event_at) as last_event_at
    from (
        select
            v.tenant_id,
            v.owner_campaign_id as campaign_id,
            v.currency,
            count(*) filter (where v.conversion_kind <> 'refund' and not v.is_fraud) as conversions,
            sum(case when v.currency = c.currency then v.value_minor else v.converted_minor end)
            filter (where not v.is_fraud) as revenue_minor,
            sum(case when v.currency = c.currency then v.value_minor else v.converted_minor end)
            filter (where v.is_verified and not v.is_fraud) as verified_revenue_minor,
            count(*) filter (
                where v.currency <> c.currency and v.converted_minor is null and v.conversion_kind <> 'refund' and not v.is_fraud
            ) as unconverted_conversions,
            (sum(v.value_minor) filter (
                where v.currency <> c.currency and v.converted_minor is null and not v.is_fraud
            ))::bigint as unconverted_minor,
            count(*) filter (where v.is_fraud and v.conversion_kind <> 'refund') as fraud_conversions,
            (sum(v.value_minor) filter (where v.is_fraud))::bigint as fraud_minor,
            {%- for kind in ['exposure', 'click', 'vanity', 'code', 'survey'] %}
                count(*) filter (
                    where v.conversion_kind <> 'refund' and v.owner_touch_kind = '{{ kind }}' and not v.is_fraud
                ) as {{ kind }}_conversions,
            {%- endfor %}
            min(v.converted_at) as first_event_at,
            max(v.converted_at) as last_event_at
        from {{ conversions }} as v
        inner join {{ campaigns }} as c on v.tenant_id = c.tenant_id and v.owner_campaign_id = c.campaign_id
        group by v.tenant_id, v.owner_campaign_id, v.currency
    ) as o
    group by o.tenant_id, o.campaign_id
{% endmacro %}

{# The figures of campaign_conversions that are numbers. #}
{% macro owned_figures() -%}
    {{ return([
        'conversions', 'revenue_minor', 'verified_revenue_minor', 'exposure_conversions', 'click_conversions', 'vanity_conversions',
        'code_conversions', 'survey_conversions',
    ]) }}
{%- endmacro %}

{#
The sum of several `unconverted` or `fraud` of campaign_conversions, by currency: `parts` are added, `less` are taken off; each may be
NULL. What comes to nothing is left out.
#}
{% macro summed_amounts(parts, less) -%}
    case
        when {% for part in parts[1:] + less %}coalesce({{ part }}, '{}') = '{}'{{ ' and ' if not loop.last }}{% endfor %} then coalesce({{ parts[0] }}, '{}')
        else (
            select
                coalesce(jsonb_object_agg(
                    u.currency, jsonb_build_object('conversions', u.conversions, 'amount_minor', u.amount_minor)
                ), '{}')
            from (
                select
                    e.key as currency,
                    sum(e.factor * (e.value ->> 'conversions')::bigint) as conversions,
                    sum(e.factor * (e.value ->> 'amount_minor')::bigint) as amount_minor
                from (
                    {%- for part in parts + less %}
                    select x.key, x.value, {{ -1 if part in less else 1 }} as factor from jsonb_each({{ part }}) as x
                    {{ 'union all' if not loop.last }}
                    {%- endfor %}
                ) as e
                group by e.key
            ) as u
            where u.conversions <> 0 or u.amount_minor <> 0
        )
    end
{%- endmacro %}

{#
One row per campaign: its flight, what is contracted, and how far it is. `as_of`: the moment that is spoken of; a day counts as gone
when it has ended in UTC. Delivered and spend come from `delivery`. Pacing is the share delivered against the share of the flight gone;
what an ended flight fell short is the make-good (domain rules, section 6).
#}
{% macro campaign_pacing(campaigns, placements, delivery, as_of) %}
    with

    contracts as (
        select p.tenant_id, p.campaign_id, sum(p.contracted_ads)::bigint as contracted_ads
        from {{ placements }} as p
        group by p.tenant_id, p.campaign_id
    ),

    flights as (
        select
            c.tenant_id,
            c.campaign_id,
            c.sponsor_id,
            c.currency,
            c.status,
            c.flight_start,
            c.flight_end,
            coalesce(k.contracted_ads, 0) as contracted_ads,
            coalesce(d.ads_delivered, 0) as ads_delivered,
            coalesce(d.spend_minor, 0) as spend_minor,
            least(1, greatest(0,
                (({{ as_of }} at time zone 'UTC')::date - c.flight_start)::double precision / (c.flight_end - c.flight_start + 1)
            )) as flight_elapsed_rate
        from {{ campaigns }} as c
        left join contracts as k on c.tenant_id = k.tenant_id and c.campaign_id = k.campaign_id
        left join {{ delivery }} as d on c.tenant_id = d.tenant_id and c.campaign_id = d.campaign_id
    )

    -- In the order of the marts' columns: the built one and the live one take them as they are.
    select
        f.tenant_id,
        f.campaign_id,
        f.sponsor_id,
        f.currency,
        f.status,
        f.flight_start,
        f.flight_end,
        f.contracted_ads,
        f.ads_delivered,
        f.flight_elapsed_rate,
        f.ads_delivered::double precision / nullif(f.contracted_ads, 0) as delivered_rate,
        f.ads_delivered::double precision / nullif(f.contracted_ads, 0) / nullif(f.flight_elapsed_rate, 0) as pacing_rate,
        case when f.flight_elapsed_rate >= 1 then greatest(f.contracted_ads - f.ads_delivered, 0) else 0 end as make_good_ads,
        f.spend_minor
    from flights as f
{% endmacro %}
