"""The sensors: a run when something came or was asked for, none while one is under way, and a reason otherwise."""

import os
import time
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from assets.estimates.saturation_assets import FIT_DAYS
from assets.lib.secrets_box import encrypt
from orchestration import resources, sensors
from orchestration.jobs import land_imports, refresh_hosting
from orchestration.sensors import (
    fit_attribution_when_first_built,
    fit_saturation_when_first_built,
    land_imports_when_they_come,
    refresh_hosting_when_asked,
)
from orchestration.settings import Settings


@pytest.fixture
def current(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = Settings(home=tmp_path / "home", database_url=database_url, import_folder=tmp_path / "in")
    for module in (sensors, resources):
        monkeypatch.setattr(module, "settings", lambda: made)
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        connection.execute("insert into app.shows (tenant_id, title, feed_url) values (1, 'My Show', 'https://f.example/x')")
    return made


def put(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.csv").write_bytes(content)
    os.utime(folder / "a.csv", (time.time() - 60,) * 2)


def ask(instance: dg.DagsterInstance) -> Any:
    return land_imports_when_they_come(dg.build_sensor_context(instance=instance))


def test_a_file_in_the_folder_is_landed_by_the_run_that_the_sensor_asks_for(current: Settings) -> None:
    assert current.import_folder is not None and current.database_url is not None
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(ask(instance), dg.SkipReason)
        put(current.import_folder / "one" / "my-show", b"date,downloads\n2026-01-01,5\n")
        put(current.import_folder / "nobody" / "my-show", b"date,downloads\n2026-01-01,5\n")
        assert isinstance(ask(instance), dg.RunRequest)
        from orchestration.definitions import defs

        done = defs.resolve_job_def(land_imports.name).execute_in_process(instance=instance)
        assert done.success
        with psycopg.connect(current.database_url) as connection:
            assert connection.execute("select source, value::int from raw.hosting_downloads").fetchall() == [("libsyn", 5)]
        skipped = ask(instance)
        assert isinstance(skipped, dg.SkipReason) and "nobody there is no tenant's slug" in str(skipped.skip_message)


def test_two_runs_never_land_at_once(current: Settings) -> None:
    assert current.import_folder is not None
    put(current.import_folder / "one" / "my-show", b"date,downloads\n2026-01-01,5\n")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(_as_job(), status=dg.DagsterRunStatus.STARTED)
        skipped = ask(instance)
        assert isinstance(skipped, dg.SkipReason) and "earlier run" in str(skipped.skip_message)


def add_account(current: Settings) -> None:
    assert current.database_url is not None
    with psycopg.connect(current.database_url) as connection:
        connection.execute(
            "insert into app.hosting_accounts (tenant_id, show_id, host, base_url, external_show_id, credential_encrypted) "
            "select 1, show_id, 'transistor', 'http://127.0.0.1:1', '1', %s from app.shows",
            [encrypt("token", current.resolved_secret_key())],
        )


def test_an_account_is_read_when_somebody_asks_and_not_again_by_itself(current: Settings) -> None:
    """Fails where a new account waits for its hour, or one that failed is asked again every five seconds."""
    assert current.database_url is not None

    def tick() -> Any:
        return refresh_hosting_when_asked(dg.build_sensor_context(instance=instance))

    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(tick(), dg.SkipReason)
        add_account(current)
        request = tick()
        assert isinstance(request, dg.RunRequest)
        from orchestration.definitions import defs

        job = defs.resolve_job_def(refresh_hosting.name)
        assert job.execute_in_process(instance=instance, run_config=request.run_config).success
        with psycopg.connect(current.database_url) as connection:
            told = connection.execute("select last_error from ops.fetch_state where source = 'hosting'").fetchone()
            assert told is not None and told[0]
        assert isinstance(tick(), dg.SkipReason)
        with psycopg.connect(current.database_url) as connection:
            connection.execute("update app.hosting_accounts set asked_at = clock_timestamp()")
        assert isinstance(tick(), dg.RunRequest)


def _as_job() -> dg.JobDefinition:
    @dg.job(name=land_imports.name)
    def made() -> None:
        """Nothing: its run is what counts."""

    return made


def test_the_first_published_build_is_fitted_at_once_and_later_ones_by_the_schedule(current: Settings) -> None:
    assert current.database_url is not None
    with dg.DagsterInstance.ephemeral() as instance, psycopg.connect(current.database_url, autocommit=True) as connection:

        def ask_for_a_fit() -> Any:
            return fit_attribution_when_first_built(dg.build_sensor_context(instance=instance))

        assert isinstance(ask_for_a_fit(), dg.SkipReason)
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
            "values (gen_random_uuid(), 'full', '0', '1', now())"
        )
        asked = ask_for_a_fit()
        assert isinstance(asked, dg.RunRequest) and asked.run_key == "first fit", (
            "a fit that fails is not asked for again and again"
        )
        connection.execute(
            "insert into estimates.attribution_publications (build_id, fit_count, row_count, run_id) "
            "select build_id, 0, 0, 'r' from marts.builds"
        )
        assert isinstance(ask_for_a_fit(), dg.SkipReason)


def test_the_first_spend_by_week_is_fitted_at_once_for_its_day(current: Settings) -> None:
    """Asked for again and again it would fit the same weeks every five seconds; never, and the first curve comes after a night."""
    assert current.database_url is not None
    with dg.DagsterInstance.ephemeral() as instance, psycopg.connect(current.database_url, autocommit=True) as connection:

        def ask_for_a_fit() -> Any:
            return fit_saturation_when_first_built(dg.build_sensor_context(instance=instance))

        assert isinstance(ask_for_a_fit(), dg.SkipReason)
        connection.execute("create table marts.saturation_weeks as select 1 as tenant_id")
        connection.execute("alter table marts.saturation_weeks owner to hostread_transform")
        asked = ask_for_a_fit()
        assert isinstance(asked, dg.RunRequest) and asked.run_key == "first saturation"
        assert asked.partition_key in FIT_DAYS.get_partition_keys()
        connection.execute(
            "insert into estimates.saturation_fits (tenant_id, sponsor_id, show_id, basis, currency, fit_day, verdict, reason, "
            "refusal, spend_minor, reference_minor, margin_rate, week_count, level_count, has_drifted, model_version, seed, "
            "input_hash, build_id, run_id) values (1, gen_random_uuid(), gen_random_uuid(), 'books', 'USD', current_date, "
            "'not_identifiable', 'r', 'r', 0, 0, 1, 0, 0, false, 'v', 1, '', gen_random_uuid(), 'r')"
        )
        assert isinstance(ask_for_a_fit(), dg.SkipReason)
