"""Where a login leads, what a form becomes, and where a range of days ends."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from api.campaigns.sponsors import SponsorEntry
from api.dashboard.listing import end_of_range
from api.dashboard.pages.session import local_path
from api.dashboard.submissions import campaign_entry, field_errors

FORM = {
    "name": "Spring", "sponsor_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10", "show_id": "8a5c2f7e-31c5-4f0a-9c1d-2f5f0c6b7d21",
    "flight_start": "2026-05-01", "flight_end": "2026-05-31", "price_model": "cpm", "price": "25.50", "currency": "USD",
    "position": "pre_roll", "insertion": "dynamic", "ad_start_s": "0", "ad_duration_s": "30", "contracted_ads": "", "code": "POD20",
    "utm_campaign": "", "vanity_path": "", "csrf_token": "not a field of a campaign",
}  # fmt: skip


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/shows?days=7", "/shows?days=7"),
        ("/", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("shows", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_to_this_host_alone(address: str, path: str) -> None:
    assert local_path(address) == path


def test_the_short_form_is_a_campaign_with_one_placement_and_its_code() -> None:
    entry = campaign_entry(FORM)
    placement = entry.placements[0]
    assert (entry.status, placement.price, placement.contracted_ads, entry.utm_campaign) == ("active", Decimal("25.50"), None, None)
    assert [code.code for code in placement.promo_codes] == ["POD20"]
    assert campaign_entry(FORM | {"code": ""}).placements[0].promo_codes == []


def test_each_wrong_field_gets_its_own_sentence() -> None:
    with pytest.raises(ValidationError) as raised:
        campaign_entry(FORM | {"name": "", "price": "a lot", "flight_start": "soon", "vanity_path": "no spaces"})
    said = field_errors(raised.value)
    assert said["name"] == "Fill this in."
    assert said["price"] == "Enter a number, as 25.00."
    assert said["flight_start"] == "Choose a day."
    assert said.keys() == {"name", "price", "flight_start", "vanity_path"}


def test_a_sponsor_entered_along_is_told_at_its_own_field() -> None:
    with pytest.raises(ValidationError) as raised:
        SponsorEntry.model_validate({})
    assert field_errors(raised.value) == {"sponsor_name": "Fill this in."}


def test_a_flight_that_ends_before_it_begins_is_told_at_its_last_day() -> None:
    with pytest.raises(ValidationError) as raised:
        campaign_entry(FORM | {"flight_end": "2026-04-01"})
    assert "expected the same day or a later one" in field_errors(raised.value)["flight_end"]


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (None, date(2026, 5, 11)),
        (date(2026, 5, 9), date(2026, 5, 11)),
        (date(2026, 1, 9), date(2026, 1, 9)),
        (date(2026, 6, 1), date(2026, 6, 1)),
    ],
)
def test_recent_days_end_today_unless_the_data_are_of_another_time(last: date | None, end: date) -> None:
    assert end_of_range(last, datetime(2026, 5, 11, 12, tzinfo=UTC)) == end
