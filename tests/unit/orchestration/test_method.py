"""The method statement is made from what counts: its lines, its settings, its page."""

import re
from pathlib import Path

import pytest

from orchestration import method
from orchestration.settings import PROJECT_ROOT

STATED = method.statement()
RULES = [rule for section in STATED["sections"] for rule in section["rules"]]


def test_docs_method_is_what_the_code_says() -> None:
    assert (PROJECT_ROOT / "docs" / "method.md").read_text("utf-8") == method.docs_page(), "run `hostread check --write-docs`"


@pytest.mark.parametrize("rule", RULES, ids=[rule["name"] for rule in RULES])
def test_a_rule_links_a_line_that_is_about_it(rule: dict[str, object]) -> None:
    lines = (PROJECT_ROOT / str(rule["file"])).read_text("utf-8").splitlines()
    anchor = next(r.anchor for _, _, rules in method.SECTIONS for r in rules if r.name == rule["name"])
    assert re.search(anchor, lines[int(str(rule["line"])) - 1])


def test_every_reason_that_the_models_give_is_a_rule_of_the_statement() -> None:
    text = (PROJECT_ROOT / "dbt_project/models/intermediate/counting/_counting__models.yml").read_text("utf-8")
    values = re.search(r"values: \[(method[^\]]+)\]", text)
    reasons = set(values[1].split(", ")) if values else set()
    stated = {rule["name"] for rule in STATED["sections"][0]["rules"]}
    assert {"method", "anomaly"} <= stated
    assert reasons <= stated


def test_a_setting_that_the_project_changes_is_stated_as_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "macros").mkdir()
    (project / "models" / "one.sql").write_text("{{ var('volume_episodes_per_hour', 30) }} {{ var('anomaly_score', 6) }}", "utf-8")
    (project / "dbt_project.yml").write_text("vars: {volume_episodes_per_hour: 45}", "utf-8")
    monkeypatch.setattr(method, "DBT", project)
    method.settings.cache_clear()
    try:
        assert method.settings() == {"volume_episodes_per_hour": 45, "anomaly_score": 6}
    finally:
        method.settings.cache_clear()


def test_a_rule_whose_code_is_gone_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = method.Rule("bot", "", method.JUDGED, "no line says this")
    monkeypatch.setattr(method, "SECTIONS", [("Rules", "", [gone])])
    with pytest.raises(method.MethodError, match="expected the code of the rule bot"):
        method.statement()


def test_a_tenants_own_setting_is_stated_before_the_deployments() -> None:
    stated = method.statement(tenant_settings={"threshold_seconds": 30, "volume_episodes_per_day": None})
    rules = {rule["name"]: rule["settings"] for section in stated["sections"] for rule in section["rules"]}
    assert rules["threshold"]["threshold_seconds"] == 30
    assert rules["volume"]["volume_episodes_per_day"] == 300


def test_the_statement_names_every_list_with_its_version_and_source() -> None:
    page = method.to_markdown(STATED)
    for one in STATED["lists"]:
        assert one["version"] in page and all(part["source"] in page for part in one["parts"])
