-- The verdict is of the spend of this build's day, by the last fitted curve (domain rules, section 8): the same on all rows of a
-- channel. A channel without a curve has its row `stacked`, which says why.
with

judged as (select * from {{ ref('int_saturation_judged') }}),

fits as (select * from {{ ref('stg_estimates__saturation_fits') }}),

windows as (select * from {{ ref('stg_estimates__saturation_windows') }}),

named as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        window_name
    from windows
    union
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        'stacked' as window_name
    from judged
),

final as (
    select
        n.tenant_id,
        n.sponsor_id,
        n.show_id,
        n.basis,
        n.currency,
        n.window_name,
        j.verdict,
        j.reason,
        round(j.spend_minor)::bigint as spend_minor,
        j.end_day as judged_to_day,
        j.margin_rate,
        j.marginal as marginal_return,
        j.marginal_low as marginal_return_low,
        j.marginal_high as marginal_return_high,
        j.marginal_low_95 as marginal_return_low_95,
        j.marginal_high_95 as marginal_return_high_95,
        j.saturated_probability,
        j.unsaturated_probability,
        f.verdict as fitted_verdict,
        round(f.spend_minor)::bigint as fitted_spend_minor,
        round(f.reference_minor)::bigint as reference_minor,
        w.weight,
        w.score,
        w.observed_weeks,
        w.adstock,
        w.half_saturation,
        w.slope,
        w.amplitude as amplitude_minor,
        w.curve_spend,
        w.curve_response,
        w.curve_low_80,
        w.curve_high_80,
        w.curve_low_95,
        w.curve_high_95,
        w.curve_marginal,
        f.week_count,
        f.first_week,
        f.last_week,
        f.level_count,
        f.spend_ratio,
        f.evidence,
        f.drift_z,
        f.drift_p,
        f.has_drifted,
        f.model_version,
        f.seed,
        f.fit_day,
        f.fitted_at,
        f.build_id as fitted_build_id
    from named as n
    inner join judged as j
        on
            n.tenant_id = j.tenant_id
            and n.sponsor_id = j.sponsor_id
            and n.show_id = j.show_id
            and n.basis = j.basis
            and n.currency = j.currency
    left join fits as f
        on
            n.tenant_id = f.tenant_id
            and n.sponsor_id = f.sponsor_id
            and n.show_id = f.show_id
            and n.basis = f.basis
            and n.currency = f.currency
    left join windows as w
        on
            n.tenant_id = w.tenant_id
            and n.sponsor_id = w.sponsor_id
            and n.show_id = w.show_id
            and n.basis = w.basis
            and n.currency = w.currency
            and n.window_name = w.window_name
)

select * from final
