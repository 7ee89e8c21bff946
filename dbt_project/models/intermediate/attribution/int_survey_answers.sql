with

events as (select * from {{ ref('int_events_admitted') }}),

imported as (select * from {{ ref('stg_campaigns__survey_answers') }}),

people as (select * from {{ ref('identity_people') }}),

responses as (
    {{ event_answers('events') }}
    union all
    select
        tenant_id,
        sponsor_id,
        response_id,
        answered_at,
        survey_answer,
        order_id,
        null as anonymous_id,
        null as user_id
    from imported
),

answers as (
    {{ first_answers('responses') }}
),

final as (
    {{ with_people('answers', 'people') }}
)

select * from final
