"""Sensors: what starts a run when something has come, within seconds."""

from datetime import UTC, datetime

import dagster as dg

from assets.estimates.saturation_due import is_first_saturation_due
from assets.hosting.assets import HostingPull
from assets.hosting.statistics import is_read_asked
from assets.imports.queue import is_work_waiting, strangers
from orchestration.estimating import is_first_fit_due
from orchestration.jobs import fit_attribution, fit_saturation, land_imports, preview_windows, refresh_hosting
from orchestration.proposals import is_proposal_waiting
from orchestration.schedules import UNDER_WAY
from orchestration.settings import settings
from orchestration.warehouse import database_url

# As often as the daemon looks at sensors at all.
EVERY_S = 5
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


SENSORS = [
    land_imports_when_they_come,
    refresh_hosting_when_asked,
    fit_attribution_when_first_built,
    fit_saturation_when_first_built,
    preview_windows_when_proposed,
]
