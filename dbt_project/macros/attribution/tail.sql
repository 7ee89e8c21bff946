{#
The CTEs of a live view that say what came since the build: `conversions` and `refunds` that no build has, `new_touches`, the eligible
`paths` of these conversions over built and new touches, who is fraud by decision (`decided`), and which built conversions a decision
has `turned` since; with the settings and the published marts that they stand on.
#}
{% macro tail() %}
sites as (select * from {{ source('app_campaigns', 'sites') }}),

tenants as (select * from {{ source('app_campaigns', 'tenants') }}),

tenant_settings as (select * from {{ source('app_campaigns', 'attribution_settings') }}),

campaigns as (select * from {{ source('app_campaigns', 'campaigns') }}),

app_placements as (select * from {{ source('app_campaigns', 'placements') }}),

shows as (select * from {{ source('app_campaigns', 'shows') }}),

app_promo_codes as (select * from {{ source('app_campaigns', 'promo_codes') }}),

rates as not materialized (select * from {{ source('app_campaigns', 'currency_rates') }}),

app_decisions as (select * from {{ source('app_fraud', 'fraud_decisions') }}),

event_kinds as (select * from {{ published(ref('reference_event_kinds')) }}),

currencies as (select * from {{ published(ref('reference_currencies')) }}),

built_conversions as (select * from {{ published(ref('attribution_conversions')) }}),

scores as (select * from {{ published(ref('conversion_fraud')) }}),

built_touches as (select * from {{ published(ref('attribution_touches')) }}),

people as not materialized (select * from {{ published(ref('identity_people')) }}),

links as not materialized (select * from {{ published(ref('identity_links')) }}),

-- An address that grew crowded in the tail waits for the next build.
crowded as not materialized (select * from {{ published(ref('crowded_households')) }}),

deliveries as (select * from raw.collector_tail_of_campaigns()),

placements as (
    {{ campaign_placements('app_placements') }}
),

settings as (
    {{ attribution_settings('tenants', 'tenant_settings') }}
),

decisions as (
    {{ decisions_in_force('app_decisions') }}
),

-- What was decided since the build.
turned as materialized (
    {{ fraud_turned('built_conversions', 'scores', 'app_decisions', 'decisions', 'settings') }}
),

promo_codes as (
    {{ usable_promo_codes('app_promo_codes', 'settings', 'campaigns') }}
),

events as materialized (
    {{ parsed_events('deliveries', 'sites', 'tenants', 'event_kinds', 'currencies') }}
),

tail_people as materialized (
    {{ tail_people('events', 'people', 'links') }}
),

reported as (
    {{ event_conversions('events', 'campaigns', 'crowded') }}
),

buyers as (
    {{ with_people('reported', 'people') }}
),

-- An order that is built already is not counted again.
new_conversions as materialized (
    select
        r.*,
        {{ live_person_ids('r', 'tail_people') }} as person_ids,
        coalesce(r.value_minor, 0) as amount_minor
    from buyers as r
    where not exists (
        select 1 from built_conversions as b
        where b.tenant_id = r.tenant_id and b.conversion_id = r.conversion_id
    )
),

conversions as materialized (
    select
        v.*,
        greatest(
            {{ previous_conversion_at('v', 'built_conversions') }},
            {{ previous_conversion_at('v', 'new_conversions') }}
        ) as previous_converted_at
    from new_conversions as v
),

decided as (
    {{ fraud_decided('new_conversions', 'decisions') }}
),

visits as (
    {{ event_touches('events', 'campaigns', 'placements', 'crowded') }}
),

visitors as (
    {{ with_people('visits', 'people') }}
),

codes as (
    {{ code_touches('conversions', 'promo_codes', 'campaigns', 'placements') }}
),

responses as (
    {{ event_answers('events') }}
),

answers as (
    {{ first_answers('responses') }}
),

answerers as (
    {{ with_people('answers', 'people') }}
),

known_conversions as not materialized (
    select
        tenant_id,
        conversion_id,
        converted_at
    from conversions
    union all
    select
        tenant_id,
        conversion_id,
        converted_at
    from built_conversions
),

-- What a file tells waits for the next build, as the file's orders do.
surveys as (
    {{ survey_touches('answerers', 'known_conversions', 'campaigns', 'placements', 'shows') }}
),

new_touches as materialized (
    select * from visitors
    union all
    select
        *,
        null::uuid as browser_node,
        null::uuid as user_node,
        null::uuid as browser_person_id,
        null::uuid as user_person_id,
        null::uuid as person_id
    from codes
    union all
    select
        {{ touch_columns() }},
        null::uuid as browser_node,
        null::uuid as user_node,
        null::uuid as browser_person_id,
        null::uuid as user_person_id,
        person_id
    from surveys
),

-- Apart, so that the built touches are looked up by index and the two are never joined as a whole.
paths as (
    {{ eligible_touches('conversions', 'new_touches', 'settings', has_person_ids=true) }}
    union all
    (
        {{ eligible_touches('conversions', 'built_touches', 'settings', has_person_ids=true) }}
    )
),

refunds as (
    {{ event_refunds('events') }}
)
{% endmacro %}
