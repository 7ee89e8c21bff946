"""Jobs: what each one makes and judges, and what bounds its runs."""

import dagster as dg
import pytest

from expectations import catalogue
from orchestration.checks import check_key
from orchestration.definitions import defs

GRAPH = defs.resolve_asset_graph()
FEEDS = {"raw/feeds_documents", "raw/feeds_channels", "raw/feeds_items", "raw/feeds_snapshots"}
HOSTING = {"raw/hosting_downloads"}
# Read again by hand, a month at a time.
REREADS = {"ops/hosting_rereads"}
REPORTS = {"delivery/reports", "delivery/report_mails", "delivery/returned_mails"}
# By hand, one sponsor and period at a time.
SPONSOR_REPORTS = {"delivery/sponsor_reports"}
# Fetched by a schedule of its own: no run waits for the publishers.
LISTS = {"ops/lists"}
# Mailed by a schedule of its own: no build waits for a mail server.
SURVEYS = {"ops/survey_mails"}
# Landed as they come, by a sensor.
IMPORTS = {"ops/imports"}
# Ended by a schedule of its own: no run destroys a key.
PRIVACY = {"ops/household_keys", "ops/forgotten_user_agents", "ops/expired_idempotency_keys"}
# Fitted on what a build published, by a schedule of their own.
ESTIMATES = {
    "estimates/attribution_channels", "estimates/attribution_publications", "estimates/lift_studies",
    "estimates/campaign_forecasts",
}  # fmt: skip
# Computed beside the published build when somebody asks.
PROPOSALS = {"estimates/attribution_proposal_runs"}
# Fitted day by day, on what a build published.
SATURATION = {"estimates/saturation_fits"}
# Looked at whether or not anything is built.
MONITORING = {"ops/platform_alerts", "ops/platform_alert_mails"}
EVERYTHING = {key.to_user_string() for key in GRAPH.materializable_asset_keys}
MADE = {
    "run_everything": EVERYTHING - LISTS - PRIVACY - REREADS - SPONSOR_REPORTS - ESTIMATES - SATURATION - PROPOSALS - MONITORING,
    "build_marts": EVERYTHING
    - FEEDS - HOSTING - REPORTS - SPONSOR_REPORTS - LISTS - IMPORTS - PRIVACY - REREADS - ESTIMATES - SATURATION - PROPOSALS
    - MONITORING - SURVEYS,
    "survey_customers": SURVEYS,
    "refresh_feeds": FEEDS,
    "refresh_hosting": HOSTING,
    "reread_hosting_month": REREADS,
    "land_imports": IMPORTS,
    "refresh_lists": LISTS,
    "send_reports": REPORTS,
    "send_sponsor_reports": SPONSOR_REPORTS,
    "keep_privacy": PRIVACY,
    "fit_attribution": ESTIMATES,
    "fit_saturation": SATURATION,
    "preview_windows": PROPOSALS,
    "watch_platform": MONITORING,
}  # fmt: skip
PARTITIONED = {"reread_hosting_month": dg.MonthlyPartitionsDefinition, "send_sponsor_reports": dg.MultiPartitionsDefinition}
BUILDERS = ("run_everything", "build_marts")
OF_A_DAY = (*BUILDERS, "fit_saturation")
# What builds or publishes marts waits for what does.
WRITERS = (*BUILDERS, "fit_attribution", "preview_windows")


def job(name: str) -> dg.JobDefinition:
    return defs.resolve_job_def(name)


def judged(name: str) -> set[dg.AssetCheckKey]:
    return set(job(name).asset_layer.asset_graph.asset_check_keys)


def test_there_are_these_jobs_and_each_says_what_it_does() -> None:
    assert {found.name for found in defs.jobs or []} == set(MADE)
    assert all(found.description for found in defs.jobs or [])  # type: ignore[union-attr]


@pytest.mark.parametrize("name", MADE)
def test_a_job_makes_what_it_says(name: str) -> None:
    assert {key.to_user_string() for key in job(name).asset_layer.selected_asset_keys} == MADE[name]


@pytest.mark.parametrize("name", BUILDERS)
def test_a_build_judges_every_raw_table_whoever_landed_it(name: str) -> None:
    raw = {check_key(spec) for spec in catalogue()}
    models = {key for key in GRAPH.asset_check_keys if key.asset_key.path[0] in ("staging", "intermediate", "marts")}
    assert raw
    assert models
    assert raw | models <= judged(name)


@pytest.mark.parametrize(("name", "tables"), [("refresh_feeds", FEEDS), ("refresh_hosting", HOSTING)])
def test_a_refresh_judges_what_it_landed(name: str, tables: set[str]) -> None:
    assert judged(name) == {key for key in GRAPH.asset_check_keys if key.asset_key.to_user_string() in tables}


@pytest.mark.parametrize("name", MADE)
def test_a_run_ends_after_half_an_hour_and_writers_of_the_marts_queue(name: str) -> None:
    tags = job(name).tags
    assert tags["dagster/max_runtime"] == "1800"
    assert tags.get("hostread/writes") == ("marts" if name in WRITERS else None)


@pytest.mark.parametrize("name", MADE)
def test_what_seals_a_day_runs_for_a_day(name: str) -> None:
    expected = dg.DailyPartitionsDefinition if name in OF_A_DAY else PARTITIONED.get(name, type(None))
    assert isinstance(job(name).partitions_def, expected)
