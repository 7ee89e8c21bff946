with

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

final as (
    select
        s.tenant_id,
        left(
            encode(sha256(convert_to((to_jsonb(s) - 'tenant_id' - 'fraud_exclude_score')::text, 'UTF8')), 'hex'), 12
        ) as rules_version,
        s.exposure_window_s,
        s.click_window_s,
        s.code_grace_days,
        s.half_life_s,
        s.position_first_ppb,
        s.position_middle_ppb,
        s.position_last_ppb,
        s.reset_path_on_conversion
    from settings as s
)

select * from final
