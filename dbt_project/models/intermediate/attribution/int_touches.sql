{{
    config(
        materialized='compared',
        indexes=[
            {'columns': ['tenant_id', 'touch_id'], 'unique': True},
            {'columns': ['tenant_id', 'household_hash', 'key_epoch']},
            {'columns': ['tenant_id', 'person_id']},
            {'columns': ['tenant_id', 'own_conversion_id']},
        ],
        meta={
            'primary_key': ['tenant_id', 'touch_id'],
            'followers': ['attribution_credits'],
            'changes': {
                'tenant_id': 'tenant_id', 'conversion_id': 'own_conversion_id', 'household_hash': 'household_hash',
                'key_epoch': 'key_epoch', 'person_id': 'person_id', 'touch_at': 'touch_at',
            },
        },
        post_hook='analyze {{ this }}',
    )
}}

with

ads_delivered as (select * from {{ ref('int_ads_delivered') }}),

events as (select * from {{ ref('int_events_admitted') }}),

conversions as (select * from {{ ref('int_conversions') }}),

people as (select * from {{ ref('identity_people') }}),

crowded as (select * from {{ ref('crowded_households') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

promo_codes as (select * from {{ ref('stg_campaigns__promo_codes') }}),

answers as (select * from {{ ref('int_survey_answers') }}),

shows as (select * from {{ source('app_campaigns', 'shows') }}),

exposures as (
    select
        a.tenant_id,
        {{ stable_id('exposure', ['a.tenant_id', 'a.download_id', 'a.placement_id']) }} as touch_id,
        c.sponsor_id,
        a.campaign_id,
        a.placement_id,
        a.show_id,
        a.episode_guid,
        'exposure' as touch_kind,
        {{ source_rank("'exposure'") }} as source_rank,
        a.delivered_at as touch_at,
        a.household_hash,
        a.key_epoch,
        {{ class_in_crowd('a', 'k.household_hash is not null') }} as ip_class,
        null::text as anonymous_id,
        null::text as user_id,
        null::uuid as own_conversion_id,
        c.goal_kind,
        null::uuid as person_id
    from ads_delivered as a
    inner join campaigns as c on a.tenant_id = c.tenant_id and a.campaign_id = c.campaign_id
    {{ join_crowded('a', 'crowded') }}
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

surveys as (
    {{ survey_touches('answers', 'conversions', 'campaigns', 'placements', 'shows') }}
),

final as (
    select * from exposures
    union all
    select * from surveys
    union all
    select
        {{ touch_columns() }},
        person_id
    from visitors
    union all
    select
        *,
        null::uuid as person_id
    from codes
)

select * from final
