"""Charts of the collection: what came in by day and what became of it, and what was lost (domain rules, section 9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from api.dashboard import formats
from api.dashboard.charts import Chart, Series, Unit, Value
from api.dashboard.rendering import Tile
from api.marts.models.collection import Collection, CollectionHour

TARGET_LOSS = 0.05
TARGET_DELAY_S = 5


def tiles(found: Collection) -> list[Tile]:
    """The whole range: what came, what was lost of what pages numbered, how late the latest hour in twenty was, and the alerts."""
    received, accepted = sum(s.received_count for s in found.sites), sum(s.accepted_count for s in found.sites)
    numbered, lost = sum(s.numbered_count for s in found.sites), sum(s.lost_count for s in found.sites)
    delays = [hour.delay_p95_s for hour in found.hours if hour.delay_p95_s is not None]
    alerts = sum(site.alert_hours for site in found.sites)
    loss = lost / numbered if numbered else None
    return [
        Tile("Received", formats.number(received), f"{formats.rate(accepted / received)} accepted" if received else "nothing came"),
        Tile(
            "Lost on the way", formats.rate(loss, 2), f"{formats.number(lost)} of {formats.number(numbered)} numbered; under 5%"
            if numbered else "no page numbered its events",
        ),
        Tile("Worst hour's delay, p95", formats.duration(max(delays, default=None)), f"target under {TARGET_DELAY_S} s"),
        Tile("Hours with an alert", formats.number(alerts), "loss of 5% or more, or p95 over 5 s"),
    ]  # fmt: skip


def by_day(hours: Sequence[CollectionHour]) -> Chart:
    """Events by UTC day of receipt, stacked: received = accepted + quarantined + refused."""
    days = _sums(hours, "accepted_count", "quarantined_count", "refused_count")
    return Chart(
        "collection-days", "Received by day", list(days),
        [
            Series("Accepted", [day[0] for day in days.values()]),
            Series("Quarantined", [day[1] for day in days.values()], tone="2"),
            Series("Refused", [day[2] for day in days.values()], tone="muted"),
        ],
        is_stacked=True, empty_text="No event has been received in these days.",
    )  # fmt: skip


def loss_by_day(hours: Sequence[CollectionHour]) -> Chart:
    """The share of what attribution.js numbered that never arrived, beside the target; a day without numbered events is a gap."""
    days = _sums(hours, "lost_count", "numbered_count")
    rates: list[Value] = [lost / numbered if numbered else None for lost, numbered in days.values()]
    return Chart(
        "collection-loss", "Lost on the way, by day", list(days),
        [
            Series("Loss", rates, form="line"),
            Series("Target", [TARGET_LOSS for _ in days], tone="muted", form="line", is_dashed=True),
        ],
        unit=Unit("rate"), note="attribution.js numbers its events, so what never arrived is known. Other clients number nothing.",
        empty_text="No page has numbered its events in these days.",
    )  # fmt: skip


def _sums(hours: Sequence[CollectionHour], *names: str) -> dict[date, list[int]]:
    days: dict[date, list[int]] = defaultdict(lambda: [0] * len(names))
    for hour in hours:
        day = days[hour.hour_at.date()]
        for index, name in enumerate(names):
            day[index] += getattr(hour, name)
    return dict(sorted(days.items()))
