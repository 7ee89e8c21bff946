{{
    config(
        materialized='table',
        indexes=[
            {'columns': ['tenant_id', 'household_hash', 'delivered_at']},
            {'columns': ['tenant_id', 'placement_id']},
        ],
        post_hook='analyze {{ this }}',
    )
}}

-- Domain rules, section 1, "Ad delivered": all bytes of the ad were sent inside a valid download (window first_touch, the default).
with downloads as (
    select * from {{ ref('int_downloads_counted') }}
    where counting_window = 'first_touch' and is_valid
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

ad_slots as (
    select * from {{ ref('stg_product__ad_slots') }}
),

-- Which placements an episode carries. A baked-in ad is part of the file and goes on being heard after its flight: its tail of
-- 90 days counts. An inserted one is there while its flight lasts.
carried as (
    select
        ad_slots.*,
        episodes.episode_guid,
        case
            when ad_slots.insertion = 'baked_in'
                then ad_slots.flight_end + {{ var('baked_in_tail_days', 90) }}
            else ad_slots.flight_end
        end as heard_to
    from ad_slots
    inner join episodes using (tenant_id, show_id)
    where
        case
            when ad_slots.episode_guids is not null then episodes.episode_guid = any(ad_slots.episode_guids)
            when ad_slots.insertion = 'baked_in'
                then (episodes.published_at at time zone 'UTC')::date between ad_slots.flight_start and ad_slots.flight_end
            else true
        end
),

offered as (
    select
        downloads.*,
        carried.placement_id,
        carried.campaign_id,
        carried.insertion,
        {{
            ad_bytes(
                'carried.ad_start_s', 'carried.ad_end_s', 'downloads.file_size', 'downloads.header_bytes', 'downloads.duration_s'
            )
        }} as ad_range
    from downloads
    inner join carried using (tenant_id, show_id, episode_guid)
    where downloads.day between carried.flight_start and carried.heard_to
),

final as (
    select
        tenant_id,
        download_id,
        placement_id,
        campaign_id,
        show_id,
        episode_guid,
        opened_at as delivered_at,
        household_hash,
        key_epoch,
        ip_class,
        user_agent
    from offered
    where
        -- A baked-in ad counts where at least the bytes up to its end were sent.
        case
            when insertion = 'baked_in' then bytes_union @> int8range(0, upper(ad_range))
            else bytes_union @> ad_range
        end
)

select * from final
