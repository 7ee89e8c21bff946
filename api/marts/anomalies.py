"""Anomalies of the account's shows, in words and numbers, from marts.download_anomalies."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.keyset import Order, Window
from api.marts.models.quality import Anomalies, Anomaly
from api.marts.warehouse import Reader

FOUND = """
select
    a.show_id, s.title as show_title, a.day, a.kind, a.observed, a.expected, a.score, a.downloads, a.baseline_days, a.user_agent,
    encode(a.household_hash, 'hex') as household, a.is_excluded, a.reason, a.decided_by, a.decided_at
from marts.download_anomalies as a
inner join app.shows as s on s.tenant_id = a.tenant_id and s.show_id = a.show_id
where
    (%(show_id)s::uuid is null or a.show_id = %(show_id)s)
    and (%(first_day)s::date is null or a.day >= %(first_day)s) and (%(last_day)s::date is null or a.day <= %(last_day)s)
    and (%(day)s::date is null or a.day = %(day)s) and (%(kind)s::text is null or a.kind = %(kind)s)
"""
FIRST = Window(limit=500)
NEWEST = Order("day date desc", "show_id uuid", "kind text")


def anomalies(
    c: Reader, *, show_id: UUID | None = None, first_day: date | None = None, last_day: date | None = None,
    day: date | None = None, kind: str | None = None, page: Window = FIRST,
) -> Anomalies:  # fmt: skip
    """A page of those of the days asked for (UTC, both included), newest first."""
    chosen = {"show_id": show_id, "first_day": first_day, "last_day": last_day, "day": day, "kind": kind}
    build = current_build(c)
    found = NEWEST.read(c, FOUND, chosen, page).map(lambda row: Anomaly(**row, explanation=explain(row)))
    return Anomalies(build=build, items=found.items, next_cursor=found.next_cursor)


def explain(row: Mapping[str, Any]) -> str:
    """One sentence with the numbers behind an anomaly."""
    observed, expected, downloads = round(row["observed"] or 0), round(row["expected"] or 0), row["downloads"]
    compared = f"the {row['baseline_days']} days like it before" if row["baseline_days"] else "what it says itself"
    match row["kind"]:
        case "spike" | "drop":
            return f"{observed:,} downloads where {compared} let expect {expected:,}"
        case "household_dominates":
            return (
                f"one household made {observed:,} of {downloads:,} downloads; the strongest one of a day usually makes {expected:,}"
            )
        case "agent_dominates":
            return f"{row['user_agent']} made {observed:,} of {downloads:,} downloads; by its usual share it would be {expected:,}"
        case _ if not row["baseline_days"]:
            return f"{observed:,} streams of a minute or more where only {expected:,} plays began"
    return f"{observed:,} of {downloads:,} downloads were sent every byte, where {expected:,} are usual"
