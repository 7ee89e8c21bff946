"""An alert of a customer says the limit that it is under: it must be the one by which marts.customer_success flags."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from api.mail.survey_links import SurveyLink, SurveyLinks
from assets.delivery.customer_watch import LIMITS

ROOT = Path(__file__).resolve().parents[3]
MART = ROOT / "dbt_project" / "models" / "marts" / "success" / "customer_success.sql"
LINK = SurveyLink(7, UUID(int=9), datetime(2026, 3, 4, tzinfo=UTC))


@pytest.mark.parametrize("kind", LIMITS)
def test_the_limit_that_a_mail_names_is_the_one_that_flagged(kind: str) -> None:
    assert [float(limit) for limit in re.findall(rf"var\('alert_{kind}', ([\d.]+)\)", MART.read_text("utf-8"))] == [LIMITS[kind]]
    assert f"alert_{kind}" not in (ROOT / "dbt_project" / "dbt_project.yml").read_text("utf-8"), "one place sets it"


def test_a_surveys_link_is_read_back_and_no_other_is() -> None:
    """A link that another key, another purpose or a stranger made."""
    links = SurveyLinks("https://hostread.example", "s" * 32)
    token = links.of(LINK).partition("token=")[2]
    assert links.of(LINK).startswith("https://hostread.example/survey?token=") and links.read(token) == LINK
    for wrong in (token[:-1], f"x{token}", "", "a.b.c", token * 9):
        assert links.read(wrong) is None
    assert SurveyLinks("https://hostread.example", "t" * 32).read(token) is None
