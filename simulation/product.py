"""Product events: what each user did, consistent with the campaigns as they stand."""

from typing import Any

from simulation.chance import identifier, stream
from simulation.clock import DAY, HOUR, MINUTE, SECOND, iso, parse_now
from simulation.friction import Row as Trouble
from simulation.model import Campaign
from simulation.users import User

Row = dict[str, Any]


def make_product_events(
    users: list[User], campaigns: list[Campaign], finals: dict[str, int | None], friction: list[Trouble], seed: int, now: int
) -> list[Row]:
    """All events up to `now`, in order of time; `friction` are those of simulation.friction."""
    rows: list[Row] = []
    for user in users:
        rng = stream(seed, user.user_id, "product")
        _add(rows, now, "user.registered", user.registered_at, user.user_id, None, {})
        for _ in range(rng.randrange(0, 9)):
            _add(rows, now, "user.logged_in", user.registered_at + rng.randrange(1, 2_000) * HOUR, user.user_id, None, {})
    for campaign in campaigns:
        _add_campaign(rows, campaign, finals[campaign.campaign_id], seed, now)
    for name, moment, user_id, campaign_id, properties in friction:
        _add(rows, now, name, moment, user_id, campaign_id, properties)
    rows.sort(key=lambda row: (row["occurred_at"], row["event_id"]))
    return rows


def _add_campaign(rows: list[Row], campaign: Campaign, final_at: int | None, seed: int, now: int) -> None:
    rng = stream(seed, campaign.campaign_id, "product")
    user, about, created = campaign.created_by, campaign.campaign_id, campaign.created_at
    _add(rows, now, "campaign.created", created, user, about, {})
    if not campaign.placements:
        return
    _add(rows, now, "campaign.updated", created + rng.randrange(60, 3_000) * SECOND, user, about, {"fields": ["placements"]})
    if rng.random() < 0.93:
        _add(
            rows, now, "attribution.configured", created + rng.randrange(2, 50) * MINUTE, user, about, {"snippet": "attribution.js"}
        )
    activated = [parse_now(change["changed_at"] or "") for change in campaign.status_history if change["to_status"] == "active"]
    if not activated:
        return
    _add(rows, now, "campaign.activated", activated[0], user, about, {})
    start = max(activated[0], campaign.flight_start * DAY)
    if rng.random() < 0.92 or final_at:
        for _ in range(rng.randrange(1, 7)):
            _add(rows, now, "analytics.viewed", start + rng.randrange(60, 60 * 24 * 20) * MINUTE, user, about, {"page": "campaign"})
    if rng.random() < 0.6:
        _add_report(rows, now, campaign, start + rng.randrange(3, 12) * DAY, is_final=False)
    if final_at is not None:
        _add_report(rows, now, campaign, final_at, is_final=True)
        _add(rows, now, "campaign.completed", final_at + 2 * SECOND, None, about, {"final_report": True})


def _add_report(rows: list[Row], now: int, campaign: Campaign, generated_at: int, *, is_final: bool) -> None:
    user, about = campaign.created_by, campaign.campaign_id
    detail = {"report_id": identifier(about, generated_at, "report"), "is_final": is_final}
    _add(rows, now, "report.requested", generated_at - 4 * SECOND, user, about, detail)
    _add(rows, now, "report.generated", generated_at, user, about, detail)
    _add(rows, now, "report.downloaded", generated_at + 90 * SECOND, user, about, {**detail, "format": "pdf"})


def _add(rows: list[Row], now: int, name: str, moment: int, user_id: str | None, campaign_id: str | None, properties: Row) -> None:
    if moment <= now:
        rows.append(
            {
                "event_id": identifier(name, moment, user_id, campaign_id, len(rows)),
                "user_id": user_id,
                "campaign_id": campaign_id,
                "event_name": name,
                "occurred_at": iso(moment),
                "properties": properties,
            }
        )
