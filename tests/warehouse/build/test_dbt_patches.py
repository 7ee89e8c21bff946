"""What dbt is kept from doing twice is still done right once: the next call asks for something else."""

import inspect
from typing import Any

from orchestration import dbt_command
from orchestration.dbt_patches import patch_dbt


def listed(warehouse: Any, *asked: str) -> set[str]:
    """Names of what a call would choose."""
    arguments = ["list", *asked, "--output", "name", "--quiet", *dbt_command.global_arguments(warehouse.target)]
    answer = dbt_command.invoke_parsed(arguments, {})
    assert answer.success, answer.exception
    return set(answer.result)


def test_each_call_chooses_what_it_asks_for(warehouse: Any) -> None:
    one = ("--select", "+path:models/staging/collector", "--indirect-selection", "cautious")
    first = listed(warehouse, *one)
    assert {"stg_collector__events", "events_raw_collector_events"} & first, first
    for name in ("episode_downloads_daily", "campaign_delivery_daily", "campaign_delivery_daily+1"):
        found = listed(warehouse, "--select", name, "--resource-type", "model")
        assert found == {name} if name.isidentifier() else found > {name.removesuffix("+1")}
    models = listed(warehouse, *one, "--resource-type", "model")
    assert "stg_collector__events" in models and models < first
    assert listed(warehouse, *one, "--exclude", "stg_collector__events", "--resource-type", "model") == models - {
        "stg_collector__events"
    }
    eager = listed(warehouse, *one[:2], "--indirect-selection", "eager")
    assert first < eager
    assert listed(warehouse, *one) == first


def test_a_flag_still_names_the_module_that_makes_it() -> None:
    patch_dbt()
    from dbt_common.behavior_flags import Behavior

    flags = Behavior([{"name": "x", "default": False, "description": "d", "source": None, "docs_url": None}], {})  # type: ignore[typeddict-item]
    assert flags._flags[0]._default_source() == __name__ == inspect.getmodule(listed).__name__  # type: ignore[union-attr]


def test_answers_of_the_same_columns_share_their_types_and_others_do_not() -> None:
    patch_dbt()
    from dbt_common.clients.agate_helper import table_from_data_flat

    for _ in range(2):
        text = table_from_data_flat([{"code": "005", "n": 5}], ["code", "n"])
        number = table_from_data_flat([{"code": 5, "n": "005"}], ["code", "n"])
        assert [row.values() for row in text.rows] == [("005", 5)]
        assert [row.values() for row in number.rows] == [(5, "005")]
