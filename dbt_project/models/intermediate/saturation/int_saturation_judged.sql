-- Domain rules, section 8: what may be said of today's spend. The day's fit is judged by the same rules, in
-- assets.estimates.saturation.verdicts; a test holds these to them.
{% set certainty = var('saturation_certainty') %}
with

returns as (select * from {{ ref('int_saturation_returns') }}),

-- Which rule holds, the first of them; `refused` and `beyond` say nothing of the return.
ruled as (
    select
        *,
        case
            when refusal <> '' or known_to_minor is null then 'refused'
            when not is_judged then 'beyond'
            when saturated_probability >= {{ certainty }} then 'saturated'
            when unsaturated_probability >= {{ certainty }} then 'unsaturated'
            when 1 - saturated_probability >= {{ certainty }} then 'saturating'
            when
                1 - unsaturated_probability >= {{ certainty }}
                and marginal_low * margin_rate >= 1 - {{ var('saturation_near') }}
                and marginal_high * margin_rate <= 1 + {{ var('saturation_near') }}
                then 'near'
            else 'neither'
        end as rule  -- noqa: RF04
    from returns
),

final as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        end_day,
        case
            when rule in ('saturated', 'unsaturated', 'saturating') then rule
            when rule = 'near' then 'saturating'
            else 'not_identifiable'
        end as verdict,
        case rule
            when 'refused' then coalesce(nullif(refusal, ''), 'no curve was fitted')
            when 'beyond'
                then
                    'today''s spend of ' || to_char(spend_minor / unit, 'FM999,999,999,990') || ' a week is beyond the '
                    || to_char(known_to_minor / unit, 'FM999,999,999,990') || ' that the curve is known to'
            when 'saturated'
                then
                    'the next unit of spend returns less than it costs with probability '
                    || to_char(saturated_probability, 'FM0.00')
            when 'unsaturated'
                then
                    'the next unit of spend brings at least half of what the first did with probability '
                    || to_char(unsaturated_probability, 'FM0.00')
            when 'saturating'
                then
                    'the next unit of spend still pays with probability ' || to_char(1 - saturated_probability, 'FM0.00')
                    || ', and the curve bends'
            when 'near'
                then
                    'the next unit of spend returns about what it costs (' || to_char(marginal_low * margin_rate, 'FM990.00')
                    || ' to ' || to_char(marginal_high * margin_rate, 'FM990.00') || ' of it)'
            else
                'neither can be said: saturated with probability ' || to_char(saturated_probability, 'FM0.00')
                || ', unsaturated with ' || to_char(unsaturated_probability, 'FM0.00') || ', and '
                || to_char({{ certainty }}, 'FM0.00') || ' is asked for'
        end as reason,
        spend_minor,
        margin_rate,
        marginal,
        marginal_low,
        marginal_high,
        marginal_low_95,
        marginal_high_95,
        saturated_probability,
        unsaturated_probability
    from ruled
)

select * from final
