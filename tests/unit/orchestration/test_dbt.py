"""The translation of dbt's manifest to assets: names, groups, and where a test of several models belongs."""

import json
from typing import Any

import pytest
from dagster_dbt.utils import select_unique_ids

from orchestration.dbt import TRANSLATOR, built_nodes, with_attached_tests
from orchestration.dbt_command import prepare_manifest


@pytest.mark.parametrize(
    ("props", "path"),
    [
        ({"schema": "candidate", "name": "campaign_roi"}, ["marts", "campaign_roi"]),
        ({"schema": "intermediate", "name": "int_touches"}, ["intermediate", "int_touches"]),
        ({"schema": "raw", "name": "events", "identifier": "collector_events"}, ["raw", "collector_events"]),
    ],
)
def test_an_asset_is_named_for_the_table_that_readers_see(props: dict[str, Any], path: list[str]) -> None:
    assert list(TRANSLATOR.get_asset_key(props).path) == path


@pytest.mark.parametrize(
    ("kind", "fqn", "group"),
    [
        ("model", ["hostread", "marts", "attribution", "campaign_roi"], "marts_attribution"),
        ("seed", ["hostread", "currencies"], "seeds"),
        ("seed", ["hostread", "counting", "preloading_players"], "seeds"),
    ],
)
def test_a_group_is_the_folder_of_the_model(kind: str, fqn: list[str], group: str) -> None:
    assert TRANSLATOR.get_group_name({"resource_type": kind, "fqn": fqn}) == group


def test_what_a_build_makes_is_what_dbt_itself_selects() -> None:
    """Held against dbt's own engine, which loading the definitions does without."""
    manifest = json.loads(prepare_manifest().read_bytes())
    selected = select_unique_ids("fqn:*", "fqn:hostread.live", "", None, manifest)
    assert built_nodes(manifest_json=manifest) == selected & manifest["nodes"].keys() != manifest["nodes"].keys()


def manifest(*judged: str, **test: Any) -> dict[str, Any]:
    """Three models in a row, `first` to `third`, and a test of `judged`."""
    models = {f"model.{name}": {"name": name, "resource_type": "model", "depends_on": {}} for name in ("first", "second", "third")}
    nodes = {
        **models,
        "test.t": {"name": "t", "resource_type": "test", "config": {}, "depends_on": {"nodes": list(judged)}, **test},
    }
    parents = {"model.second": ["model.first"], "model.third": ["model.second"], "model.first": ["source.raw"]}
    return {"nodes": nodes, "parent_map": parents}


@pytest.mark.parametrize(
    "judged",
    [("model.first", "model.third", "model.second"), ("model.third", "model.first"), ("source.raw", "model.third", "model.second")],
)
def test_a_test_of_several_models_is_attached_to_the_last(judged: tuple[str, ...]) -> None:
    found = with_attached_tests(manifest(*judged))["nodes"]["test.t"]
    assert found["config"]["meta"] == {"dagster": {"ref": {"name": "third"}}}


@pytest.mark.parametrize("test", [{}, {"attached_node": "model.first"}])
def test_a_test_that_has_its_model_is_left_alone(test: dict[str, Any]) -> None:
    judged = ("model.first", "model.third") if test else ("model.first",)
    assert "meta" not in with_attached_tests(manifest(*judged, **test))["nodes"]["test.t"]["config"]


def test_a_test_that_names_its_model_keeps_it() -> None:
    named = {"dagster": {"ref": {"name": "first"}}}
    found = with_attached_tests(manifest("model.first", "model.second", config={"meta": named}))["nodes"]["test.t"]
    assert found["config"]["meta"] == named
