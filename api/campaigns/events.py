"""Two traces of every change: a product event (what people did: TTFV, completion) and an audit row (who changed what)."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from api.auth.principals import Principal
from api.database import Writer


def record_event(c: Writer, who: Principal, name: str, campaign_id: UUID | None = None, **properties: Any) -> None:
    """One row in app.product_events, at the server's time, in the caller's transaction."""
    c.execute(
        "insert into app.product_events (tenant_id, user_id, campaign_id, event_name, properties) values (%s, %s, %s, %s, %s)",
        [who.tenant_id, who.user_id, campaign_id, name, Jsonb(properties)],
    )


def record_once(c: Writer, who: Principal, name: str, campaign_id: UUID, minutes: int | None = 60, **properties: Any) -> bool:
    """As `record_event`, unless this user did the same to this campaign in the last `minutes` (None: ever, whoever it was)."""
    done = c.execute(
        """
        insert into app.product_events (tenant_id, user_id, campaign_id, event_name, properties)
        select %(tenant_id)s, %(user_id)s, %(campaign_id)s, %(name)s, %(properties)s
        where not exists (
            select 1
            from app.product_events as e
            where
                e.campaign_id = %(campaign_id)s and e.event_name = %(name)s
                and (
                    %(minutes)s::integer is null
                    or (
                        e.user_id is not distinct from %(user_id)s
                        and e.occurred_at > now() - make_interval(mins => %(minutes)s)
                        and e.properties @> %(properties)s
                    )
                )
        )
        """,
        {
            "tenant_id": who.tenant_id, "user_id": who.user_id, "campaign_id": campaign_id, "name": name,
            "properties": Jsonb(properties), "minutes": minutes,
        },
    )  # fmt: skip
    return done.rowcount > 0


def record_audit(c: Writer, who: Principal, action: str, subject_kind: str, subject_id: object, **detail: Any) -> None:
    """Name a deed in app.audit_log: who did what to which thing. The change itself the database's trigger has written, with the
    values before and after; a deed without one gets a row. `detail` holds no secret."""
    c.execute(
        "select app.record_action(%s, %s, %s, %s, %s, %s)",
        [who.actor_kind, who.actor_id, action, subject_kind, str(subject_id), Jsonb(detail)],
    )
