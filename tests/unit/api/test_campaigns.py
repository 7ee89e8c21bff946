"""Codes, cursors, snippets and the rules of a campaign's life, without a database."""

import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.campaigns.codes import normalize_code
from api.campaigns.models import CampaignEntry
from api.campaigns.paging import read_cursor, write_cursor
from api.campaigns.snippets import snippet
from api.campaigns.status import ALLOWED
from api.errors import Problem
from api.marts.builds import describe_checks


@pytest.mark.parametrize("typed", ["pod20", " POD-20 ", "p.o.d 2 0", "ＰＯＤ２０", "pod–20", "POD\u00a020"])
def test_one_code_however_it_is_typed(typed: str) -> None:
    assert normalize_code(typed) == "POD20"


@given(st.text(max_size=30))
def test_normalising_holds_no_separator(text: str) -> None:
    assert not re.search(r"[\s.-]", normalize_code(text))


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_comes_back(at: datetime, identifier: object) -> None:
    after = read_cursor(write_cursor(at, identifier))  # type: ignore[arg-type]
    assert (after.at, after.identifier) == (at, identifier)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "bnVsbA", "WzEsMl0", "\u00e9", "WyIyMDI2LTAxLTAxIiwiYSJd"])
def test_a_cursor_of_nobody_is_told(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        read_cursor(cursor)
    assert refused.value.kind == "invalid"


def test_a_snippet_cannot_be_broken_out_of() -> None:
    text = snippet('k"</script><script>alert(1)//', "https://c.example")
    assert text.count("<script>") == 1 and text.count("</script>") == 1
    assert '"https://c.example/attribution.js"' in text and json.loads(re.findall(r'"k\\".*?//"', text)[0])


def test_a_life_ends() -> None:
    assert all(step in ALLOWED for steps in ALLOWED.values() for step in steps)
    assert not ALLOWED["completed"] and not ALLOWED["cancelled"]
    assert "draft" not in {step for steps in ALLOWED.values() for step in steps}


@pytest.mark.parametrize(
    "change", [{"flight_end": "2025-12-31"}, {"currency": "usd"}, {"name": "a\x00"}, {"status": "completed"}, {"nope": 1}]
)
def test_what_cannot_be_a_campaign(change: dict[str, object]) -> None:
    entry = {"name": "a", "sponsor_id": str(uuid4()), "flight_start": "2026-01-01", "flight_end": "2026-01-01"}
    CampaignEntry.model_validate(entry)
    with pytest.raises(ValidationError):
        CampaignEntry.model_validate(entry | change)


def test_failed_checks_are_named_in_whatever_shape() -> None:
    assert describe_checks([{"name": "a"}, "b", {"check": "c"}, {"unique_id": "d"}]) == "a, b, c and 1 more"
    assert describe_checks([]) == "its checks did not pass"
