"""Holdouts: listening that a campaign's owner kept the ad from. The next study of its lift compares with it; nothing is deleted."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entry
from api.database import Writer
from api.errors import Problem, not_found

COLUMNS = "h.holdout_id, h.campaign_id, h.kind, h.show_id, h.starts_on, h.ends_on, h.note, h.created_at, h.withdrawn_at"

INSERT = sql.SQL(
    "insert into app.lift_holdouts as h (tenant_id, campaign_id, kind, show_id, starts_on, ends_on, note, created_by) "  # noqa: S608 - constants
    f"values (%s, %s, %s, %s, %s, %s, %s, %s) returning {COLUMNS}"
)
END = sql.SQL(f"update app.lift_holdouts as h set ends_on = %s where holdout_id = %s returning {COLUMNS}")  # noqa: S608 - as above
FIND = sql.SQL(f"select {COLUMNS} from app.lift_holdouts as h where h.campaign_id = %s and h.holdout_id = %s for no key update")  # noqa: S608 - as above
LIST = sql.SQL(f"select {COLUMNS} from app.lift_holdouts as h where h.campaign_id = %s order by h.created_at, h.holdout_id")  # noqa: S608 - as above


class HoldoutEntry(Entry):
    """Who is held out: listeners of a show, or of all of the campaign's own, on these days (UTC, both included)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "time", "starts_on": "2026-06-08", "ends_on": "2026-06-14", "note": "Ad off"}]},
    )

    kind: Literal["geo", "time"] = Field(
        description="`time`: days on which the ad was off. `geo`: a region's own edition, a show that the ad left out."
    )
    show_id: UUID | None = Field(
        None, validate_default=True, description="Of `geo`: the region's edition. Of `time`: null for the campaign's own shows."
    )
    starts_on: date
    ends_on: date
    note: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""

    @field_validator("show_id")
    @classmethod
    def _edition(cls, show_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if info.data.get("kind") == "geo" and show_id is None:
            raise ValueError("found a geo holdout without a show_id, expected the show of the region that the ad left out")
        return show_id

    @field_validator("ends_on")
    @classmethod
    def _after_start(cls, ends_on: date, info: ValidationInfo) -> date:
        starts_on = info.data.get("starts_on", ends_on)
        if ends_on < starts_on:
            raise ValueError(f"found ends_on {ends_on} before starts_on {starts_on}, expected the same day or a later one")
        return ends_on


class HoldoutEnd(Entry):
    """The last day that was held out: the ad was on again earlier, or stayed off longer, than was marked."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ends_on": "2026-06-11"}]})

    ends_on: date


class Holdout(BaseModel):
    """One holdout as it stands; one that was withdrawn says when."""

    holdout_id: UUID
    campaign_id: UUID
    kind: Literal["geo", "time"]
    show_id: UUID | None
    starts_on: date
    ends_on: date
    note: str
    created_at: datetime
    withdrawn_at: datetime | None


def list_holdouts(c: Writer, campaign_id: UUID) -> list[Holdout]:
    """Oldest first, those that were withdrawn too."""
    rows = c.execute(LIST, [campaign_id]).fetchall()
    return [Holdout(**row) for row in rows]


def add_holdout(c: Writer, who: Principal, campaign_id: UUID, entry: HoldoutEntry) -> Holdout:
    """One holdout of the campaign. Raises `not-found` for a show or a campaign that this account has not."""
    if c.execute("select 1 from app.campaigns where campaign_id = %s", [campaign_id]).fetchone() is None:
        raise not_found("campaign", campaign_id)
    if entry.show_id and c.execute("select 1 from app.shows where show_id = %s", [entry.show_id]).fetchone() is None:
        raise not_found("show", entry.show_id)
    values = [who.tenant_id, campaign_id, entry.kind, entry.show_id, entry.starts_on, entry.ends_on, entry.note, who.user_id]
    row = c.execute(INSERT, values).fetchone()
    assert row is not None  # noqa: S101
    record_audit(c, who, "create", "lift_holdout", row["holdout_id"], campaign_id=str(campaign_id), **entry.model_dump(mode="json"))
    return Holdout(**row)


def end_holdout(c: Writer, who: Principal, campaign_id: UUID, holdout_id: UUID, entry: HoldoutEnd) -> Holdout:
    """Its days up to the new last one stay held out. Raises `not-found`, `conflict` for one that was withdrawn, `invalid` for a day
    before its first: what held nobody out is withdrawn."""
    held = _find(c, campaign_id, holdout_id)
    if held.withdrawn_at is not None:
        raise Problem(
            "conflict", f"found a holdout that was withdrawn at {held.withdrawn_at:%Y-%m-%d %H:%M} UTC, expected one in use"
        )
    if entry.ends_on < held.starts_on:
        raise Problem(
            "invalid",
            f"found ends_on {entry.ends_on} before starts_on {held.starts_on}, expected the same day or a later one: withdraw a "
            "holdout that held nobody out",
        )
    row = c.execute(END, [entry.ends_on, holdout_id]).fetchone()
    assert row is not None  # noqa: S101
    if entry.ends_on != held.ends_on:
        record_audit(c, who, "end", "lift_holdout", holdout_id, campaign_id=str(campaign_id), ends_on=str(entry.ends_on))
    return Holdout(**row)


def withdraw_holdout(c: Writer, who: Principal, campaign_id: UUID, holdout_id: UUID) -> None:
    """It stays, and no study from now on uses it. Twice changes nothing. Raises `not-found`."""
    if _find(c, campaign_id, holdout_id).withdrawn_at is None:
        c.execute("update app.lift_holdouts set withdrawn_at = clock_timestamp() where holdout_id = %s", [holdout_id])
        record_audit(c, who, "withdraw", "lift_holdout", holdout_id, campaign_id=str(campaign_id))


def _find(c: Writer, campaign_id: UUID, holdout_id: UUID) -> Holdout:
    row = c.execute(FIND, [campaign_id, holdout_id]).fetchone()
    if row is None:
        raise not_found("holdout", holdout_id)
    return Holdout(**row)
