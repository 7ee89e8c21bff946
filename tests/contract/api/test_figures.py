"""Every number that the API answers has a name, a unit, words that say what it is, and a source."""

from typing import Any

import pytest

from api.contract.definitions import DEFINITIONS
from api.contract.figures import SOURCES, figures, is_defined
from api.main import create_app
from api.settings import ApiSettings

UNITS = {"money", "share", "ratio", "seconds", "milliseconds", "days", "bytes", "place", "parts per billion", "count"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    settings = ApiSettings(database_url="postgresql://nobody@127.0.0.1:9/none", secret_key="s" * 32, log_level="CRITICAL")
    return create_app(settings).openapi()


def test_every_figure_is_defined(document: dict[str, Any]) -> None:
    """A new number in an answer that nobody explains: give its field a description, or its name one in api.contract.definitions."""
    found = figures(document)
    assert len(found) > 300 and len({one.figure for one in found}) == len(found)
    assert [one.figure for one in found if not is_defined(one, document)] == []
    assert {one.unit for one in found} <= UNITS


def test_no_definition_is_of_a_figure_that_is_gone(document: dict[str, Any]) -> None:
    """Most of them are fields of answers; a word for one that no answer has any more misleads whoever looks for it."""
    fields = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    assert sorted(set(DEFINITIONS) - fields) == []


def test_sources_are_marts_that_are(document: dict[str, Any]) -> None:
    from pathlib import Path

    contracts = (Path(__file__).resolve().parents[3] / "docs" / "contracts.md").read_text("utf-8")
    named = {mart for text in SOURCES.values() for mart in text.split(", ") if mart.startswith("marts.")}
    assert sorted(mart for mart in named if f"`{mart}`" not in contracts) == []
    paths = list(document["paths"])
    assert [start for start in SOURCES if not any(path == start or path.startswith(f"{start}/") for path in paths)] == []
    by_name = {one.figure: one for one in figures(document)}
    assert by_name["Performance.revenue"].unit == "money" and "campaign_performance" in by_name["Performance.revenue"].source
    assert by_name["LiftSpan.lift_low"].unit == "share" and by_name["TtfvFigures.median_s"].unit == "seconds"
