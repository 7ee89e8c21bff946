"""What every asset says of itself, and how all of it runs: read from the definitions, without a database."""

import re
import subprocess
import sys

import dagster as dg
import pytest

from orchestration.definitions import defs

GRAPH = defs.resolve_asset_graph()
MADE = sorted(GRAPH.materializable_asset_keys)
# Not made by a run, and judged all the same.
OURS = [*MADE, dg.AssetKey(["raw", "quarantine"])]
GRAIN = re.compile(r"One row per \S+")
SCHEMAS = {"app", "ops", "raw", "staging", "intermediate", "marts", "estimates", "delivery"}


def name(key: dg.AssetKey) -> str:
    return key.to_user_string()


def test_the_graph_reaches_from_sources_to_reports() -> None:
    assert {key.path[0] for key in MADE} == SCHEMAS
    above = GRAPH.get_ancestor_asset_keys(dg.AssetKey(["delivery", "report_mails"]))
    sources = ("feeds_items", "hosting_downloads", "logs_requests", "collector_events", "campaigns_orders")
    assert {dg.AssetKey(["raw", table]) for table in sources} <= above


@pytest.mark.parametrize("key", OURS, ids=name)
def test_an_asset_has_an_owner_a_group_and_a_grain(key: dg.AssetKey) -> None:
    node = GRAPH.get(key)
    assert list(node.owners) == ["team:hostread"]
    assert node.group_name not in (None, "default", "")
    assert GRAIN.match(node.description or ""), f"found {(node.description or '')[:60]!r}, expected it to begin with its grain"


@pytest.mark.parametrize("key", MADE, ids=name)
def test_an_asset_says_what_kind_it_is(key: dg.AssetKey) -> None:
    assert GRAPH.get(key).kinds


def test_what_the_collector_fills_and_what_is_fitted_daily_is_partitioned_by_utc_day_and_nothing_else_is() -> None:
    partitioned = {key: GRAPH.get(key).partitions_def for key in MADE if GRAPH.get(key).partitions_def}
    # But for the months of hosts' statistics that are read again by hand.
    months = partitioned.pop(dg.AssetKey(["ops", "hosting_rereads"]))
    assert isinstance(months, dg.MonthlyPartitionsDefinition)
    # And for the reports, by sponsor and period.
    assert isinstance(partitioned.pop(dg.AssetKey(["delivery", "sponsor_reports"])), dg.MultiPartitionsDefinition)
    assert set(partitioned) == {dg.AssetKey(["raw", "collector_events"]), dg.AssetKey(["estimates", "saturation_fits"])}
    for days in partitioned.values():
        assert isinstance(days, dg.DailyPartitionsDefinition)
        assert (days.timezone, days.minute_offset, days.hour_offset) == ("UTC", 0, 0)


def test_seeds_are_one_group() -> None:
    assert {GRAPH.get(dg.AssetKey(["staging", seed])).group_name for seed in ("currencies", "event_kinds")} == {"seeds"}


def test_loading_imports_no_library_that_only_a_run_needs() -> None:
    # Each of them makes every process of Dagster's wait for seconds.
    program = (
        "import sys, orchestration.definitions; "
        "print(*sorted({'great_expectations', 'numpy', 'pandas', 'reportlab', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_everything_runs_in_one_process() -> None:
    assert defs.executor is dg.in_process_executor
    assert {defs.resolve_job_def(job.name).executor_def.name for job in defs.jobs or []} == {"in_process"}


def test_resources_are_made_by_runs_and_not_by_loading() -> None:
    assert defs.resources is not None
    assert {kind: type(resource) for kind, resource in defs.resources.items()} == {
        "warehouse": dg.ResourceDefinition,
        "import_folder": dg.ResourceDefinition,
        "mailer": dg.ResourceDefinition,
        "bounce_folder": dg.ResourceDefinition,
        "survey_links": dg.ResourceDefinition,
    }
