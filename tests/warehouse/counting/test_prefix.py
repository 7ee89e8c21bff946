"""The platform's own prefix requests are counted by the same rules beside the logs, and never added to them."""

import hashlib
from datetime import timedelta
from typing import Any

# What the collector stores of a request that it sends on to the file.
REQUEST: dict[str, Any] = {
    "method": "GET", "status": 206, "range_header": None, "range_start": None, "range_end": None, "bytes_sent": None,
    "url": "/audio/one.mp3", "user_agent": "App/1", "user_agent_kind": "app", "user_agent_list_version": "agents-1",
    "is_watch": False, "key_epoch": 1, "ip_class": "household", "ip_prefix": "203.0.113.0/24", "ip_list_version": "ranges-1",
    "file_size": None, "header_bytes": None, "is_hls": False, "run_id": "test",
}  # fmt: skip


def add_prefix_requests(warehouse: Any, tenant: int, show: Any, rows: list[dict[str, Any]]) -> None:
    warehouse.insert(
        "raw.prefix_requests",
        [
            {
                **REQUEST, "tenant_id": tenant, "show_id": show, "media_key": f"{show}/one", "requested_at": warehouse.start,
                **{name: value for name, value in row.items() if name != "household"},
                "household_hash": hashlib.sha256(str(row.get("household", "home")).encode()).digest(),
            }
            for row in rows
        ],
    )  # fmt: skip


def ranged(start: int, end: int | None) -> dict[str, Any]:
    return {"range_header": f"bytes={start}-{'' if end is None else end}", "range_start": start, "range_end": end}


def daily(warehouse: Any, tenant: int) -> dict[tuple[str, str], int]:
    return {
        (source, window): downloads
        for source, window, downloads in warehouse.rows(
            "select source, counting_window, sum(downloads)::int from candidate.episode_downloads_daily where tenant_id = %s "
            "group by 1, 2",
            tenant,
        )
    }


def test_a_prefix_is_counted_beside_the_logs_and_its_probe_is_replaced(warehouse: Any) -> None:
    """Fails where both sources join one window, a probe counts beside what replaced it, or one tenant's rule is another's."""
    tenants = [warehouse.add_tenant() for _ in range(2)]
    warehouse.rows(
        "insert into app.counting_settings (tenant_id, counts_lone_probes, threshold_seconds) values (%s, true, 0) returning 1",
        tenants[1],
    )
    for tenant in tenants:
        show = warehouse.add_show(tenant)
        warehouse.add_episode(tenant, show, "one")
        # The same listener's file, seen twice: by the prefix and by the server.
        warehouse.add_requests(tenant, [{"media_key": f"{show}/one"}])
        later = warehouse.start + timedelta(seconds=5)
        add_prefix_requests(warehouse, tenant, show, [
            ranged(0, 1), {**ranged(0, None), "requested_at": later},
            {**ranged(0, 1), "household": "probes only"}, {**ranged(0, 99), "household": "a hundred bytes"},
        ])  # fmt: skip
    warehouse.build()
    assert daily(warehouse, tenants[0]) == {
        (source, window): 1 for source in ("logs", "prefix") for window in ("calendar", "first_touch", "last_touch")
    }
    assert daily(warehouse, tenants[1])["prefix", "first_touch"] == 3
    assert daily(warehouse, tenants[1])["logs", "first_touch"] == 1
    verdicts = warehouse.rows(
        "select coalesce(rejected_by, 'survives'), count(*)::int from intermediate.int_requests_judged "
        "where tenant_id = %s and source = 'prefix' group by 1 order by 1",
        tenants[0],
    )
    assert verdicts == [("probe", 1), ("survives", 3)]
