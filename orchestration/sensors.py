"""Sensors: what starts a run when something has come, within seconds."""

from datetime import UTC, datetime
from uuid import uuid4

import dagster as dg

from assets.delivery.assets import PERIODS, SPONSORS
from assets.delivery.due import partitions, work_due
from assets.delivery.platform_alerts import is_look_due
from assets.estimates.saturation_due import is_first_saturation_due
from assets.hosting.assets import HostingPull
from assets.hosting.statistics import is_read_asked
from assets.imports.queue import is_work_waiting, strangers
from orchestration.estimating import is_first_fit_due
from orchestration.jobs import (
    fit_attribution,
    fit_saturation,
    land_imports,
    preview_windows,
    refresh_hosting,
    send_reports,
    watch_platform,
)
from orchestration.proposals import is_proposal_waiting
from orchestration.schedules import UNDER_WAY
from orchestration.settings import settings
from orchestration.warehouse import database_url

# As often as the daemon looks at sensors at all.
EVERY_S = 5
# Reports are sent by the hour of their schedule: half a minute late is not late.
REPORTS_EVERY_S = 30
# A mail server that is away is asked again after so long, and not by every tick.
PAUSE_AFTER_FAILURE_S = 300
# A look is three questions to the database; a run, which costs a process, is asked for where it would change something.
LOOK_EVERY_S = 30
# A mail server that is away is tried again so often.
MAIL_EVERY_S = 300
SCHEDULER = uuid4()
# Somebody waits for it: it goes before what a schedule has queued.
FIRST = {"dagster/priority": "10"}
# A first fit is asked for once: what keeps its process from starting (a machine that is busy with everything at once) must not
# cost it a night.
FIRST_FIT = {"dagster/max_retries": "2", "dagster/retry_strategy": "ALL_STEPS"}


@dg.sensor(job=land_imports, minimum_interval_seconds=EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def land_imports_when_they_come(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Land uploads, and new files of HOSTREAD_IMPORT_FOLDER that nobody writes to any more."""
    if context.instance.get_runs(dg.RunsFilter(job_name=land_imports.name, statuses=UNDER_WAY), limit=1):
        return dg.SkipReason("an earlier run still lands what came")
    current = settings()
    if not is_work_waiting(database_url(current), current.import_folder):
        unknown = strangers(database_url(current), current.import_folder)
        also = f"; {', '.join(unknown)} there is no tenant's slug (hostread tenant list)" if unknown else ""
        return dg.SkipReason(f"nothing waits: no upload, and no new file in the watched folder{also}")
    return dg.RunRequest(tags=FIRST)


@dg.sensor(job=refresh_hosting, minimum_interval_seconds=EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def refresh_hosting_when_asked(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Read the accounts that were added, changed or asked for just now; the others keep to their hour."""
    if context.instance.get_runs(dg.RunsFilter(job_name=refresh_hosting.name, statuses=UNDER_WAY), limit=1):
        return dg.SkipReason("an earlier run still reads the hosts")
    if not is_read_asked(database_url(settings())):
        return dg.SkipReason("nobody asked: no account is new, changed or to be tested")
    return dg.RunRequest(run_config=dg.RunConfig({"raw__hosting_downloads": HostingPull(only_asked=True)}), tags=FIRST)


@dg.sensor(job=fit_attribution, minimum_interval_seconds=EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def fit_attribution_when_first_built(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Fit the first published build at once, so that nobody waits a night for it; what fails is left to the daily schedule."""
    if not is_first_fit_due(database_url(settings())):
        return dg.SkipReason("nothing is published yet, or it has been fitted: the next fit is the schedule's")
    return dg.RunRequest(run_key="first fit", tags=FIRST_FIT)


@dg.sensor(job=fit_saturation, minimum_interval_seconds=EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def fit_saturation_when_first_built(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Fit the first published spend at once; what fails is left to the daily schedule."""
    if not is_first_saturation_due(database_url(settings())):
        return dg.SkipReason("no spend is published yet, or it has been fitted: the next fit is the schedule's")
    return dg.RunRequest(run_key="first saturation", partition_key=datetime.now(UTC).date().isoformat(), tags=FIRST_FIT)


@dg.sensor(job=preview_windows, minimum_interval_seconds=EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def preview_windows_when_proposed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Compute a proposal of other windows as soon as it is made; while the last build is held, or one runs, it waits."""
    if context.instance.get_runs(dg.RunsFilter(job_name=preview_windows.name, statuses=UNDER_WAY), limit=1):
        return dg.SkipReason("an earlier run still computes proposals")
    if not is_proposal_waiting(database_url(settings())):
        return dg.SkipReason("no proposal waits, or there is no published build that it could stand on")
    return dg.RunRequest(tags=FIRST)


@dg.sensor(job=send_reports, minimum_interval_seconds=REPORTS_EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def send_reports_when_due(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Make and mail what schedules owe, what people asked to preview, and what the mail server put off; and keep the partitions of
    delivery/sponsor_reports at the sponsors with a schedule and the periods that are over."""
    current, now = settings(), datetime.now(UTC)
    url = database_url(current)
    added = []
    for definition, keys in zip((SPONSORS, PERIODS), partitions(url, now.date()), strict=True):
        new = sorted(set(keys) - set(definition.get_partition_keys(dynamic_partitions_store=context.instance)))
        added += [definition.build_add_request(new)] if new else []
    reason = _reason_to_wait(context.instance, now) or ""
    due = None if reason else work_due(url, now, is_mail_on=current.smtp_url is not None, bounce_folder=current.bounce_folder)
    skipped = None if due else dg.SkipReason(reason or "no report is due, and no mail waits")
    return dg.SensorResult(
        run_requests=[dg.RunRequest(tags={"hostread/due": due[:200]})] if due else None,
        skip_reason=skipped,
        dynamic_partitions_requests=added,
    )


def _reason_to_wait(instance: dg.DagsterInstance, now: datetime) -> str | None:
    if instance.get_runs(dg.RunsFilter(job_name=send_reports.name, statuses=UNDER_WAY), limit=1):
        return "an earlier run still makes reports"
    last = instance.get_run_records(dg.RunsFilter(job_name=send_reports.name), limit=1)
    if last and last[0].dagster_run.status == dg.DagsterRunStatus.FAILURE:
        ended = last[0].end_time or 0.0
        if now.timestamp() - ended < PAUSE_AFTER_FAILURE_S:
            return "the last run failed a moment ago: it is tried again in five minutes"
    return None


@dg.sensor(job=watch_platform, minimum_interval_seconds=LOOK_EVERY_S, default_status=dg.DefaultSensorStatus.RUNNING)
def watch_platform_when_it_changes(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Open, close and mail the platform's alerts within half a minute; what a mail server puts off waits five minutes."""
    if context.instance.get_runs(dg.RunsFilter(job_name=watch_platform.name, statuses=UNDER_WAY), limit=1):
        return dg.SkipReason("an earlier run still looks")
    is_changed, is_mail_waiting = is_look_due(database_url(settings()), SCHEDULER)
    now = datetime.now(UTC).timestamp()
    if not is_changed and not (is_mail_waiting and now - float(context.cursor or 0) >= MAIL_EVERY_S):
        return dg.SkipReason("no alert would open or close, and no mail waits")
    return dg.SensorResult(run_requests=[dg.RunRequest(tags=FIRST)], cursor=str(now))


SENSORS = [
    send_reports_when_due,
    land_imports_when_they_come,
    refresh_hosting_when_asked,
    fit_attribution_when_first_built,
    fit_saturation_when_first_built,
    preview_windows_when_proposed,
    watch_platform_when_it_changes,
]
