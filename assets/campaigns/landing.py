"""Values → rows of raw.campaigns_orders and raw.campaigns_spend: versions by content, the newest of which counts."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from assets.campaigns.parse import Order, Spend
from assets.lib.copy import copy_rows
from assets.lib.ids import version_key

ORDER_COLUMNS = (
    "tenant_id", "sponsor_id", "order_id", "content_sha256", "ordered_at", "value_minor", "currency", "promo_code", "payload",
    "refunded_minor", "run_id",
)  # fmt: skip
SPEND_COLUMNS = (
    "tenant_id", "sponsor_id", "show_id", "spend_date", "content_sha256", "currency", "spend_minor", "ads_delivered",
    "conversion_count", "revenue_minor", "run_id",
)  # fmt: skip


def land_orders(connection: psycopg.Connection[Any], tenant_id: int, values: Iterable[Order], run_id: str) -> int:
    # The last row of an order in a file is what the file says of it.
    orders = {(order.sponsor_id, order.order_id): order for order in values}
    versions = _versions(
        connection,
        "select sponsor_id, order_id, content_sha256 from raw.campaigns_orders where tenant_id = %s order by loaded_at, xact",
        tenant_id,
    )
    rows = []
    for key, order in orders.items():
        sha256 = _new_key(order.content, versions.get(key, []))
        if sha256 is not None:
            rows.append((
                tenant_id, order.sponsor_id, order.order_id, sha256, order.ordered_at, order.value_minor, order.currency,
                order.promo_code, Jsonb(dict(order.payload)), order.refunded_minor, run_id,
            ))  # fmt: skip
    return copy_rows(connection, "raw.campaigns_orders", ORDER_COLUMNS, rows) if rows else 0


def land_spend(connection: psycopg.Connection[Any], tenant_id: int, values: Iterable[Spend], run_id: str) -> int:
    spends = {(one.sponsor_id, one.show_id, one.spend_date): one for one in values}
    versions = _versions(
        connection,
        "select sponsor_id, show_id, spend_date, content_sha256 from raw.campaigns_spend where tenant_id = %s "
        "order by loaded_at, xact",
        tenant_id,
    )
    rows = []
    for key, one in spends.items():
        sha256 = _new_key(one.content, versions.get(key, []))
        if sha256 is not None:
            rows.append((
                tenant_id, *key, sha256, one.currency, one.spend_minor, one.ads_delivered, one.conversion_count, one.revenue_minor,
                run_id,
            ))  # fmt: skip
    return copy_rows(connection, "raw.campaigns_spend", SPEND_COLUMNS, rows) if rows else 0


def _versions(connection: psycopg.Connection[Any], query: str, tenant_id: int) -> dict[tuple[Any, ...], list[bytes]]:
    """The content keys of each row's versions, oldest first."""
    versions: dict[tuple[Any, ...], list[bytes]] = {}
    for *key, sha256 in connection.execute(query, [tenant_id]):
        versions.setdefault(tuple(key), []).append(bytes(sha256))
    return versions


def _new_key(content: bytes, versions: Sequence[bytes]) -> bytes | None:
    """The key of a new version, or None where the newest says the same. A value that came back (A, B, A) has a chained key, which
    is recognised by chaining again."""
    if not versions:
        return content
    chained = {version_key(content, None, before, {content}) for before in versions[:-1]}
    if versions[-1] == content or versions[-1] in chained:
        return None
    return version_key(content, None, versions[-1], set(versions))
