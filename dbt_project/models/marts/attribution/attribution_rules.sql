with

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

final as (
    select
        s.tenant_id,
        -- What is as it is by default is not in the digest: a setting that did not exist once changes no version.
        left(
            encode(sha256(convert_to((
                jsonb_strip_nulls(to_jsonb(s) || jsonb_build_object(
                    'vanity_window_s', nullif(s.vanity_window_s, s.click_window_s),
                    'household_devices', nullif(s.household_devices, 15),
                    'household_devices_window_s', nullif(s.household_devices_window_s, 604800)
                ))
                - 'tenant_id' - 'fraud_exclude_score'
            )::text, 'UTF8')), 'hex'), 12
        ) as rules_version,
        s.exposure_window_s,
        s.click_window_s,
        s.code_grace_days,
        s.half_life_s,
        s.position_first_ppb,
        s.position_middle_ppb,
        s.position_last_ppb,
        s.reset_path_on_conversion,
        s.vanity_window_s,
        s.windows_by_kind,
        s.household_devices,
        s.household_devices_window_s
    from settings as s
)

select * from final
