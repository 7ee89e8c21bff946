"""What is wrong is said where people look: faults of collection on the site's page and under Product, and money without a rate."""

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.browser]
CAMPAIGN = "c0000000-0000-4000-8000-000000000001"
ALERTS = """
insert into ops.collection_alerts (tenant_id, site_id, kind, first_hour_at, last_hour_at, worst_value, threshold, run_id)
select
    s.tenant_id, s.site_id, k.kind, date_trunc('hour', now()) - interval '3 hours', date_trunc('hour', now()), k.worst, k.most, 't'
from app.sites as s
cross join (values ('loss', 0.083, 0.05), ('delay', 42.4, 5)) as k (kind, worst, most)
where s.tenant_id = %s
"""
APART = """{"JPY": {"conversions": 2, "amount_minor": 15800}, "GBP": {"conversions": 1, "amount_minor": 4999}}"""


@pytest.fixture
def faulty(site: Any) -> Iterator[str]:
    """The id of a site whose collection is at fault; the world is left as it was found."""
    site.execute(ALERTS, site.tenant_id)
    site.execute("update marts.campaign_performance set unconverted = %s where campaign_id = %s", APART, CAMPAIGN)
    yield site.get("/v1/sites")["items"][0]["site_id"]
    site.execute("delete from ops.collection_alerts")
    site.execute("update marts.campaign_performance set unconverted = '{}'")


@pytest.mark.parametrize("width", [1440, 390])
def test_faults_of_collection_are_shown_where_the_site_is(visit: Any, faulty: str, width: int) -> None:
    visit.sign_in().page.set_viewport_size({"width": width, "height": 900})
    for path in ("/product", f"/sites/{faulty}"):
        visit.open(path)
        banner = visit.page.locator("[data-alerts]")
        assert "8.3% of the numbered events of an hour were lost, the limit is 5%" in banner.inner_text()
        assert "came over 42\u202fs late, the limit is 5\u202fs" in banner.inner_text()
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    assert visit.complaints == []


def test_nothing_is_said_where_nothing_is_wrong(visit: Any, site: Any) -> None:
    visit.sign_in()
    for path in ("/product", f"/sites/{site.get('/v1/sites')['items'][0]['site_id']}", f"/campaigns/{CAMPAIGN}", "/"):
        visit.open(path)
        assert visit.page.locator("[data-alerts], [data-unconverted]").count() == 0


def test_money_without_a_rate_stands_apart_on_the_campaigns_page(visit: Any, faulty: str) -> None:
    assert faulty
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    said = visit.page.locator("[data-unconverted]").inner_text()
    assert "3 conversions worth £49.99 and ¥15,800 could not be converted" in said
