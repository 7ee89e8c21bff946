"""Where people stop, repeat or fail: events beside the truth of them, apart from everything else's chance."""

from typing import Any

from simulation.chance import stream
from simulation.clock import DAY, MINUTE, SECOND
from simulation.model import Campaign
from simulation.users import User

Row = tuple[str, int, str | None, str | None, dict[str, Any]]
Truth = tuple[str, str, str]
# Who has not made a campaign a week after registering has stopped there.
GIVEN_UP_AFTER = 7 * DAY


def make_friction(users: list[User], campaigns: list[Campaign], seed: int, now: int) -> tuple[list[Row], list[Truth]]:
    """(events: name, moment, user, campaign, properties; truth: kind, step, who or what it hit), each event not after `now`."""
    rows: list[Row] = []
    truth: list[Truth] = [
        ("stop", "user_registered", user.user_id)
        for user in users
        if user.first_campaign_at is None and user.registered_at + GIVEN_UP_AFTER <= now
    ]
    for campaign in campaigns:
        for kind, step, at, events in _troubles(campaign, seed):
            if at + 10 * MINUTE > now:
                continue
            rows += events
            truth.append((kind, step, campaign.created_by if kind == "fail" else campaign.campaign_id))
    return rows, truth


def _troubles(campaign: Campaign, seed: int) -> list[tuple[str, str, int, list[Row]]]:
    """What goes wrong around one campaign: (kind, step, when it is over, its events)."""
    rng = stream(seed, campaign.campaign_id, "friction")
    user, about, made = campaign.created_by, campaign.campaign_id, campaign.created_at
    found: list[tuple[str, str, int, list[Row]]] = []
    if rng.random() < 0.25:  # the form was wrong once or twice before it was right
        refused: list[Row] = [
            ("campaign.create_failed", made - (n + 1) * 20 * SECOND, user, None, {"code": "invalid", "status": 422})
            for n in range(rng.choice((1, 2)))
        ]
        found.append(("fail", "create_campaign", made, refused))
    if rng.random() < 0.2:  # changed again and again
        start = made + rng.randrange(60, 900) * MINUTE
        changes: list[Row] = [
            ("campaign.updated", start + n * 100 * SECOND, user, about, {"fields": ["flight_end"]})
            for n in range(rng.randrange(3, 6))
        ]
        found.append(("repeat", "change_campaign", start + 500 * SECOND, changes))
    if rng.random() < 0.1:
        start = made + rng.randrange(1_000, 9_000) * MINUTE
        found.append(
            ("fail", "view_analytics", start, [("analytics.view_failed", start, user, about, {"code": "internal", "status": 500})])
        )
    return found
