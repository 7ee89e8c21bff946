"""The campaign's page on what comes: the guarantee, reach, forecasts, and lift with its placebo on the same scale."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

CAMPAIGN = "c0000000-0000-4000-8000-000000000001"
LIFT = """
insert into marts.campaign_lift (
    tenant_id, campaign_id, sponsor_id, week_from, week_to, is_placebo, is_headline, design, verdict, reason, exposed_count,
    matched_count, control_count, exposed_conversions, control_conversions, detectable_lift, exposed_rate, control_rate, lift,
    lift_low, lift_high, incremental_conversions, incremental_low, incremental_high, split_tests, split_tests_positive,
    placebo_tests, placebo_tests_positive, model_version, seed, fitted_build_id, fitted_at
)
select
    c.tenant_id, c.campaign_id, c.sponsor_id, w.week_from, w.week_to, w.week_to <= 0, w.week_to - w.week_from > 1, 'matched',
    case when w.lift is null then 'too_little_power' else 'estimated' end,
    case when w.lift is null then 'a lift below 240%% would go unseen' else '' end, 1000, 900, 1500, 60, 50, 0.5,
    case when w.lift is not null then 0.06 end, case when w.lift is not null then 0.03 end, w.lift, w.lift - 0.5, w.lift + 0.7,
    case when w.lift is not null then 27 end, case when w.lift is not null then 11 end, case when w.lift is not null then 43 end,
    40, 2, 4, 0, 'lift-1', 7, gen_random_uuid(), now()
from app.campaigns as c
cross join (values (0, 4, 1.0), (0, 1, null), (1, 2, 0.8), (-4, 0, 0.02), (-1, 0, -0.1)) as w (week_from, week_to, lift)
where c.campaign_id = %s
on conflict do nothing
"""


@pytest.fixture
def page(site: Any, visit: Any) -> Any:
    site.execute(LIFT, CAMPAIGN)
    return visit.sign_in().open(f"/campaigns/{CAMPAIGN}")


def test_lift_stands_beside_its_placebo_and_says_what_is_not_known(page: Any) -> None:
    section = page.locator("#lift")
    said = section.locator("header p").first.inner_text()
    assert "900 matched households bought +100%" in said
    assert "In the four weeks before, where there can be none, it was +2%" in said
    assert section.locator("tr[data-placebo]").count() == 2
    assert "a lift below 240% would go unseen" in section.locator("#lift-weeks").inner_text()
    assert "2 false positives in 40 (5.0%" in section.locator("#lift-measured").inner_text()


def test_delivery_says_the_chance_or_why_there_is_none_and_whom_it_reached(page: Any) -> None:
    said = page.locator("#guarantee").inner_text()
    assert "guarantee" in said.lower()
    assert "Reach does not add up" in page.locator("#reach").inner_text()
    assert page.locator("#forecast").inner_text()
