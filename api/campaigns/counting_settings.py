"""A tenant's change of its counting rules: it holds from a day on, says why, and is a recount where it reaches back."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entry
from api.database import Writer
from api.errors import Problem
from api.marts.counting_settings import NAMES, Values, newest_values
from api.marts.models.counting_settings import NO_LIMIT, SETTINGS, Variant

Limit = Annotated[int, Field(ge=1, le=NO_LIMIT)]
# A change is planned, not forgotten about.
FARTHEST_DAYS = 366
LIST = "counting_settings"


class CountingSettingsChange(Entry):
    """New rules. What is left out stays as the last change had it; null gives it back to the deployment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"volume_episodes_per_hour": 50, "reason": "A university of ours shares one address"},
                {"variant": "op3", "from_day": "2026-01-01", "reason": "To be compared with OP3's figures"},
            ]
        },
    )

    variant: Variant | None = Field(
        None, description="All six at once: `op3`, or `deployment` to choose nothing; what is named beside it comes on top."
    )
    volume_episodes_per_hour: Limit | None = Field(None, description=SETTINGS[0].text)
    volume_episodes_per_day: Limit | None = Field(None, description=SETTINGS[1].text)
    rejects_datacenters: bool | None = Field(None, description=SETTINGS[2].text)
    threshold_seconds: int | None = Field(None, ge=0, le=3_600, description=SETTINGS[3].text)
    key_has_referer: bool | None = Field(None, description=SETTINGS[4].text)
    counts_lone_probes: bool | None = Field(None, description=SETTINGS[5].text)
    from_day: date | None = Field(
        None, description="The first UTC day that is counted so; today where it is left out. A day that is over asks for a recount."
    )
    reason: str = Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$", examples=["A university shares one address"])

    @model_validator(mode="after")
    def _changes_something(self) -> "CountingSettingsChange":
        if self.variant is None and not self.model_fields_set & set(NAMES):
            raise ValueError(f"found no setting, expected a variant or one of {', '.join(NAMES)}")
        return self


class ChangedCountingSettings(BaseModel):
    """A change as it was recorded; `recount_id` where it reaches back over days that are over."""

    change_number: int
    from_day: date
    recount_id: UUID | None


def change_counting_settings(
    c: Writer, who: Principal, change: CountingSettingsChange, count: Callable[[date, date], Mapping[str, int]],
    today: date | None = None,
) -> ChangedCountingSettings:  # fmt: skip
    """Record a change; the next build counts by it. `count` gives the published counts of some days, kept with the recount.

    Raises `invalid` for a day too far ahead, `conflict` where nothing would change.
    """
    today = today or datetime.now(UTC).date()
    from_day = change.from_day or today
    if from_day > today + timedelta(days=FARTHEST_DAYS):
        raise Problem("invalid", f"found from_day {from_day}, expected a day within {FARTHEST_DAYS} days: plan it later")
    # One change at a time: each starts from what the one before chose.
    c.execute("select 1 from app.tenants where tenant_id = %s for key share", [who.tenant_id])
    c.execute("select pg_advisory_xact_lock(hashtextextended('counting_settings', %s))", [who.tenant_id])
    before = newest_values(c)
    values = _changed(before, change)
    last = c.execute("select from_day from app.counting_settings order by change_number desc limit 1").fetchone()
    if values == before and (last is None or last["from_day"] <= from_day):
        raise Problem("conflict", "found these rules in force already, expected a change: there is nothing to do")
    row = c.execute(
        f"insert into app.counting_settings (tenant_id, from_day, reason, changed_by, {', '.join(NAMES)}) "  # noqa: S608
        f"values (%s, %s, %s, %s{', %s' * len(NAMES)}) returning change_number",
        [who.tenant_id, from_day, change.reason, who.name, *(values[setting] for setting in NAMES)],
    ).fetchone()
    assert row is not None  # noqa: S101
    recount_id = None
    if from_day < today:
        recount_id = _ask(c, who, who.name, values, from_day, today - timedelta(days=1), change.reason, count)
    record_audit(
        c, who, "change", "counting_settings", row["change_number"],
        before=before, after=values, from_day=from_day.isoformat(), reason=change.reason,
    )  # fmt: skip
    return ChangedCountingSettings(change_number=row["change_number"], from_day=from_day, recount_id=recount_id)


def _changed(before: Values, change: CountingSettingsChange) -> Values:
    start: Mapping[str, Any] = before
    if change.variant is not None:
        start = {setting.name: setting.op3 if change.variant == "op3" else None for setting in SETTINGS}
    named = change.model_fields_set & set(NAMES)
    return {name: getattr(change, name) if name in named else start[name] for name in NAMES}


def _ask(
    c: Writer, who: Principal, name: str, values: Values, from_day: date, to_day: date, reason: str,
    count: Callable[[date, date], Mapping[str, int]],
) -> UUID:  # fmt: skip
    """The recount that the change is: judged with it, finished by the build that holds it."""
    version = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
    row = c.execute(
        "insert into ops.recounts (tenant_id, list_name, list_version, from_day, to_day, reason, asked_by, counted_before, "
        "judged_at) values (%s, %s, %s, %s, %s, %s, %s, %s, now()) returning recount_id",
        [who.tenant_id, LIST, version, from_day, to_day, reason, name, Jsonb(dict(count(from_day, to_day)))],
    ).fetchone()
    assert row is not None  # noqa: S101
    return UUID(str(row["recount_id"]))
