{# One row per campaign and model that a return is told under: the built-in ones, and those of the tenant's own that are not archived. #}
{% macro campaign_models(campaigns, own_models) %}
    select
        c.tenant_id,
        c.campaign_id,
        m.model  -- noqa: RF04
    from {{ campaigns }} as c
    cross join unnest(array{{ attribution_models() }}) as m (model)
    union all
    select
        c.tenant_id,
        c.campaign_id,
        'custom:' || o.model_id as model  -- noqa: RF04
    from {{ campaigns }} as c
    inner join {{ own_models }} as o on c.tenant_id = o.tenant_id
{% endmacro %}
