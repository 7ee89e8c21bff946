"""A parsed feed → raw.feeds_documents, raw.feeds_channels, raw.feeds_items, raw.feeds_snapshots.

Rows are versions by content, so that landing twice changes nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from assets.feeds.guids import one_guid_each
from assets.feeds.model import Feed, Item
from assets.feeds.snapshots import land_snapshot
from assets.lib.copy import copy_rows
from assets.lib.ids import version_key

ITEM_COLUMNS = (
    "tenant_id", "show_id", "episode_guid", "content_sha256", "title", "published_at", "enclosure_url", "media_key",
    "enclosure_type", "enclosure_bytes", "duration_s", "payload", "fetched_at", "run_id",
)  # fmt: skip
# Which content a row holds, apart from the key under which it landed (see ids.version_key).
CONTENT = "hostread_content"


@dataclass(frozen=True)
class Landed:
    """How many rows one landing wrote; items that were there already are not among them."""

    documents: int
    channels: int
    items: int
    snapshots: int = 0


def land_feed(
    connection: psycopg.Connection[Any],
    tenant_id: int,
    show_id: UUID,
    feed: Feed,
    body: bytes,
    *,
    content_type: str | None,
    fetched_at: datetime,
    run_id: str,
) -> Landed:
    """Land what is new in `feed`, in one transaction. The document itself is kept where it brought anything new: a feed whose
    only change is its lastBuildDate would else be stored at every fetch."""
    with connection.transaction():
        # One landing of a show at a time: two would each see no newest version.
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"feeds {tenant_id} {show_id}"])
        channels = _land_channel(connection, tenant_id, show_id, feed, fetched_at, run_id)
        told_apart, items = _land_items(connection, tenant_id, show_id, feed.items, fetched_at, run_id)
        snapshots = land_snapshot(connection, tenant_id, show_id, told_apart, feed.unknown_elements, fetched_at, run_id)
        documents = 0
        if channels or items:
            documents = connection.execute(
                "insert into raw.feeds_documents (tenant_id, show_id, document_sha256, body, content_type, fetched_at, run_id) "
                "values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                [tenant_id, show_id, hashlib.sha256(body).digest(), body, content_type, fetched_at, run_id],
            ).rowcount
    return Landed(documents, channels, items, snapshots)


def _land_channel(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, feed: Feed, fetched_at: datetime, run_id: str
) -> int:
    versions = connection.execute(
        "select content_sha256, payload ->> %s from raw.feeds_channels where tenant_id = %s and show_id = %s "
        "order by fetched_at desc, xact desc",
        [CONTENT, tenant_id, show_id],
    ).fetchall()
    channel = feed.channel
    latest_key, latest_content = _newest(versions)
    key = version_key(channel.content_sha256, latest_content, latest_key, {row[0] for row in versions})
    if key is None:
        return 0
    connection.execute(
        "insert into raw.feeds_channels (tenant_id, show_id, content_sha256, title, podcast_guid, language, payload, fetched_at, "
        "run_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            tenant_id, show_id, key, channel.title, channel.podcast_guid, channel.language,
            Jsonb({**channel.payload, CONTENT: channel.content_sha256.hex()}), fetched_at, run_id,
        ],
    )  # fmt: skip
    return 1


def _land_items(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, items: Sequence[Item], fetched_at: datetime, run_id: str
) -> tuple[list[Item], int]:
    """The items under the GUIDs that they land under, and how many rows were new."""
    versions: dict[str, list[tuple[bytes, str | None]]] = {}
    files: dict[str, set[str | None]] = {}
    for guid, key, content, media in connection.execute(
        "select episode_guid, content_sha256, payload ->> %s, media_key from raw.feeds_items where tenant_id = %s and show_id = %s "
        "order by fetched_at desc, xact desc",
        [CONTENT, tenant_id, show_id],
    ):
        versions.setdefault(guid, []).append((key, content))
        files.setdefault(guid, set()).add(media)
    told_apart = list(one_guid_each(items, files))
    rows = []
    landed: set[str] = set()
    for item in told_apart:
        known = versions.get(item.episode_guid, [])
        latest_key, latest_content = _newest(known)
        new_key = version_key(item.content_sha256, latest_content, latest_key, {row[0] for row in known})
        # An item that stands twice in one document lands once: which of the two is newer cannot be said.
        if new_key is None or item.episode_guid in landed:
            continue
        landed.add(item.episode_guid)
        payload = Jsonb({**item.payload, CONTENT: item.content_sha256.hex()})
        rows.append((
            tenant_id, show_id, item.episode_guid, new_key, item.title, item.published_at, item.enclosure_url, item.media_key,
            item.enclosure_type, item.enclosure_bytes, item.duration_s, payload, fetched_at, run_id,
        ))  # fmt: skip
    return told_apart, copy_rows(connection, "raw.feeds_items", ITEM_COLUMNS, rows) if rows else 0


def _newest(versions: Sequence[tuple[bytes, str | None]]) -> tuple[bytes | None, bytes | None]:
    if not versions:
        return None, None
    key, content = versions[0]
    return key, bytes.fromhex(content) if content else key
