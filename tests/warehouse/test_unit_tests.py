"""dbt's own unit tests: one for each rule that branches, over all models."""

from typing import Any

from orchestration import dbt_command


def test_every_unit_test_passes(warehouse: Any) -> None:
    # Unit tests take the columns' types from what their model reads, so those tables must be there.
    warehouse.build(select=("path:models/staging", "path:models/intermediate", "path:models/marts", "resource_type:seed"))
    outcome = dbt_command.invoke_parsed(
        ["test", "--select", "test_type:unit", *dbt_command.global_arguments(warehouse.target), "--quiet"], {}
    )
    results = {result.node.name: str(result.status) for result in getattr(outcome.result, "results", [])}
    assert outcome.success, results or outcome.exception
    assert len(results) >= 12, results
