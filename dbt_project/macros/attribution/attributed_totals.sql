{#
One row per tenant, sponsor, goal and currency: conversions with a touch of the network's that are no fraud, and what they are worth after refunds. A
refund has its order's path, so that its goal is that of the campaign at the path's first touch. `factor`: as in counted_credits.
#}
{% macro attributed_totals(credits, campaigns, factor=none) %}
    select
        c.tenant_id,
        c.sponsor_id,
        g.goal_kind,
        c.currency,
        {{ 'sum(c.' ~ factor ~ ')' if factor else 'count(*)' }} filter (where c.conversion_kind <> 'refund') as conversions,
        sum({{ 'c.' ~ factor ~ ' * ' if factor }}c.value_minor)::bigint as revenue_minor
    from {{ credits }} as c
    inner join {{ campaigns }} as g on c.tenant_id = g.tenant_id and c.campaign_id = g.campaign_id
    where c.path_position = 1 and not c.is_fraud
    group by c.tenant_id, c.sponsor_id, g.goal_kind, c.currency
{% endmacro %}
