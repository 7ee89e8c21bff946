-- Fails with each channel that has a figure where nothing may be said, a verdict without the figures that it stands on, or what is
-- no probability; and with each show that is moved without advice, or a budget that does not stay the same.
with

windows as (select * from {{ ref('saturation_curves') }}),

curves as (
    select *
    from windows
    where window_name = 'stacked'
),

advice as (select * from {{ ref('budget_advice') }}),

budgets as (
    select
        tenant_id,
        sponsor_id,
        basis,
        currency,
        min(budget_minor) as budget_minor,
        sum(advised_minor) as advised_minor,
        count(*) as shows
    from advice
    group by tenant_id, sponsor_id, basis, currency
)

select
    tenant_id,
    sponsor_id,
    basis,
    currency,
    'a verdict and its figures' as fault
from curves
where
    reason = ''
    or (verdict <> 'not_identifiable' and (marginal_return is null or saturated_probability is null or curve_spend is null))
    or (fit_day is null and marginal_return is not null)
    or not coalesce(saturated_probability, 0) between -1e-9 and 1 + 1e-9
    or not coalesce(unsaturated_probability, 0) between -1e-9 and 1 + 1e-9
union all
select
    tenant_id,
    sponsor_id,
    basis,
    currency,
    'a show is moved without advice' as fault
from advice
where change_minor <> 0 and not is_advised
union all
select
    tenant_id,
    sponsor_id,
    basis,
    currency,
    'the budget does not stay the same' as fault
from budgets
where abs(advised_minor - budget_minor) > shows + 1e-9 * budget_minor
