"""An episode's history can be read: what changed and when, what holds now, and whether the feed still has it."""

import uuid
from datetime import timedelta
from typing import Any

SELECT = ("stg_feeds__episode_versions", "stg_feeds__episodes")


def test_versions_in_order_with_what_changed_and_the_newest_is_the_episode(warehouse: Any) -> None:
    tenant = warehouse.add_tenant()
    show: uuid.UUID = warehouse.add_show(tenant)
    days = [warehouse.start + timedelta(days=number) for number in range(4)]
    versions: list[dict[str, Any]] = [
        {"title": "A"}, {"title": "B"}, {"title": "B", "media_key": "new/b.mp3", "duration_s": 60}, {"title": "A"},
    ]  # fmt: skip
    for at, version in zip(days, versions, strict=True):
        warehouse.add_episode(tenant, show, "e-1", fetched_at=at, **version)
    warehouse.add_episode(tenant, show, "gone", fetched_at=days[0])
    snapshot = {"content_sha256": b"h" * 32, "enclosure_count": 1, "duration_count": 1, "unknown_elements": [], "run_id": "test"}
    warehouse.insert(
        "raw.feeds_snapshots",
        [
            {"tenant_id": tenant, "show_id": show, "item_count": len(guids), "episode_guids": guids, "fetched_at": at, **snapshot}
            for at, guids in ((days[0], ["e-1", "gone"]), (days[3], ["e-1"]))
        ],
    )
    warehouse.build(select=SELECT, publish=False)
    found = warehouse.rows(
        "select version_number, title, valid_from_at, valid_to_at, is_current, is_title_changed, is_enclosure_changed, "
        "is_duration_changed, is_listed from staging.stg_feeds__episode_versions where tenant_id = %s and episode_guid = 'e-1' "
        "order by version_number",
        tenant,
    )
    assert found == [
        (1, "A", days[0], days[1], False, False, False, False, True),
        (2, "B", days[1], days[2], False, True, False, False, True),
        (3, "B", days[2], days[3], False, False, True, True, True),
        (4, "A", days[3], None, True, True, True, True, True),
    ]
    current = (
        "select v.title, e.title, v.media_key = e.media_key, v.is_listed from staging.stg_feeds__episode_versions as v "
        "inner join staging.stg_feeds__episodes as e using (tenant_id, show_id, episode_guid) "
        "where v.tenant_id = %s and v.is_current order by episode_guid"
    )
    # What left the feed is an episode still, and no longer listed.
    assert warehouse.rows(current, tenant) == [("A", "A", True, True), ("gone", "gone", True, False)]
