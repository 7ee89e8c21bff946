"""What people have seen of the verdicts on saturation."""

from uuid import UUID

from api.auth.principals import Principal
from api.database import Writer
from api.errors import not_found


def mark_seen(c: Writer, who: Principal, verdict_id: UUID) -> None:
    """No banner shows it any more. The first to see it stays named; raises `not-found`."""
    done = c.execute(
        "update ops.saturation_verdicts set seen_at = coalesce(seen_at, now()), seen_by = coalesce(seen_by, %s) "
        "where verdict_id = %s and previous_verdict is not null",
        [who.name, verdict_id],
    )
    if done.rowcount == 0:
        raise not_found("changed verdict", verdict_id)
