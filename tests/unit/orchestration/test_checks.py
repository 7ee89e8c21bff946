"""Checks: every expectation and every dbt test is one, and what is an error keeps what is downstream from being built."""

import json

import dagster as dg
import pytest

from expectations import catalogue
from orchestration.checks import check_key
from orchestration.dbt import UNIQUE_ID
from orchestration.dbt_command import prepare_manifest
from orchestration.definitions import defs

GRAPH = defs.resolve_asset_graph()
DBT_TESTS = {
    unique_id: node
    for unique_id, node in json.loads(prepare_manifest().read_bytes())["nodes"].items()
    if node["resource_type"] == "test"
}


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: f"{spec.table}-{spec.name}")
def test_an_expectation_is_a_check_of_its_table_and_blocks_where_it_is_an_error(spec: object) -> None:
    found = GRAPH.get_check_spec(check_key(spec))  # type: ignore[arg-type]
    assert found.blocking is (spec.severity == "error")  # type: ignore[attr-defined]
    assert found.description == spec.description  # type: ignore[attr-defined]


def test_every_raw_table_that_is_an_asset_is_judged_but_the_documents() -> None:
    raw = {key for key in GRAPH.get_all_asset_keys() if key.path[0] == "raw"}
    judged = {key.asset_key for key in GRAPH.asset_check_keys}
    # Of documents the bytes are kept as they came; what is read out of them is judged. What the collector counts of its own work is
    # held against what it kept, by the blocking test collection_receives_what_it_keeps.
    unjudged = {"feeds_documents", "collector_receipts", "collector_refusals"}
    assert {key.path[-1] for key in raw - judged} == unjudged


def test_every_dbt_test_is_one_check_and_blocks_where_it_is_an_error() -> None:
    specs = {
        spec.metadata[UNIQUE_ID]: spec
        for key in GRAPH.asset_check_keys
        if UNIQUE_ID in (spec := GRAPH.get_check_spec(key)).metadata
    }
    expected = {unique_id: node["config"]["severity"].lower() == "error" for unique_id, node in DBT_TESTS.items()}
    assert {unique_id: spec.blocking for unique_id, spec in specs.items()} == expected


def test_a_dbt_test_of_several_models_belongs_to_the_last_of_them() -> None:
    (key,) = [key for key in GRAPH.asset_check_keys if key.name == "attribution_roi_equals_credits"]
    assert key.asset_key == dg.AssetKey(["marts", "campaign_roi"])
    assert GRAPH.get_check_spec(key).additional_deps


def test_no_check_has_the_name_of_another_on_the_same_asset() -> None:
    names = [(key.asset_key, key.name) for key in GRAPH.asset_check_keys]
    assert len(names) == len(set(names))
