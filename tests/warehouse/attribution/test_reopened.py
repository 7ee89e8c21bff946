"""A merge, a split, a late touch, a recount and a setting re-open the conversions that they touch, by their names, and no other."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.marts.explanation import explain_conversion
from api.marts.models.explanation import Explanation
from api.marts.warehouse import Warehouse

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}
MARTS = (
    "attribution_credits",
    "attribution_conversions",
    "attribution_touches",
    "campaign_attribution_daily",
    "campaign_performance",
)


def marts(tenant: Any) -> dict[str, list[str]]:
    return {name: sorted(str(row) for row in tenant.rows(f"marts.{name}")) for name in MARTS}


def reopened(tenant: Any) -> dict[str, tuple[str, int, int]]:
    """Of the newest build, each re-opened order: its cause, and its touches before and after."""
    rows = tenant.execute(
        "select v.order_id, r.cause, r.touches_before, r.touches_after from ops.reopened_conversions as r "
        "inner join marts.attribution_conversions as v using (tenant_id, conversion_id) where r.tenant_id = %s "
        "and r.build_id = (select build_id from marts.builds order by published_at desc limit 1)",
        tenant.tenant_id,
    )
    return {row["order_id"]: (row["cause"], row["touches_before"], row["touches_after"]) for row in rows}


def restated(tenant: Any) -> set[str]:
    """The causes of the figures by campaign and day that the newest build restated."""
    rows = tenant.execute(
        "select distinct cause from ops.restatement where tenant_id = %s "
        "and build_id = (select build_id from marts.builds order by published_at desc limit 1)",
        tenant.tenant_id,
    )
    return {row["cause"] for row in rows}


def explained(tenant: Any, order: str) -> Explanation:
    conversion = next(row["conversion_id"] for row in tenant.conversions() if row["order_id"] == order)
    with Warehouse(tenant.url) as warehouse, warehouse.tenant(tenant.tenant_id) as c:
        return explain_conversion(c, conversion)


def decide(tenant: Any, action: str) -> None:
    link = tenant.rows("marts.identity_links")[0]
    tenant.insert(
        "app.identity_decisions", sponsor_id=link["sponsor_id"], link_id=link["link_id"], action=action, reason="not the same"
    )


@pytest.fixture
def tenants(tenant: Any, database_url: str) -> dict[str, Any]:
    """One account a cause, each with the same two buyers: one of a household that heard the ad, one who clicked."""
    found = {"merge": tenant}
    for name in ("late", "window", "counting", "refund", "still"):
        found[name] = type(tenant)(database_url, name).create()
    for t in found.values():
        t.placement(t.campaign("a"))
        t.exposure(T - 3 * HOUR)
        t.click("a", T - 2 * HOUR, person="ben")
        t.purchase(T, order="ben", person="ben")
        t.purchase(T, order="home", person="cleo", **HOME)
        t.click("a", T - 5 * HOUR, person="phone")
        t.event("Order Completed", T, user_id="dora", properties={"order_id": "dora", "total": "10.00"})
    return found


def test_each_cause_reopens_its_own_conversions_and_a_split_restores_the_rows(
    tenants: dict[str, Any], build: Callable[..., Any]
) -> None:
    build()
    assert all(reopened(t) == {} for t in tenants.values())
    apart = marts(tenants["merge"])

    tenants["merge"].event(None, T + HOUR, kind="identify", anonymous_id="phone", user_id="dora")
    tenants["late"].campaign("b")
    tenants["late"].click("b", T + 48 * HOUR, person="ben", client_at=T - HOUR, sent_at=T + 48 * HOUR)
    tenants["window"].execute(
        "insert into app.attribution_settings (tenant_id, click_window_s) values (%s, 3600)", tenants["window"].tenant_id
    )
    tenants["counting"].insert("app.counting_settings", volume_episodes_per_hour=0)
    tenants["refund"].refund(T + HOUR, order="ben", total="1.00")
    build()
    assert reopened(tenants["merge"]) == {"dora": ("identity_merge", 0, 1)}
    assert reopened(tenants["late"]) == {"ben": ("late_event", 1, 2)}
    assert reopened(tenants["window"]) == {"ben": ("setting", 1, 0)}
    assert reopened(tenants["counting"]) == {"home": ("recount", 1, 0)}
    assert reopened(tenants["refund"]) == reopened(tenants["still"]) == {}
    assert {name: restated(t) for name, t in tenants.items()} == {
        "merge": {"identity_merge"}, "late": {"late_event"}, "window": {"setting"}, "counting": {"recount"}, "refund": {"refund"},
        "still": set(),
    }  # fmt: skip
    together = marts(tenants["merge"])
    said = explained(tenants["merge"], "dora")
    (link,) = said.path[0].joined_by
    assert (link.link_kind, link.linked_at) == ("identify", T + HOUR)
    assert [(one.cause, one.touches_before, one.touches_after) for one in said.reopenings] == [("identity_merge", 0, 1)]
    assert explained(tenants["still"], "ben").path[0].joined_by == explained(tenants["still"], "ben").reopenings == []
    assert together != apart

    decide(tenants["merge"], "split")
    build()
    assert reopened(tenants["merge"]) == {"dora": ("identity_split", 1, 0)}
    assert restated(tenants["merge"]) == {"identity_split"}
    assert all(reopened(t) == {} and not restated(t) for name, t in tenants.items() if name != "merge")
    assert marts(tenants["merge"]) == apart
    assert tenants["merge"].rows("marts.identity_links")[0]["status"] == "split"
    said = explained(tenants["merge"], "dora")
    assert [(touch.reason, touch.matched_by) for touch in said.not_eligible] == [("merge_split", ["split"])]
    assert [one.cause for one in said.reopenings] == ["identity_split", "identity_merge"]

    decide(tenants["merge"], "rejoin")
    build("full")
    assert reopened(tenants["merge"]) == {"dora": ("identity_merge", 0, 1)}
    assert marts(tenants["merge"]) == together
    before = tenants["merge"].execute("select credit_before, credit_after from ops.reopened_conversions order by reopened_id")[0]
    assert set(before["credit_before"]) == {str(uuid.UUID(int=0))}
    assert before["credit_after"] != before["credit_before"]
