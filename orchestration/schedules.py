"""Schedules, named <job>_<cadence>; all in UTC and running from the start."""

from datetime import UTC

import dagster as dg

from orchestration.jobs import (
    build_marts,
    fit_attribution,
    fit_saturation,
    keep_privacy,
    refresh_feeds,
    refresh_hosting,
    refresh_lists,
    survey_customers,
)
from orchestration.policies import WRITES_MARTS

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.schedule(job=build_marts, cron_schedule="*/5 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def build_marts_every_5_minutes(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Seal today and build; skipped while an earlier build still runs, so that builds never pile up."""
    # Whatever writes the marts, by whatever job; the instance's run monitoring ends each of these states in time.
    active = context.instance.get_runs(dg.RunsFilter(tags=WRITES_MARTS, statuses=UNDER_WAY), limit=1)
    if active:
        return dg.SkipReason(f"run {active[0].run_id} still builds the marts")
    day = context.scheduled_execution_time.astimezone(UTC).date().isoformat()
    return dg.RunRequest(partition_key=day)


refresh_feeds_every_15_minutes = dg.ScheduleDefinition(
    "refresh_feeds_every_15_minutes",
    job=refresh_feeds,
    cron_schedule="*/15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
refresh_hosting_hourly = dg.ScheduleDefinition(
    "refresh_hosting_hourly", job=refresh_hosting, cron_schedule="7 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)
refresh_lists_daily = dg.ScheduleDefinition(
    "refresh_lists_daily", job=refresh_lists, cron_schedule="23 4 * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)
survey_customers_hourly = dg.ScheduleDefinition(
    "survey_customers_hourly", job=survey_customers, cron_schedule="17 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)
keep_privacy_daily = dg.ScheduleDefinition(
    "keep_privacy_daily", job=keep_privacy, cron_schedule="41 2 * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)
fit_attribution_daily = dg.ScheduleDefinition(
    "fit_attribution_daily", job=fit_attribution, cron_schedule="53 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)


@dg.schedule(job=fit_saturation, cron_schedule="9 4 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def fit_saturation_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Today's fit: the weeks that were over when it began."""
    return dg.RunRequest(partition_key=context.scheduled_execution_time.astimezone(UTC).date().isoformat())


SCHEDULES = [
    build_marts_every_5_minutes,
    refresh_feeds_every_15_minutes,
    refresh_hosting_hourly,
    refresh_lists_daily,
    keep_privacy_daily,
    fit_attribution_daily,
    fit_saturation_daily,
    survey_customers_hourly,
]
