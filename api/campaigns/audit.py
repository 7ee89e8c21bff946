"""What was changed in an account, by whom, from what to what: read back, newest first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.campaigns.paging import After
from api.database import Writer

ENTRIES = """
select
    a.audit_id, a.occurred_at, a.actor_kind, a.actor_id, a.action, a.subject_kind, a.subject_id, a.detail, a.before, a.after,
    a.request_id, coalesce(nullif(u.display_name, ''), u.email, k.name) as actor_name
from app.audit_log as a
left join app.users as u on a.actor_kind = 'user' and u.tenant_id = a.tenant_id and u.user_id = a.actor_id
left join app.api_keys as k on a.actor_kind = 'api_key' and k.tenant_id = a.tenant_id and k.key_id = a.actor_id
where
    (%(after_at)s::timestamptz is null or (a.occurred_at, a.audit_id) < (%(after_at)s, %(after_number)s::bigint))
    and (%(subject_kind)s::text is null or a.subject_kind = %(subject_kind)s)
    and (%(subject_id)s::text is null or a.subject_id = %(subject_id)s)
    and (%(actor_id)s::uuid is null or a.actor_id = %(actor_id)s)
order by a.occurred_at desc, a.audit_id desc
limit %(limit)s
"""


class AuditEntry(BaseModel):
    """One change, or one deed that changes no entry, as a login."""

    audit_id: int
    occurred_at: datetime
    actor_kind: str = Field(description="user, api_key, or system: the pipeline and the command line.")
    actor_id: UUID | None
    actor_name: str | None
    action: str
    subject_kind: str
    subject_id: str
    detail: dict[str, Any]
    before: dict[str, Any] | None = Field(description="Values before, of the fields that changed; `hidden` stands for a secret.")
    after: dict[str, Any] | None
    request_id: str | None = Field(description="The X-Request-ID of the request that did it.")

    @property
    def cursor_id(self) -> UUID:
        """The number as the cursors of lists carry their key."""
        return UUID(int=self.audit_id)


def list_audit(
    c: Writer,
    after: After,
    limit: int,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    actor_id: UUID | None = None,
) -> list[AuditEntry]:
    """A page of the log, newest first."""
    number = after.identifier.int if after.identifier is not None else None
    # A cursor is the caller's: what no number of ours can be is behind the end.
    values = {
        "after_at": after.at, "after_number": min(number, 2**63 - 1) if number is not None else None, "limit": limit,
        "subject_kind": subject_kind, "subject_id": subject_id, "actor_id": actor_id,
    }  # fmt: skip
    return [AuditEntry(**row) for row in c.execute(ENTRIES, values).fetchall()]
