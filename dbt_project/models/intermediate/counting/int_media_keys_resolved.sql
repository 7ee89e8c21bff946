{{
    config(
        materialized='table',
        indexes=[{'columns': ['tenant_id', 'media_key'], 'unique': true}],
        post_hook='analyze {{ this }}',
    )
}}

with claims as (
    select * from {{ ref('stg_feeds__media_keys') }}
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

ranked as (
    select
        claims.*,
        coalesce(episodes.media_key = claims.media_key, false) as is_current,
        -- When any claimant's item changed last: what this key names may have changed then.
        first_value(episodes.xact) over (
            partition by claims.tenant_id, claims.media_key order by episodes.xact desc
        ) as changed_xact
    from claims
    inner join episodes using (tenant_id, show_id, episode_guid)
),

-- Where several episodes claim one file, the one that names it today is meant, and of those the first that did.
final as (
    select distinct on (tenant_id, media_key)
        tenant_id,
        media_key,
        show_id,
        episode_guid,
        changed_xact
    from ranked
    order by tenant_id, media_key, is_current desc, first_seen_at, show_id, episode_guid
)

select * from final
