-- Advice is of the day of the fit and keeps within the limits of that day. Nothing is advised where no curve may be said: such a
-- show keeps what it has, and has no return.
with

moves as (select * from {{ ref('stg_estimates__budget_moves') }}),

final as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        is_advised,
        reason,
        round(spend_minor)::bigint as spend_minor,
        round(advised_minor)::bigint as advised_minor,
        round(advised_minor)::bigint - round(spend_minor)::bigint as change_minor,
        round(least_minor)::bigint as least_minor,
        round(most_minor)::bigint as most_minor,
        worth as marginal_return,
        worth_low as marginal_return_low,
        worth_high as marginal_return_high,
        round(budget_minor)::bigint as budget_minor,
        round(gain_minor)::bigint as gain_minor,
        round(gain_low_minor)::bigint as gain_low_minor,
        round(gain_high_minor)::bigint as gain_high_minor,
        loss_probability,
        budget_reason,
        model_version,
        seed,
        fit_day
    from moves
)

select * from final
