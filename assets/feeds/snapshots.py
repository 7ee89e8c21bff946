"""What a feed lists → raw.feeds_snapshots: one row whenever the list, its counts or its unknown elements changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from assets.feeds.model import Item
from assets.lib.ids import digest


def land_snapshot(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, items: Sequence[Item], unknown: Sequence[str],
    fetched_at: datetime, run_id: str,
) -> int:  # fmt: skip
    """In the landing's transaction; returns the rows written, 0 or 1. The order of the items in the feed is no change."""
    guids = sorted({item.episode_guid for item in items})
    with_enclosure = len({item.episode_guid for item in items if item.enclosure_url})
    with_duration = len({item.episode_guid for item in items if item.duration_s})
    names = sorted(unknown)
    content = digest([guids, with_enclosure, with_duration, names])
    return connection.execute(
        "insert into raw.feeds_snapshots (tenant_id, show_id, content_sha256, item_count, enclosure_count, duration_count, "
        "episode_guids, unknown_elements, fetched_at, run_id) select %s, %s, %s, %s, %s, %s, %s, %s, %s, %s where %s is distinct "
        "from (select content_sha256 from raw.feeds_snapshots where tenant_id = %s and show_id = %s "
        "order by fetched_at desc, xact desc limit 1) on conflict do nothing",
        [
            tenant_id, show_id, content, len(guids), with_enclosure, with_duration, guids, names, fetched_at, run_id, content,
            tenant_id, show_id,
        ],
    ).rowcount  # fmt: skip
