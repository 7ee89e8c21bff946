"""What people decide on merges of ids: a link between two is split, and joined again. Each is recorded, and nothing is deleted."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entered, Entry
from api.database import Writer
from api.errors import Problem, not_found
from api.marts.models.identity import IdentityLink

LOCK = "select pg_advisory_xact_lock(hashtextextended('identity_decisions', %s))"
IN_FORCE = """
select distinct on (d.link_id) d.decision_id, d.link_id, d.sponsor_id, d.action, d.reason, d.decided_by_name, d.decided_at
from app.identity_decisions as d
where %(link_id)s::uuid is null or d.link_id = %(link_id)s
order by d.link_id, d.decided_at desc, d.decision_id desc
"""
INSERT = """
insert into app.identity_decisions (tenant_id, sponsor_id, link_id, action, reason, decided_by, decided_by_name)
values (%s, %s, %s, %s, %s, %s, %s) returning decision_id, link_id, sponsor_id, action, reason, decided_by_name, decided_at
"""


class SplitEntry(Entry):
    """Two ids that are not one person: the link between them merges nobody from the next build on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"link_id": "6f1f5a7e-2d5c-4f0a-9d53-0f9a5b1f2c11", "reason": "The shop's tablet, not a customer's"}]
        },
    )

    link_id: UUID = Field(description="One of GET /v1/identity/links, or of a conversion's explanation.")
    reason: str = Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$", examples=["The shop's tablet, not a customer's"])


class Split(Entered):
    """A decision on one link as it was recorded."""

    decision_id: UUID
    link_id: UUID
    sponsor_id: UUID
    action: Literal["split", "rejoin"]
    reason: str
    decided_by_name: str
    decided_at: datetime


def list_splits(c: Writer) -> list[Split]:
    """The splits in force, the newest first."""
    found = [Split(**row) for row in c.execute(IN_FORCE, {"link_id": None}).fetchall() if row["action"] == "split"]
    return sorted(found, key=lambda one: one.decided_at, reverse=True)


def split_link(c: Writer, who: Principal, entry: SplitEntry, link: IdentityLink) -> Split:
    """Record that a link merges nobody. Raises `conflict` where it joins nobody, or is split already."""
    if link.status not in ("merged", "split"):
        raise Problem("conflict", f"found a link that is {link.status}, expected one that is merged: it joins nobody")
    c.execute(LOCK, [who.tenant_id])
    if _in_force(c, entry.link_id) is not None:
        raise Problem("conflict", f"found the link {entry.link_id} split already, expected a merged one: there is nothing to do")
    return _record(c, who, entry.link_id, link.sponsor_id, "split", entry.reason)


def rejoin_link(c: Writer, who: Principal, link_id: UUID) -> Split:
    """Take a split back, by a decision of its own. Raises `not-found` where none is in force."""
    c.execute(LOCK, [who.tenant_id])
    found = _in_force(c, link_id)
    if found is None:
        raise not_found("split of the link", str(link_id))
    return _record(c, who, link_id, found.sponsor_id, "rejoin", f"Takes back: {found.reason}"[:1_000])


def _in_force(c: Writer, link_id: UUID) -> Split | None:
    row = c.execute(IN_FORCE, {"link_id": link_id}).fetchone()
    return Split(**row) if row is not None and row["action"] == "split" else None


def _record(c: Writer, who: Principal, link_id: UUID, sponsor_id: UUID, action: str, reason: str) -> Split:
    row: dict[str, Any] | None = c.execute(
        INSERT, [who.tenant_id, sponsor_id, link_id, action, reason, who.user_id, who.name]
    ).fetchone()
    assert row is not None  # noqa: S101
    record_audit(c, who, action, "identity_link", link_id, reason=reason)
    return Split(**row)
