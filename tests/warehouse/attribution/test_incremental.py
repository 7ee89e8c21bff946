"""Builds that follow each other give what one build of everything gives."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}
MARTS = (
    "attribution_credits", "attribution_conversions", "attribution_touches", "campaign_attribution_daily", "campaign_performance",
    "campaign_roi", "campaign_delivery_daily",
)  # fmt: skip


def marts(tenant: Any) -> dict[str, list[str]]:
    return {name: sorted(str(row) for row in tenant.rows(f"marts.{name}")) for name in MARTS}


def test_incremental_builds_equal_a_full_rebuild(tenant: Any, build: Callable[..., Any]) -> None:
    campaign = tenant.campaign("a")
    tenant.placement(campaign)
    tenant.purchase(T, total="10.00", **HOME)
    message = tenant.click("a", T - 2 * HOUR)
    build()
    assert [row["touch_kind"] for row in tenant.credits()] == ["click"]

    # Late: an exposure and a click from before the conversion re-open it.
    tenant.exposure(T - 3 * HOUR)
    tenant.click("a", T + 48 * HOUR, client_at=T - HOUR, sent_at=T + 48 * HOUR)
    build()
    assert [row["touch_kind"] for row in tenant.credits()] == ["exposure", "click", "click"]

    # The same again, out of order, changes nothing; nor does an empty build.
    before = marts(tenant)
    tenant.click("a", T - 2 * HOUR, message_id=message)
    tenant.purchase(T, total="10.00", message_id="m1", **HOME)
    build()
    assert marts(tenant) == before
    build("full")
    assert marts(tenant) == before


def test_a_held_build_is_built_again(tenant: Any, build: Callable[..., Any]) -> None:
    tenant.campaign("a")
    build()
    tenant.click("a", T - HOUR)
    tenant.purchase(T)
    build()
    # A key of this build whose delivery does not exist: its message is admitted by nobody.
    tenant.execute(
        "insert into intermediate.admitted_keys (tenant_id, message_key, body_key, event_id, xact) "
        "select %s, ops.message_key(%s, %s, 'forged'), gen_random_uuid(), -1, pg_current_xact_id()",
        tenant.tenant_id,
        tenant.tenant_id,
        tenant.site,
    )
    tenant.purchase(T + HOUR, order="o3", total="9.00", message_id="forged")
    tenant.purchase(T + HOUR, order="o2", total="7.00")
    held = build(expect="held")
    assert "attribution_events_admitted_once" in {check["name"] for check in held.failed_checks}
    assert [row["order_id"] for row in tenant.conversions()] == ["o1"]
    tenant.execute("delete from intermediate.admitted_keys where event_id = -1")
    build()
    assert {row["order_id"] for row in tenant.conversions()} == {"o1", "o2", "o3"}
