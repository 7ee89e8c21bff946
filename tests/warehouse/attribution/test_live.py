"""The live view: what is acknowledged is in the answer at once, and the next build changes no figure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}


def figures(tenant: Any, live: bool) -> dict[str, dict[str, Any]]:
    return {key: {name: value for name, value in row.items() if name != "is_live"} for key, row in tenant.performance(live).items()}


def test_the_tail_shows_what_the_next_build_builds(tenant: Any, build: Callable[..., Any]) -> None:
    a, b, c = tenant.campaign("a"), tenant.campaign("b"), tenant.campaign("c")
    tenant.placement(a)
    tenant.placement(b, vanity="/show")
    tenant.code(c, "POD")
    tenant.exposure(T - 5 * HOUR)
    tenant.purchase(T - 4 * HOUR, order="built", person="ben", **HOME)
    first = tenant.click("a", T - 4 * HOUR, person="cleo")
    build()
    assert figures(tenant, live=True) == figures(tenant, live=False)
    assert not any(row["is_live"] for row in tenant.performance(live=True).values())

    tenant.click("a", T - 4 * HOUR, person="cleo", message_id=first)
    tenant.purchase(T, order="by_click", total="1.00", person="cleo")
    tenant.event(None, T, anonymous_id="dan", context={"page": {"path": "/show"}})
    tenant.purchase(T + HOUR, order="by_vanity", total="2.00", person="dan")
    tenant.purchase(T + HOUR, order="by_code", total="3.00", person="eve", properties={"coupon": "p-o-d"})
    tenant.purchase(T + HOUR, order="by_household", total="4.00", person="fay", **HOME)
    tenant.purchase(T + HOUR, order="by_own_link", total="5.00", person="gus", context={"campaign": {"name": "b"}})
    tenant.purchase(T + 2 * HOUR, order="by_nothing", total="6.00", person="hal")
    tenant.purchase(T + 2 * HOUR, order="built", total="100.00", person="ben", **HOME)
    tenant.purchase(T + 2 * HOUR, order="by_click", total="1.00", person="cleo")
    # The path of cleo began anew with her purchase.
    tenant.purchase(T + 3 * HOUR, order="second", total="8.00", person="cleo")
    tenant.refund(T + 3 * HOUR, order="by_click", total="0.25")
    tenant.refund(T + 3 * HOUR, order="built")
    live, credit = figures(tenant, live=True), tenant.credited(live=True)
    assert all(row["is_live"] for row in tenant.performance(live=True).values())
    assert live[str(c)]["code_conversions"] == 1
    assert live[str(a)]["click_conversions"] == 1
    build()
    assert figures(tenant, live=False) == live
    assert figures(tenant, live=True) == live
    assert tenant.credited() == credit


def test_a_campaign_entered_since_the_build_is_there_with_its_events(tenant: Any, build: Callable[..., Any]) -> None:
    tenant.campaign("old")
    build()
    new = str(tenant.campaign("new"))
    assert tenant.performance(live=True)[new]["visits"] == 0
    tenant.click("new", T)
    row = tenant.performance(live=True)[new]
    assert (row["visits"], row["is_live"], row["first_event_at"]) == (1, True, T)
    tenant.execute("insert into app.tenants (slug, name) values ('other', 'Other')")
    with psycopg.connect(tenant.url, options="-c role=hostread_reader") as connection:
        assert connection.execute("select count(*) from marts.campaign_performance_live").fetchone() == (0,)
        connection.execute("select set_config('hostread.tenant_id', '2', true)")
        assert connection.execute("select count(*) from marts.campaign_performance_live").fetchone() == (0,)


def test_of_a_message_the_first_delivery_is_seen(tenant: Any, build: Callable[..., Any]) -> None:
    """A tail that looks for links alone: a message that first came without one, and was sent again with it, is no visit."""
    campaign = str(tenant.campaign("a"))
    build()
    plain = tenant.event(None, T, anonymous_id="anna", context={"page": {"path": "/shelf"}})
    tenant.click("a", T + HOUR, message_id=plain)
    linked = tenant.click("a", T, person="ben")
    tenant.event(None, T + HOUR, anonymous_id="ben", context={"page": {"path": "/shelf"}}, message_id=linked)
    tenant.click("a", T, person="cleo", message_id=" ")
    assert tenant.performance(live=True)[campaign]["visits"] == 1
    live = figures(tenant, live=True)
    build()
    assert figures(tenant, live=False) == live


def test_live_and_built_columns_are_of_the_same_types(tenant: Any, build: Callable[..., Any]) -> None:
    build()
    columns = (
        "select a.attname, format_type(a.atttypid, a.atttypmod) as kind from pg_attribute as a "
        "where a.attrelid = %s::regclass and a.attnum > 0 and a.attname <> 'is_live' order by a.attnum"
    )
    built = tenant.execute(columns, "marts.campaign_performance")
    assert tenant.execute(columns, "marts.campaign_performance_live") == built
