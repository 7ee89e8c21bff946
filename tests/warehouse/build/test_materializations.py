"""Our table and test materializations do what dbt's own do: in a project of a few models, with contracts kept and broken."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestration import dbt_command

PROFILE = dbt_command.DBT_PROJECT / "profiles.yml"
PROJECT = """
name: small
version: "1.0"
profile: hostread
models:
  small:
    +schema: candidate
    +materialized: table
    +contract: {enforced: true}
"""
COLUMNS = "columns: [{name: number, data_type: bigint}, {name: word, data_type: text}]"
MODELS = {
    "right": "select 'a'::text as word, 1::bigint as number union all select null, 2",
    "of_another_type": "select 1::integer as number, 'a'::text as word",
    "one_too_few": "select 1::bigint as number",
    "one_too_many": "select 1::bigint as number, 'a'::text as word, 2 as more",
    "of_another_name": "select 1::bigint as number, 'a'::text as wort",
}
SCHEMA = "\n".join(
    [
        "models:",
        *(f"  - {{name: {name}, {COLUMNS}}}" for name in MODELS if name != "right"),
        "  - name: right",
        "    config:",
        "      indexes: [{columns: [number], unique: true}]",
        "      post_hook: [\"comment on table {{ this }} is 'after'\"]",
        "    columns:",
        "      - {name: number, data_type: bigint, data_tests: [not_null]}",
        "      - {name: word, data_type: text, data_tests: [not_null]}",
    ]
)


@pytest.fixture(scope="module")
def results(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of each node of the project's second build, by its name."""
    folder: Path = tmp_path_factory.mktemp("small")
    shutil.copytree(dbt_command.DBT_PROJECT / "macros" / "materializations", folder / "macros")
    shutil.copy(PROFILE, folder)
    (folder / "dbt_project.yml").write_text(PROJECT, "utf-8")
    (folder / "models").mkdir()
    (folder / "models" / "small.yml").write_text(SCHEMA, "utf-8")
    for name, text in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(text, "utf-8")
    macro = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"
    (folder / "macros" / "schema.sql").write_text(macro, "utf-8")
    arguments = [
        "build",
        "--project-dir",
        str(folder),
        "--profiles-dir",
        str(folder),
        "--quiet",
        "--log-path",
        str(folder / "logs"),
    ]
    dbt_command.invoke([*arguments, "--select", "right"], {})
    warehouse.execute("create view candidate.hangs_on as select * from candidate.right")
    outcome = dbt_command.invoke(arguments, {})
    return {result.node.name: result for result in outcome.result}


def test_a_table_takes_the_place_of_the_one_that_stood(warehouse: Any, results: dict[str, Any]) -> None:
    assert str(results["right"].status) == "success"
    assert results["right"].adapter_response["rows_affected"] == 2
    assert warehouse.rows("select * from candidate.right order by 1") == [(1, "a"), (2, None)]
    tables = (
        "select relname, relkind from pg_class where relnamespace = 'candidate'::regnamespace and relkind in ('r', 'v') order by 1"
    )
    assert warehouse.rows(tables) == [("right", "r")]
    about = "select obj_description('candidate.right'::regclass), count(*) from pg_indexes where tablename = 'right'"
    assert warehouse.rows(about) == [("after", 1)]


@pytest.mark.parametrize("name", [name for name in MODELS if name != "right"])
def test_a_contract_that_is_broken_is_told_and_makes_no_table(warehouse: Any, results: dict[str, Any], name: str) -> None:
    assert str(results[name].status) == "error" and "enforced contract that failed" in results[name].message
    assert warehouse.rows("select to_regclass(%s)", f"candidate.{name}") == [(None,)]


def test_a_test_of_data_tells_how_many_rows_fail(results: dict[str, Any]) -> None:
    found = {name: (str(result.status), result.failures) for name, result in results.items() if name.startswith("not_null")}
    assert found == {"not_null_right_number": ("pass", 0), "not_null_right_word": ("fail", 1)}
