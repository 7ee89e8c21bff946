"""What may follow what in a campaign's life, and who sees to it that it did."""

from collections.abc import Mapping
from uuid import UUID

from api.auth.principals import Principal
from api.campaigns.campaigns import get_detail, record_status, require_campaign
from api.campaigns.events import record_audit, record_event
from api.campaigns.models import CampaignDetail, StatusEntry
from api.database import Writer
from api.errors import Problem

ALLOWED: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"active", "cancelled"}),
    "active": frozenset({"paused", "completed", "cancelled"}),
    "paused": frozenset({"active", "completed", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
EVENTS = {"active": "campaign.activated", "completed": "campaign.completed"}


def change_status(c: Writer, who: Principal, campaign_id: UUID, entry: StatusEntry) -> CampaignDetail:
    """Move a campaign on, with its history row. Raises `conflict` where the step is not allowed.

    `completed` means that the flight has ended and the final report was generated (domain rules, section 9).
    """
    row = require_campaign(c, who, campaign_id, lock=True)
    before = row["status"]
    if entry.status not in ALLOWED[before]:
        allowed = " or ".join(sorted(ALLOWED[before])) or "no change any more"
        raise Problem("conflict", f"found a step from {before} to {entry.status}, expected {allowed}")
    if entry.status == "completed":
        _require_end(c, campaign_id)
    c.execute(
        "update app.campaigns set status = %s, updated_at = clock_timestamp() where campaign_id = %s", [entry.status, campaign_id]
    )
    record_status(c, who, campaign_id, before, entry.status, entry.reason)
    record_event(c, who, EVENTS.get(entry.status, "campaign.updated"), campaign_id, from_status=before, to_status=entry.status)
    record_audit(c, who, "change_status", "campaign", campaign_id, from_status=before, to_status=entry.status)
    return get_detail(c, who, campaign_id)


def _require_end(c: Writer, campaign_id: UUID) -> None:
    row = c.execute(
        """
        select
            c.flight_end < current_date as is_over,
            exists (
                select 1 from app.reports as r where r.campaign_id = c.campaign_id and r.is_final and r.status = 'succeeded'
            ) as has_final_report
        from app.campaigns as c
        where c.campaign_id = %s
        """,
        [campaign_id],
    ).fetchone()
    if row is None or not (row["is_over"] and row["has_final_report"]):
        raise Problem(
            "conflict",
            "found a campaign whose flight has not ended or whose final report was not generated, expected both: "
            "a campaign completes by itself when its final report is done; cancel it to end it early",
        )
