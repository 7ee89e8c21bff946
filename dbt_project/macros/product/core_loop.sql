{# The action of the core loop that an event is of, whether it went or failed; NULL for events of none. #}
{% macro action_of(event_name) -%}
    case
        when {{ event_name }} in ('campaign.created', 'campaign.create_failed') then 'create_campaign'
        when {{ event_name }} in ('campaign.updated', 'campaign.change_failed') then 'change_campaign'
        when {{ event_name }} in ('analytics.viewed', 'analytics.view_failed') then 'view_analytics'
        when {{ event_name }} in ('report.requested', 'report.request_failed') then 'request_report'
        when {{ event_name }} in ('report.generated', 'report.failed') then 'generate_report'
        when {{ event_name }} in ('report.downloaded', 'report.download_failed') then 'download_report'
    end
{%- endmacro %}

{# Whether an event says that its action did not go. #}
{% macro is_failure(event_name) -%} {{ event_name }} like '%failed' {%- endmacro %}

{#
One row per `keys` (tenant_id, or tenant_id and week): how many users made a campaign and campaigns had a report, how reports went,
and how much of the core loop failed for a fault of ours. Users and campaigns are of the week in which they began, reports and
attempts of their own.
#}
{% macro product_rates(keys) %}
    {%- set has_week = 'week' in keys -%}
    with

    users as (
        select
            tenant_id,
            {{ "signup_week as week," if has_week }}
            count(*) as registered_users,
            count(*) filter (where first_campaign_at is not null) as creating_users
        from {{ ref('ttfv') }}
        group by {{ keys | replace('week', 'signup_week') }}
    ),

    campaigns as (
        select
            tenant_id,
            {{ "created_week as week," if has_week }}
            count(*) as created_campaigns,
            count(*) filter (where report_generated_at is not null) as reported_campaigns
        from {{ ref('campaign_completion') }}
        group by {{ keys | replace('week', 'created_week') }}
    ),

    reports as (
        select
            tenant_id,
            {{ "date_trunc('week', requested_at at time zone 'UTC')::date as week," if has_week }}
            count(*) as requested_reports,
            count(*) filter (where generated_at is not null) as generated_reports,
            count(*) filter (where failed_at is not null) as failed_reports,
            percentile_cont(0.5) within group (order by latency_s) as report_median_s,
            percentile_cont(0.95) within group (order by latency_s) as report_p95_s
        from {{ ref('int_reports_run') }}
        group by tenant_id{{ ", date_trunc('week', requested_at at time zone 'UTC')::date" if has_week }}
    ),

    attempts as (
        select
            tenant_id,
            {{ "date_trunc('week', occurred_at at time zone 'UTC')::date as week," if has_week }}
            count(*) as core_loop_attempts,
            count(*) filter (where is_error) as core_loop_errors,
            count(*) filter (where is_failure and not is_error) as core_loop_refusals
        from {{ ref('int_core_loop_actions') }}
        group by tenant_id{{ ", date_trunc('week', occurred_at at time zone 'UTC')::date" if has_week }}
    ),

    spine as (
        {%- for part in ['users', 'campaigns', 'reports', 'attempts'] %}
        select {{ keys }} from {{ part }}
        {{ 'union' if not loop.last }}
        {%- endfor %}
    )

    select
        {{ keys }},
        {%- for figure in [
            'registered_users', 'creating_users', 'created_campaigns', 'reported_campaigns', 'requested_reports', 'generated_reports',
            'failed_reports', 'core_loop_attempts', 'core_loop_errors', 'core_loop_refusals'
        ] %}
        coalesce({{ figure }}, 0) as {{ figure }},
        {%- endfor %}
        creating_users::double precision / nullif(registered_users, 0) as campaign_creation_rate,
        reported_campaigns::double precision / nullif(created_campaigns, 0) as report_generation_rate,
        generated_reports::double precision / nullif(generated_reports + failed_reports, 0) as report_success_rate,
        report_median_s,
        report_p95_s,
        core_loop_errors::double precision / nullif(core_loop_attempts, 0) as error_rate
    from spine
    left join users using ({{ keys }})
    left join campaigns using ({{ keys }})
    left join reports using ({{ keys }})
    left join attempts using ({{ keys }})
{% endmacro %}
