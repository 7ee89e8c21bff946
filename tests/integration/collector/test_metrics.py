"""Alert rules and dashboard name what is there: every metric and label of deploy/monitoring is one that a process exposes."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "monitoring"
METRIC = re.compile(r"\b(?:hostread|process)_[a-z0-9_]+\b")
SELECTOR = re.compile(r"\b((?:hostread|process)_[a-z0-9_]+)\{([^}]*)\}")
SAMPLE = re.compile(r"^([a-z0-9_]+)(?:\{(.*)\})? [-+0-9.eInfa]+$")
# What Prometheus itself adds to each series.
OF_PROMETHEUS = {"job", "instance"}


def expressions() -> list[str]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    panels = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))["panels"]
    rules = [rule["expr"] for group in groups for rule in group["rules"]]
    return rules + [target["expr"] for panel in panels for target in panel["targets"]]


def series(text: str) -> dict[str, set[str]]:
    """Each series' name with the names of its labels."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        sample = SAMPLE.match(line)
        if sample:
            found.setdefault(sample[1], set()).update(re.findall(r'([a-z_]+)="', sample[2] or ""))
    return found


@pytest.fixture
def exposed(collector: Any, database_url: str) -> dict[str, set[str]]:
    """What a real collector and the API say at /metrics, after something was asked of both."""
    said = {"messageId": "metrics-1", "event": "page_view", "anonymousId": "a", "writeKey": "hrw_integration_0000000000"}
    assert collector.client.post("/v1/track", json=said).status_code == 200
    settings = ApiSettings(database_url=database_url, secret_key="s" * 32, log_level="ERROR")  # type: ignore[arg-type]
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
            "values (gen_random_uuid(), 'full', '0', '9', now())"
        )
    app = create_app(settings)
    with TestClient(app, client=("127.0.0.1", 50_000)) as api:
        api.get("/v1/problems")
        app.state.metrics.loaded("/settings", 0.8)
        answer = api.get("/metrics")
    assert answer.status_code == 200, answer.text
    of_api = answer.text
    return series(of_api) | series(collector.client.get("/metrics").text)


def test_every_metric_and_label_is_one_that_a_process_exposes(exposed: dict[str, set[str]]) -> None:
    """A rule that never fires, since what it names was renamed; a panel that stays empty."""
    named = {name for expression in expressions() for name in METRIC.findall(re.sub(r'"[^"]*"', '""', expression))}
    assert len(named) > 15
    assert named <= set(exposed), f"not exposed: {sorted(named - set(exposed))}"
    for expression in expressions():
        for name, selector in SELECTOR.findall(expression):
            labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selector))
            assert labels <= exposed[name] | OF_PROMETHEUS, (expression, exposed[name])
        by = {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}
        known = set().union(*(exposed[name] for name in METRIC.findall(re.sub(r'"[^"]*"', '""', expression)) if name in exposed))
        assert by <= known | OF_PROMETHEUS, expression


def test_a_rule_says_what_and_each_name_is_one() -> None:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] in ("warning", "critical") for rule in rules)
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for expression in expressions():
        assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}"), expression
    assert yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))["rule_files"] == ["alerts.yml"]
    panels = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    # Each rule is seen firing, and silent: by promtool where there is one, and by name everywhere.
    cases = yaml.safe_load((FOLDER / "alerts-test.yml").read_text("utf-8"))["tests"]
    judged = [(one["alertname"], bool(one["exp_alerts"])) for case in cases for one in case["alert_rule_test"]]
    assert {name for name, fires in judged if fires} == {rule["alert"] for rule in rules}
    if promtool := shutil.which("promtool"):
        for words in (
            ["check", "rules", "alerts.yml"],
            ["check", "config", "prometheus.yml"],
            ["test", "rules", "alerts-test.yml"],
        ):
            subprocess.run([promtool, *words], cwd=FOLDER, check=True)


def test_a_collector_tells_its_metrics_to_its_own_machine(sites: None, make_collector: Callable[..., Any]) -> None:
    """Counts of a whole network, read by whoever finds the collector's public address."""
    collector = make_collector(HOSTREAD_METRICS_TOKEN="a token of prometheus")
    allowed = {"Authorization": "Bearer a token of prometheus"}
    assert [collector.client.get("/metrics", headers=h).status_code for h in ({}, allowed)] == [403, 200]


def test_a_collector_has_a_pulse(collector: Any) -> None:
    """Queue and spool of every collector are known to all, also where one port hides several processes."""
    deadline = time.monotonic() + 60
    while not (rows := collector.rows("select kind, figures from ops.processes")) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert rows == [("collector", {"queue_rows": 0.0, "spool_bytes": 0.0})]
