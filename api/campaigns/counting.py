"""What people decide on counts: anomalies excluded or included again, recounts asked for. Each is recorded, none is silent."""

from datetime import date
from typing import Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.database import Writer
from api.errors import Problem, not_found
from api.marts.models.quality import Anomaly, AnomalyKind

LIST_PATTERN = r"^(user_agents|ip_ranges)@[A-Za-z0-9._+-]{1,200}$"
# Nobody asks for more by hand; a longer one is several.
LONGEST_RECOUNT_DAYS = 400


class DecisionEntry(BaseModel):
    """A decision on one anomaly. `exclude` takes the requests of its agent or household, or the show's whole day, out of the
    counts from the next build on; `include` takes that back. Nothing is deleted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "show_id": "6f1f5a7e-2d5c-4f0a-9d53-0f9a5b1f2c11", "day": "2026-06-01", "kind": "spike", "action": "exclude",
                    "scope": "whole_day", "reason": "A monitoring script of ours",
                }
            ]
        },
    )  # fmt: skip

    show_id: UUID
    day: date
    kind: AnomalyKind
    action: Literal["exclude", "include"]
    scope: Literal["found", "whole_day"] = Field(
        "found", description="`found`: the agent or household that dominates; `whole_day`: every request of the show that day."
    )
    reason: str = Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$", examples=["A monitoring script of ours"])


class Decision(BaseModel):
    """A decision as it was recorded."""

    decision_id: UUID
    show_id: UUID
    day: date
    kind: AnomalyKind
    action: Literal["exclude", "include"]
    user_agent: str | None
    household: str | None
    reason: str


class RecountEntry(BaseModel):
    """Days to judge again by a version of a list: UTC, both included."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "list": "user_agents@opawg-0123456789ab", "from_day": "2026-06-01", "to_day": "2026-06-07",
                    "reason": "The list of bots was corrected",
                }
            ]
        },
    )  # fmt: skip

    list: str = Field(pattern=LIST_PATTERN, examples=["user_agents@opawg-0123456789ab"])
    from_day: date
    to_day: date
    reason: str = Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$")

    @model_validator(mode="after")
    def _check_days(self) -> "RecountEntry":
        if self.to_day < self.from_day:
            raise ValueError(f"found to_day {self.to_day} before from_day {self.from_day}, expected the same day or a later one")
        if (self.to_day - self.from_day).days >= LONGEST_RECOUNT_DAYS:
            raise ValueError(f"found more than {LONGEST_RECOUNT_DAYS} days, expected fewer: ask for several recounts")
        return self


def decide(c: Writer, who: Principal, entry: DecisionEntry, anomaly: Anomaly) -> Decision:
    """Record a decision on an anomaly that is shown. Raises `conflict` where a spike or drop is to be excluded in part."""
    agent = anomaly.user_agent if entry.scope == "found" else None
    household = anomaly.household if entry.scope == "found" else None
    if entry.action == "exclude" and entry.scope == "found" and agent is None and household is None:
        raise Problem(
            "conflict",
            f"found a {entry.kind} of no single agent or household, expected the scope whole_day: nothing tells its requests apart",
        )
    if entry.action == "include" and not anomaly.is_excluded:
        raise Problem(
            "conflict", "found an anomaly that no decision excludes, expected one that is excluded: there is nothing to do"
        )
    if entry.action == "include":
        # What was excluded is what is taken back.
        agent, household = anomaly.user_agent, anomaly.household
    seen = {
        "observed": anomaly.observed,
        "expected": anomaly.expected,
        "score": anomaly.score,
        "downloads": anomaly.downloads,
        "baseline_days": anomaly.baseline_days,
    }
    row = c.execute(
        "insert into app.anomaly_decisions (tenant_id, show_id, day, kind, user_agent, household_hash, action, reason, evidence, "
        "decided_by, decided_by_name) values (%s, %s, %s, %s, %s, decode(%s, 'hex'), %s, %s, %s, %s, %s) returning decision_id",
        [
            who.tenant_id, entry.show_id, entry.day, entry.kind, agent, household, entry.action, entry.reason, Jsonb(seen),
            who.user_id, who.name,
        ],
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101
    record_audit(
        c, who, entry.action, "anomaly", row["decision_id"],
        show_id=str(entry.show_id), day=entry.day.isoformat(), kind=entry.kind, reason=entry.reason,
    )  # fmt: skip
    return Decision(
        decision_id=row["decision_id"], user_agent=agent, household=household,
        **entry.model_dump(include={"show_id", "day", "kind", "action", "reason"}),
    )  # fmt: skip


def ask_recount(c: Writer, who: Principal, entry: RecountEntry) -> UUID:
    """Record that days are to be judged again; the next build does it. Raises `not-found` for a version that nobody keeps."""
    name, _, version = entry.list.partition("@")
    known = c.execute("select 1 from ops.lists where list_name = %s and list_version = %s", [name, version]).fetchone()
    if known is None:
        raise not_found("list version", entry.list)
    row = c.execute(
        "insert into ops.recounts (tenant_id, list_name, list_version, from_day, to_day, reason, asked_by) "
        "values (%s, %s, %s, %s, %s, %s, %s) returning recount_id",
        [
            who.tenant_id, name, version, entry.from_day, entry.to_day, entry.reason,
            who.name,
        ],
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101
    record_audit(c, who, "ask", "recount", row["recount_id"], list=entry.list, reason=entry.reason)
    return UUID(str(row["recount_id"]))
