{# One row per placement and episode that carries its ad, and when it is heard there. A baked-in ad is part of the file and goes on
   being heard after its flight: its tail of 90 days counts. An inserted one is there while its flight lasts. #}
{% macro ads_carried(ad_slots, episodes) %}
select
    ad_slots.tenant_id,
    ad_slots.placement_id,
    ad_slots.campaign_id,
    ad_slots.show_id,
    episodes.episode_guid,
    ad_slots.insertion,
    ad_slots.ad_start_s,
    ad_slots.ad_end_s,
    ad_slots.flight_start as heard_from,
    case
        when ad_slots.insertion = 'baked_in' then ad_slots.flight_end + {{ var('baked_in_tail_days', 90) }}
        else ad_slots.flight_end
    end as heard_to
from {{ ad_slots }} as ad_slots
inner join {{ episodes }} as episodes using (tenant_id, show_id)
where
    case
        when ad_slots.episode_guids is not null then episodes.episode_guid = any(ad_slots.episode_guids)
        when ad_slots.insertion = 'baked_in'
            then (episodes.published_at at time zone 'UTC')::date between ad_slots.flight_start and ad_slots.flight_end
        else true
    end
{% endmacro %}

{% macro ad_definition(carried) -%}
concat_ws(
    ' ', {{ carried }}.campaign_id, {{ carried }}.insertion, {{ carried }}.ad_start_s, {{ carried }}.ad_end_s,
    {{ carried }}.heard_from, {{ carried }}.heard_to
)
{%- endmacro %}

{# Before an incremental build delivers: the deliveries of downloads that were counted again go, and those of an ad that is another one
   now, or no longer there. #}
{% macro withdraw_ads() %}
{{ counting_session() }};
{% if is_incremental() %}
create temporary table ads_changed on commit drop as
with carried as (
    {{ ads_carried(ref('stg_product__ad_slots'), ref('int_episodes_known')) }}
)

select tenant_id, placement_id, show_id, episode_guid
from (
    select tenant_id, placement_id, show_id, episode_guid, {{ ad_definition('carried') }} as definition
    from carried
) as today
full join ops.ads_carried as before
    using (tenant_id, placement_id, show_id, episode_guid, definition)
where today.definition is null or before.definition is null
group by tenant_id, placement_id, show_id, episode_guid;

analyze ads_changed;

delete from {{ this }} as ads
using ops.counting_recounted as recounted
where
    ads.tenant_id = recounted.tenant_id
    and ads.download_key = recounted.download_key
    and ads.delivered_at between recounted.from_at and recounted.to_at;

delete from {{ this }} as ads
using ads_changed
where
    ads.tenant_id = ads_changed.tenant_id
    and ads.placement_id = ads_changed.placement_id
    and ads.show_id = ads_changed.show_id
    and ads.episode_guid = ads_changed.episode_guid
{% endif %}
{% endmacro %}

{# After it: what the ads were. #}
{% macro note_ads_carried() %}
truncate ops.ads_carried;
insert into ops.ads_carried (tenant_id, placement_id, show_id, episode_guid, definition)
select carried.tenant_id, carried.placement_id, carried.show_id, carried.episode_guid, {{ ad_definition('carried') }}
from ({{ ads_carried(ref('stg_product__ad_slots'), ref('int_episodes_known')) }}) as carried
{% endmacro %}
