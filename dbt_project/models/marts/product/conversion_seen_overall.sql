-- Beside the time to the first campaign (domain rules, section 9): to the first look at a campaign that had a conversion by then.
with users as (
    select
        tenant_id,
        conversion_observed_s as observed_s,
        first_conversion_seen_at is null as is_censored,
        coalesce(first_conversion_seen_at < registered_at, false) as is_data_error
    from {{ ref('ttfv') }}
),

figures as (
    {{ survival_figures('users', ['tenant_id']) }}
),

final as (
    select
        tenant_id,
        users,
        users_with_value,
        median_s,
        p75_s,
        p90_s,
        data_errors
    from figures
)

select * from final
