"""An alert says the limit that the hour passed: it must be the one that marts.collection_quality flags by."""

import re
from pathlib import Path

import pytest

from assets.delivery.alerts import LIMITS

ROOT = Path(__file__).resolve().parents[3]
MART = ROOT / "dbt_project" / "models" / "marts" / "collection" / "collection_quality.sql"
VARIABLES = {"loss": "alert_loss_rate", "delay": "alert_delay_p95_s"}


@pytest.mark.parametrize("kind", VARIABLES)
def test_the_limit_that_a_mail_names_is_the_one_that_flagged_the_hour(kind: str) -> None:
    limits = re.findall(rf"var\('{VARIABLES[kind]}', ([\d.]+)\)", MART.read_text("utf-8"))
    assert [float(limit) for limit in limits] == [LIMITS[kind]]
    assert VARIABLES[kind] not in (ROOT / "dbt_project" / "dbt_project.yml").read_text("utf-8"), "one place sets it"


def test_every_limit_has_its_variable() -> None:
    assert set(LIMITS) == set(VARIABLES)
