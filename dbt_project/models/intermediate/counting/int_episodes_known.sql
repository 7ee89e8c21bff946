{{
    config(
        materialized='table',
        indexes=[{'columns': ['tenant_id', 'show_id', 'episode_guid'], 'unique': true}],
        post_hook='analyze {{ this }}',
    )
}}

-- A table with statistics: joined to millions of requests, a view whose size the planner guesses at costs minutes.
with episodes as (
    select * from {{ ref('stg_feeds__episodes') }}
),

final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        published_at,
        media_key,
        enclosure_bytes,
        duration_s,
        xact
    from episodes
)

select * from final
