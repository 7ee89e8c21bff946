"""What people decide on fraud: recorded with who, when and why, taken back without being deleted. The next build applies it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entry
from api.campaigns.paging import After
from api.database import Writer
from api.errors import Problem, not_found
from api.marts.models.fraud import FraudConversion, Scope, Verdict

Text = Annotated[str, Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$")]


class FraudDecisionEntry(Entry):
    """A verdict on one conversion, or on all with a code or of a device in a range of time. Nothing is deleted by it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "verdict": "fraud", "scope": "code", "code": "POD20", "from_at": "2026-06-01T00:00:00Z",
                    "to_at": "2026-06-08T00:00:00Z", "reason": "Farmed by one reseller",
                }
            ]
        },
    )  # fmt: skip

    verdict: Verdict = Field(description="`fraud` takes it out of the credited figures, `honest` keeps it in whatever its score.")
    scope: Scope
    conversion_id: UUID | None = Field(None, description="Of `conversion`; of `device`: a conversion of that device.")
    code: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")] | None = Field(None, description="Of `code`.")
    from_at: AwareDatetime | None = Field(None, description="Of a set: the first instant; without it from the beginning.")
    to_at: AwareDatetime | None = Field(None, description="Of a set: the instant after the last; without it for good.")
    reason: Text = Field(examples=["Farmed by one reseller"])

    @model_validator(mode="after")
    def _names_its_subject(self) -> Self:
        if self.scope == "code" and (self.code is None or self.conversion_id is not None):
            raise ValueError("found the scope code without a code or with a conversion_id, expected a code alone")
        if self.scope != "code" and (self.conversion_id is None or self.code is not None):
            raise ValueError(f"found the scope {self.scope} without a conversion_id or with a code, expected a conversion_id alone")
        if self.scope == "conversion" and (self.from_at or self.to_at):
            raise ValueError("found a range of time for one conversion, expected none: it is one moment")
        if self.from_at and self.to_at and self.to_at <= self.from_at:
            raise ValueError(f"found to_at {self.to_at} not after from_at {self.from_at}, expected a later instant")
        return self


class FraudDecision(BaseModel):
    """A decision as it stands. The device itself is not told: `conversion_id` names one of its conversions."""

    decision_id: UUID
    verdict: Verdict
    scope: Scope
    conversion_id: UUID | None
    code: str | None
    from_at: datetime | None
    to_at: datetime | None
    reason: str
    decided_by: str
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class FraudSettings(BaseModel):
    """From which score on conversions stand apart by themselves; null: never, they are only shown."""

    exclude_score: Decimal | None


class FraudSettingsEntry(Entry):
    """The score from which on conversions are to stand apart; null: none."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"exclude_score": "0.9"}]})

    exclude_score: Annotated[Decimal, Field(gt=0, le=1, max_digits=5, decimal_places=4)] | None


COLUMNS = """
    d.decision_id, d.verdict, d.scope, d.conversion_id, d.code_normalized as code, nullif(d.from_at, '-infinity') as from_at,
    nullif(d.to_at, 'infinity') as to_at, d.reason, d.decided_by_name as decided_by, d.created_at, d.withdrawn_at,
    d.withdrawn_by_name as withdrawn_by
"""
LIST = sql.SQL(f"""
select {COLUMNS}
from app.fraud_decisions as d
where
    (%(with_withdrawn)s or d.withdrawn_at is null)
    and (%(after_at)s::timestamptz is null or (d.created_at, d.decision_id) < (%(after_at)s, %(after_id)s::uuid))
order by d.created_at desc, d.decision_id desc
limit %(limit)s
""")  # noqa: S608 - constants of this file
ONE = sql.SQL(f"select {COLUMNS} from app.fraud_decisions as d where d.decision_id = %s")  # noqa: S608 - as above
SAME = """
select 1 from app.fraud_decisions as d
where
    d.withdrawn_at is null and d.verdict = %(verdict)s and d.scope = %(scope)s
    and (d.scope <> 'conversion' or d.conversion_id = %(conversion_id)s)
    and d.code_normalized is not distinct from %(code)s and d.anonymous_id is not distinct from %(device)s
    and d.from_at = %(from_at)s and d.to_at = %(to_at)s
    -- Another one since may have turned it round.
    and not exists (
        select 1 from app.fraud_decisions as n
        where n.withdrawn_at is null and n.created_at > d.created_at and n.verdict <> d.verdict
    )
"""
INSERT = """
insert into app.fraud_decisions (
    tenant_id, verdict, scope, conversion_id, code_normalized, anonymous_id, from_at, to_at, reason, evidence, decided_by,
    decided_by_name
) values (
    %(tenant_id)s, %(verdict)s, %(scope)s, %(conversion_id)s, %(code)s, %(device)s, %(from_at)s, %(to_at)s, %(reason)s,
    %(evidence)s, %(user_id)s, %(name)s
) returning decision_id
"""
DEVICE = "select v.anonymous_id from marts.attribution_conversions as v where v.conversion_id = %s"


def list_decisions(c: Writer, after: After, limit: int, *, with_withdrawn: bool = True) -> list[FraudDecision]:
    """One page, newest first."""
    rows = c.execute(LIST, {"with_withdrawn": with_withdrawn, "limit": limit, **after.parameters}).fetchall()
    return [FraudDecision(**row) for row in rows]


def get_decision(c: Writer, decision_id: UUID) -> FraudDecision:
    """One decision; raises `not-found`."""
    row = c.execute(ONE, [decision_id]).fetchone()
    if row is None:
        raise not_found("fraud decision", decision_id)
    return FraudDecision(**row)


def decide(c: Writer, who: Principal, entry: FraudDecisionEntry, seen: FraudConversion | None) -> FraudDecision:
    """Record a decision; `seen` is the conversion that it names, as scored. Raises `not-found` for a code that nobody entered,
    `conflict` where the same decision is in force or the conversion has no device."""
    subject = _subject(c, who, entry)
    c.execute("select pg_advisory_xact_lock(hashtextextended('fraud_decisions', %s))", [who.tenant_id])
    if c.execute(SAME, subject).fetchone() is not None:
        raise Problem("conflict", "found this decision in force already, expected a change: there is nothing to do")
    known = {"score": seen.score, "rules_version": seen.rules_version} if seen else {}
    evidence = {**known, "reasons": [reason.model_dump(mode="json") for reason in seen.reasons]} if seen else {}
    row = c.execute(
        INSERT, {**subject, "reason": entry.reason, "evidence": Jsonb(evidence), "user_id": who.user_id, "name": who.name}
    ).fetchone()
    assert row is not None  # noqa: S101
    record_audit(
        c, who, "decide", "fraud", row["decision_id"], verdict=entry.verdict, scope=entry.scope, code=subject["code"],
        conversion_id=str(entry.conversion_id) if entry.conversion_id else None, reason=entry.reason,
    )  # fmt: skip
    return get_decision(c, row["decision_id"])


def withdraw(c: Writer, who: Principal, decision_id: UUID) -> FraudDecision:
    """Take a decision back: it stays, and rules nothing from the next build on. Twice changes nothing. Raises `not-found`."""
    done = c.execute(
        "update app.fraud_decisions set withdrawn_at = clock_timestamp(), withdrawn_by_name = %s, "
        "withdrawn_xact = pg_current_xact_id() where decision_id = %s and withdrawn_at is null",
        [who.name, decision_id],
    )
    found = get_decision(c, decision_id)
    if done.rowcount:
        record_audit(c, who, "withdraw", "fraud", decision_id, verdict=found.verdict, scope=found.scope)
    return found


def get_settings(c: Writer) -> FraudSettings:
    row = c.execute("select fraud_exclude_score from app.attribution_settings").fetchone()
    return FraudSettings(exclude_score=row["fraud_exclude_score"] if row else None)


def change_settings(c: Writer, who: Principal, entry: FraudSettingsEntry) -> FraudSettings:
    """The next build applies it to all of history."""
    before = get_settings(c)
    c.execute(
        "insert into app.attribution_settings (tenant_id, fraud_exclude_score) values (%s, %s) "
        "on conflict (tenant_id) do update set fraud_exclude_score = excluded.fraud_exclude_score, updated_at = now()",
        [who.tenant_id, entry.exclude_score],
    )
    after = get_settings(c)
    if before != after:
        record_audit(
            c, who, "change", "fraud_settings", who.tenant_id,
            before=before.model_dump(mode="json"), after=after.model_dump(mode="json"),
        )  # fmt: skip
    return after


def _subject(c: Writer, who: Principal, entry: FraudDecisionEntry) -> dict[str, Any]:
    code, device = None, None
    if entry.scope == "code":
        found = c.execute(
            "select p.code_normalized from app.promo_codes as p where p.code_normalized = ops.normalized_code(%s) limit 1",
            [entry.code],
        ).fetchone()
        if found is None:
            raise not_found("promo code", entry.code or "")
        code = found["code_normalized"]
    if entry.scope == "device":
        row: Mapping[str, Any] | None = c.execute(DEVICE, [entry.conversion_id]).fetchone()
        device = row["anonymous_id"] if row else None
        if device is None:
            raise Problem("conflict", "found a conversion that names no device, expected one that does: decide on it alone")
    return {
        "tenant_id": who.tenant_id, "verdict": entry.verdict, "scope": entry.scope, "conversion_id": entry.conversion_id,
        "code": code, "device": device, "from_at": entry.from_at or "-infinity", "to_at": entry.to_at or "infinity",
    }  # fmt: skip
