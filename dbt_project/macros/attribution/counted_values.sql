{#
One row per conversion and currency, other than its own, that it may count in, with its value there (docs/attribution.md, Currencies): its
campaign's, or the account's where no touch explains it. `conversions`: tenant_id, conversion_id, origin_conversion_id, sponsor_id,
conversion_kind, converted_at, value_minor, currency, is_verified, and rate_day, the UTC day whose rate it has. `built`: the published
conversions, where `conversions` are those of the tail alone: of a refund what had been taken back of its order before is among them.
#}
{% macro counted_values(conversions, campaigns, sponsors, tenants, settings, rates, currencies, built=none) %}
    with

    counting_currencies as (
        select c.* from ({{ campaign_currencies(campaigns) }}) as c
        union
        select s.tenant_id, s.sponsor_id, t.currency
        from {{ sponsors }} as s
        inner join {{ tenants }} as t on s.tenant_id = t.tenant_id
    ),

    -- The refunds of an order together take back no more than it brought.
    amounts as (
        select
            v.tenant_id,
            v.conversion_id,
            v.currency as from_currency,
            k.currency as to_currency,
            v.value_minor,
            coalesce(sum(v.value_minor) over (
                partition by
                    v.tenant_id, coalesce(v.origin_conversion_id, v.conversion_id), v.conversion_kind,
                    v.currency, k.currency, v.is_verified
                order by v.converted_at, v.conversion_id
                rows between unbounded preceding and 1 preceding
            ), 0)::bigint
            {%- if built %}
            + case
                when v.conversion_kind <> 'refund' then 0
                else (
                    select coalesce(sum(b.value_minor), 0)::bigint
                    from {{ built }} as b
                    where
                        b.tenant_id = v.tenant_id and b.origin_conversion_id = v.origin_conversion_id
                        and b.currency = v.currency and b.is_verified = v.is_verified
                )
            end
            {%- endif %} as before_minor,
            v.rate_day,
            s.rate_max_age_days as max_age_days
        from {{ conversions }} as v
        inner join counting_currencies as k
            on v.tenant_id = k.tenant_id and v.sponsor_id = k.sponsor_id and v.currency <> k.currency
        inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    ),

    converted as (
        {{ converted_values('amounts', rates, currencies) }}
    )

    select
        a.tenant_id,
        a.conversion_id,
        a.to_currency as currency,
        a.from_currency,
        a.value_minor as from_value_minor,
        a.rate_day,
        c.value_minor,
        c.exchange_rate,
        c.rate_date,
        c.via_currency
    from amounts as a
    inner join converted as c
        on a.tenant_id = c.tenant_id and a.conversion_id = c.conversion_id and a.to_currency = c.currency
{% endmacro %}
