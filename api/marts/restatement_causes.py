"""Why published figures were changed: what builds recorded, by day."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from api.marts.warehouse import Reader

CAUSES = """
select day, cause
from ops.restatement
where campaign_id = any(%(campaign_ids)s) and restated_at > %(since)s
union
select r.day, r.cause
from ops.counting_restatements as r
inner join app.placements as p on p.tenant_id = r.tenant_id and p.show_id = r.show_id
where p.campaign_id = any(%(campaign_ids)s) and r.day between p.flight_start and p.flight_end and r.restated_at > %(since)s
order by day, cause
"""


def causes_since(c: Reader, campaign_ids: Sequence[UUID], since: datetime) -> dict[date, tuple[str, ...]]:
    """Why builds changed published credit and downloads of these campaigns after `since`, by the day that was changed."""
    found: dict[date, tuple[str, ...]] = {}
    for row in c.execute(CAUSES, {"campaign_ids": list(campaign_ids), "since": since}).fetchall():
        found[row["day"]] = (*found.get(row["day"], ()), row["cause"])
    return found
