{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['tenant_id', 'household_hash', 'delivered_at']},
            {'columns': ['tenant_id', 'placement_id', 'episode_guid']},
            {'columns': ['download_key']},
        ],
        pre_hook="{{ withdraw_ads() }}",
        post_hook=["{{ note_ads_carried() }}", "analyze {{ this }}"],
    )
}}

-- Domain rules, section 1, "Ad delivered": all bytes of the ad were sent inside a valid download (window first_touch, the default).
with all_downloads as (
    select * from {{ ref('int_downloads_counted') }}
    where counting_window = 'first_touch' and is_valid
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

ad_slots as (
    select * from {{ ref('stg_product__ad_slots') }}
),

carried as (
    {{ ads_carried('ad_slots', 'episodes') }}
),

{% if is_incremental() %}
-- What was counted again, and the episodes whose ads are others than before.
recounted as (
    select distinct tenant_id, download_key, from_at, to_at
    from ops.counting_recounted
),

offers as (
    select
        all_downloads.*,
        carried.placement_id,
        carried.campaign_id,
        carried.insertion,
        carried.ad_start_s,
        carried.ad_end_s
    from recounted
    inner join all_downloads
        on
            recounted.tenant_id = all_downloads.tenant_id
            and recounted.download_key = all_downloads.download_key
            and all_downloads.opened_at between recounted.from_at and recounted.to_at
    inner join carried
        on
            all_downloads.tenant_id = carried.tenant_id
            and all_downloads.show_id = carried.show_id
            and all_downloads.episode_guid = carried.episode_guid
    where all_downloads.day between carried.heard_from and carried.heard_to
    union
    select
        all_downloads.*,
        carried.placement_id,
        carried.campaign_id,
        carried.insertion,
        carried.ad_start_s,
        carried.ad_end_s
    from ads_changed
    inner join carried using (tenant_id, show_id, episode_guid, placement_id)
    inner join all_downloads using (tenant_id, show_id, episode_guid)
    where all_downloads.day between carried.heard_from and carried.heard_to
),
{% else %}
offers as (
    select
        all_downloads.*,
        carried.placement_id,
        carried.campaign_id,
        carried.insertion,
        carried.ad_start_s,
        carried.ad_end_s
    from all_downloads
    inner join carried using (tenant_id, show_id, episode_guid)
    where all_downloads.day between carried.heard_from and carried.heard_to
),
{% endif %}

offered as (
    select
        offers.*,
        {{ ad_bytes('offers.ad_start_s', 'offers.ad_end_s', 'offers.file_size', 'offers.header_bytes', 'offers.duration_s') }}
            as ad_range
    from offers
),

final as (
    select
        tenant_id,
        download_id,
        download_key,
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
