"""dbt's own unit tests of the counting and product models: one for each rule that branches."""

from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[3] / "dbt_project"
FOLDERS = ("intermediate/counting", "marts/downloads", "marts/product")


def test_every_unit_test_of_counting_and_product_passes(warehouse: Any) -> None:
    models = [f"path:models/{folder}" for folder in FOLDERS]
    # Unit tests take the columns' types from what their model reads, so those tables must be there.
    warehouse.build(select=tuple(f"+{model}" for model in models))
    outcome = dbtRunner().invoke([
        "test", "--select", ",".join(["test_type:unit", models[0]]), *(",".join(["test_type:unit", model]) for model in models[1:]),
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(warehouse.target),
        "--log-path", str(warehouse.target), "--log-level-file", "none", "--quiet",
    ])  # fmt: skip
    results = {result.node.name: str(result.status) for result in getattr(outcome.result, "results", [])}
    assert outcome.success, results or outcome.exception
    assert len(results) >= 12, results
