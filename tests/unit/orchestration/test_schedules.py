"""Schedules: their cadences, that they run from the start, and that builds never pile up."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from orchestration.definitions import defs
from orchestration.schedules import build_marts_every_5_minutes

AT = datetime(2026, 3, 4, 23, 55, tzinfo=UTC)
CADENCES = {
    "build_marts_every_5_minutes": ("build_marts", "*/5 * * * *"),
    "refresh_feeds_every_15_minutes": ("refresh_feeds", "*/15 * * * *"),
    "refresh_hosting_hourly": ("refresh_hosting", "7 * * * *"),
    "refresh_lists_daily": ("refresh_lists", "23 4 * * *"),
    "survey_customers_hourly": ("survey_customers", "17 * * * *"),
    "keep_privacy_daily": ("keep_privacy", "41 2 * * *"),
    "fit_attribution_daily": ("fit_attribution", "53 3 * * *"),
    "fit_saturation_daily": ("fit_saturation", "9 4 * * *"),
}


@pytest.fixture(scope="module")
def storage() -> Iterator[dg.DagsterInstance]:
    """An instance on files of its own: a schedule's context takes no other."""
    with dg.instance_for_test() as made:
        yield made


@pytest.fixture
def instance(storage: dg.DagsterInstance) -> dg.DagsterInstance:
    """One without any run."""
    for run in storage.get_runs():
        storage.delete_run(run.run_id)
    return storage


def schedules() -> dict[str, dg.ScheduleDefinition]:
    return {name: defs.resolve_schedule_def(name) for name in CADENCES}


def tick(instance: dg.DagsterInstance, at: datetime = AT) -> dg.RunRequest | dg.SkipReason:
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=at) as context:
        found = build_marts_every_5_minutes(context)
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def recorded(instance: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    """A run of `job` in `status`, tagged as its job is, as the instance's storage holds it."""
    location = RegisteredCodeLocationOrigin("orchestration.definitions")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job)
    tags = {**defs.resolve_job_def(job).tags}
    return instance.add_run(dg.DagsterRun(job_name=job, status=status, tags=tags, remote_job_origin=origin))


def test_there_are_these_schedules() -> None:
    assert {schedule.name for schedule in defs.schedules or []} == set(CADENCES)


@pytest.mark.parametrize("name", CADENCES)
def test_a_schedule_has_its_cadence_in_utc_and_runs_from_the_start(name: str) -> None:
    schedule = schedules()[name]
    assert (schedule.job_name, schedule.cron_schedule) == CADENCES[name]
    assert schedule.execution_timezone in (None, "UTC")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_marts_are_built_for_the_utc_day_of_the_tick(instance: dg.DagsterInstance) -> None:
    request = tick(instance)
    at_midnight = tick(instance, datetime.fromisoformat("2026-03-05T01:00:00+01:00"))
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2026-03-04"
    assert isinstance(at_midnight, dg.RunRequest)
    assert at_midnight.partition_key == "2026-03-05"


@pytest.mark.parametrize("job", ["build_marts", "run_everything", "fit_attribution"])
@pytest.mark.parametrize(
    "status",
    [
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ],
)
def test_no_build_is_asked_for_while_one_is_under_way(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, job: str) -> None:
    run = recorded(instance, job, status)
    found = tick(instance)
    assert isinstance(found, dg.SkipReason)
    assert run.run_id in (found.skip_message or "")


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
def test_a_build_that_has_ended_is_in_nobody_s_way(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> None:
    recorded(instance, "build_marts", status)
    assert isinstance(tick(instance), dg.RunRequest)


def test_a_refresh_of_feeds_is_in_nobody_s_way(instance: dg.DagsterInstance) -> None:
    recorded(instance, "refresh_feeds", dg.DagsterRunStatus.STARTED)
    assert isinstance(tick(instance), dg.RunRequest)
