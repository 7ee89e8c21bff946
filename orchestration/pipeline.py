"""One Dagster run in this process, followed as it goes: what `hostread run` and `hostread build` do."""

import importlib
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.errors import HostreadError
from orchestration.settings import Settings, settings
from orchestration.warehouse import export

POLL_SECONDS = 0.5
# What every run comes to need, seconds each: the definitions, and what they import only when it is used.
LOADED = ("orchestration.definitions", "dbt.cli.main", "great_expectations", "api.reports.pdf")
LOADING: list[threading.Thread] = []
# The run's whole log is in the Dagster UI; the screen shows its steps.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class RunOutcome:
    """One Dagster run: its id, whether it succeeded, the checks that passed and failed, and what failed first."""

    run_id: str
    success: bool
    checks_passed: int
    checks_failed: tuple[str, ...]
    checks_warned: tuple[str, ...]
    faults: tuple[str, ...]


def prepare_instance(current: Settings, warehouse_url: str) -> None:
    """Make this process and its children one Dagster instance with the warehouse at `warehouse_url`."""
    os.environ.update(export(current, warehouse_url))
    # What the resources of a run read from now on is what was just exported.
    settings.cache_clear()
    home = current.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).parent / "instance" / "dagster.yaml", home / "dagster.yaml")


def load_definitions() -> None:
    """Begin to load what a run needs, beside what else there is to do: `run_job` waits for it, and loads again what failed."""

    def load() -> None:
        for name in LOADED:
            with suppress(Exception):
                importlib.import_module(name)

    thread = threading.Thread(target=load, name="definitions", daemon=True)
    thread.start()
    LOADING.append(thread)


def run_job(
    name: str,
    on_step: Callable[[str, str], None],
    tags: Mapping[str, str] | None = None,
    configs: Mapping[str, Mapping[str, Any]] | None = None,
) -> RunOutcome:
    """Run a job of the definitions for today, telling `on_step(step, "started" | "finished" | "failed")` as it goes.

    `configs`: the configuration of a step by its name, where it is not the default.
    """
    # What another thread has half imported must not be used: SQLAlchemy asks its ORM, which comes with great_expectations, by then.
    for thread in LOADING:
        thread.join()
    import dagster as dg

    from orchestration.definitions import defs

    job = defs.resolve_job_def(name)
    day = datetime.now(UTC).date().isoformat()
    partition = day if job.partitions_def is not None else None
    run_id = str(uuid.uuid4())
    with dg.DagsterInstance.get() as instance:
        done: list[Any] = []
        worker = threading.Thread(
            target=lambda: done.append(
                job.execute_in_process(
                    instance=instance,
                    run_id=run_id,
                    partition_key=partition,
                    raise_on_error=False,
                    tags=dict(tags or {}),
                    run_config={**QUIET, "ops": {step: {"config": dict(config)} for step, config in (configs or {}).items()}},
                )
            )
        )
        worker.start()
        cursor: str | None = None
        is_planned = False
        while worker.is_alive():
            worker.join(POLL_SECONDS)
            # Before it is planned the run has no log, and asking for one is an error.
            is_planned = is_planned or instance.has_run(run_id)
            if is_planned:
                cursor = _tell(instance, run_id, cursor, on_step)
        if not done:
            raise HostreadError(f"run {run_id} ended without an outcome: see its log in the Dagster UI")
        return _outcome(run_id, done[0])


def _tell(instance: Any, run_id: str, cursor: str | None, on_step: Callable[[str, str], None]) -> str | None:
    import dagster as dg

    states = {
        dg.DagsterEventType.STEP_START: "started",
        dg.DagsterEventType.STEP_SUCCESS: "finished",
        dg.DagsterEventType.STEP_FAILURE: "failed",
    }
    page = instance.get_records_for_run(run_id, cursor=cursor, of_type=set(states))
    for record in page.records:
        event = record.event_log_entry.get_dagster_event()
        on_step(event.step_key or "", states[event.event_type])
    return str(page.cursor)


def _outcome(run_id: str, result: Any) -> RunOutcome:
    import dagster as dg

    evaluations = result.get_asset_check_evaluations()
    errors = [e for e in evaluations if not e.passed and e.severity == dg.AssetCheckSeverity.ERROR]
    warnings = [e for e in evaluations if not e.passed and e.severity != dg.AssetCheckSeverity.ERROR]
    faults = [
        f"{event.step_key}: {event.step_failure_data.error.message.strip() if event.step_failure_data.error else 'failed'}"
        for event in result.all_events
        if event.is_step_failure
    ]
    return RunOutcome(
        run_id=run_id,
        success=bool(result.success) and not errors,
        checks_passed=sum(e.passed for e in evaluations),
        checks_failed=tuple(f"{e.asset_key.to_user_string()}: {e.check_name}" for e in errors),
        checks_warned=tuple(f"{e.asset_key.to_user_string()}: {e.check_name}" for e in warnings),
        faults=tuple(faults),
    )
