"""Campaigns: created whole in one transaction, read back, changed."""

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from api.auth.principals import Principal
from api.campaigns.events import record_audit, record_event, record_once
from api.campaigns.models import Campaign, CampaignChange, CampaignDetail, CampaignEntry, StatusChange
from api.campaigns.paging import After
from api.campaigns.placements import add_code, add_placement, list_codes, list_placements
from api.database import Row, Writer
from api.errors import Problem, not_found

COLUMNS = (
    "campaign_id, sponsor_id, name, status, currency, flight_start, flight_end, goal_kind, utm_campaign, created_at, updated_at"
)
PAGE = """
select
    campaign_id, sponsor_id, name, status, currency, flight_start, flight_end, goal_kind, utm_campaign, created_at, updated_at
from app.campaigns
where
    (%(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s)
    and (%(status)s::text is null or status = %(status)s)
    and (%(after_at)s::timestamptz is null or (created_at, campaign_id) < (%(after_at)s, %(after_id)s::uuid))
order by created_at desc, campaign_id desc
limit %(limit)s
"""


def list_page(c: Writer, after: After, limit: int, *, sponsor_id: UUID | None, status: str | None) -> list[Campaign]:
    """One row per campaign, newest first."""
    rows = c.execute(PAGE, {**after.parameters, "limit": limit, "sponsor_id": sponsor_id, "status": status}).fetchall()
    return [Campaign(**row) for row in rows]


def require_campaign(c: Writer, who: Principal, campaign_id: UUID, *, lock: bool = False) -> Row:
    """The campaign's row; a `not-found` problem where it is not there, another tenant's, or another sponsor's."""
    query = sql.SQL("select {} from app.campaigns where campaign_id = %s {}").format(
        sql.SQL(COLUMNS), sql.SQL("for no key update" if lock else "")
    )
    row = c.execute(query, [campaign_id]).fetchone()
    if row is None or not who.may_see_sponsor(row["sponsor_id"]):
        raise not_found("campaign", campaign_id)
    return row


def get_detail(c: Writer, who: Principal, campaign_id: UUID) -> CampaignDetail:
    row = require_campaign(c, who, campaign_id)
    return CampaignDetail(
        **row, placements=list_placements(c, campaign_id, row["currency"]), promo_codes=list_codes(c, campaign_id)
    )


def create_campaign(c: Writer, who: Principal, entry: CampaignEntry) -> CampaignDetail:
    """The campaign with its placements and codes, its first status, its events and its audit row, all or nothing."""
    currency = entry.currency or _tenant_currency(c)
    values: dict[str, Any] = entry.model_dump(exclude={"placements", "promo_codes", "currency"}) | {
        "tenant_id": who.tenant_id, "currency": currency, "created_by": who.user_id,
    }  # fmt: skip
    row = _insert(c, values)
    campaign_id: UUID = row["campaign_id"]
    _add_parts(c, who, row, entry)
    record_status(c, who, campaign_id, None, entry.status, "created")
    record_event(c, who, "campaign.created", campaign_id)
    if entry.status == "active":
        record_event(c, who, "campaign.activated", campaign_id)
    _record_configured(c, who, row)
    record_audit(c, who, "create", "campaign", campaign_id, name=entry.name)
    return get_detail(c, who, campaign_id)


def change_campaign(c: Writer, who: Principal, campaign_id: UUID, change: CampaignChange) -> CampaignDetail:
    """Set the fields sent and add the parts sent; a finished campaign is not changed any more."""
    row = require_campaign(c, who, campaign_id, lock=True)
    if row["status"] in ("completed", "cancelled"):
        raise Problem("conflict", f"found a campaign that is {row['status']}, expected one that is not over: make a new campaign")
    fields = change.model_dump(exclude={"placements", "promo_codes"}, exclude_unset=True)
    for name in ("name", "flight_start", "flight_end", "goal_kind"):
        if name in fields and fields[name] is None:
            raise Problem("invalid", f"found null for {name}, expected a value, or leave the field out")
    row |= fields
    if row["flight_end"] < row["flight_start"]:
        raise Problem(
            "invalid", f"found flight_end {row['flight_end']} before flight_start {row['flight_start']}, expected a later day"
        )
    _update(c, campaign_id, row)
    _add_parts(c, who, row, change)
    record_event(c, who, "campaign.updated", campaign_id, fields=sorted(change.model_fields_set))
    _record_configured(c, who, row)
    record_audit(c, who, "change", "campaign", campaign_id, fields=sorted(change.model_fields_set))
    return get_detail(c, who, campaign_id)


def list_status_changes(c: Writer, who: Principal, campaign_id: UUID) -> list[StatusChange]:
    """One row per change of status, the first first."""
    require_campaign(c, who, campaign_id)
    rows = c.execute(
        "select change_id, from_status, to_status, reason, changed_by, changed_at "
        "from app.campaign_status_history where campaign_id = %s order by changed_at, change_id",
        [campaign_id],
    ).fetchall()
    return [StatusChange(**row) for row in rows]


def record_status(c: Writer, who: Principal, campaign_id: UUID, before: str | None, after: str, reason: str) -> None:
    c.execute(
        "insert into app.campaign_status_history (tenant_id, campaign_id, from_status, to_status, reason, changed_by) "
        "values (%s, %s, %s, %s, %s, %s)",
        [who.tenant_id, campaign_id, before, after, reason, who.user_id],
    )


def _insert(c: Writer, values: dict[str, Any]) -> Row:
    query = sql.SQL("insert into app.campaigns ({}) values ({}) returning {}").format(
        sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values)), sql.SQL(COLUMNS)
    )
    try:
        row = c.execute(query, values).fetchone()
    except psycopg.errors.ForeignKeyViolation as error:
        raise not_found("sponsor", values["sponsor_id"]) from error
    except psycopg.errors.UniqueViolation as error:
        raise _utm_taken(values["utm_campaign"]) from error
    assert row is not None  # noqa: S101  # an insert that returns
    return row


def _update(c: Writer, campaign_id: UUID, row: Row) -> None:
    try:
        c.execute(
            "update app.campaigns set name = %(name)s, flight_start = %(flight_start)s, flight_end = %(flight_end)s, "
            "goal_kind = %(goal_kind)s, utm_campaign = %(utm_campaign)s, updated_at = clock_timestamp() "
            "where campaign_id = %(campaign_id)s",
            row | {"campaign_id": campaign_id},
        )
    except psycopg.errors.UniqueViolation as error:
        raise _utm_taken(row["utm_campaign"]) from error


def _add_parts(c: Writer, who: Principal, row: Row, parts: CampaignEntry | CampaignChange) -> None:
    flight: tuple[date, date] = (row["flight_start"], row["flight_end"])
    for placement in parts.placements:
        placement_id = add_placement(c, who, row["campaign_id"], row["currency"], flight, placement)
        inner = (placement.flight_start or flight[0], placement.flight_end or flight[1])
        for code in placement.promo_codes:
            add_code(c, who, row["campaign_id"], placement.show_id, placement_id, inner, code)
    for show_code in parts.promo_codes:
        add_code(c, who, row["campaign_id"], show_code.show_id, None, flight, show_code)


def _record_configured(c: Writer, who: Principal, row: Row) -> None:
    """A campaign can be attributed once it has a marked link, a code, a vanity path, or its sponsor a site."""
    found = c.execute(
        """
        select
            %(utm)s::text is not null
            or exists (select 1 from app.promo_codes where campaign_id = %(campaign_id)s)
            or exists (select 1 from app.placements where campaign_id = %(campaign_id)s and vanity_path is not null)
            or exists (select 1 from app.sites where sponsor_id = %(sponsor_id)s and disabled_at is null) as is_configured
        """,
        {"utm": row["utm_campaign"], "campaign_id": row["campaign_id"], "sponsor_id": row["sponsor_id"]},
    ).fetchone()
    if found and found["is_configured"]:
        record_once(c, who, "attribution.configured", row["campaign_id"], minutes=None)


def _tenant_currency(c: Writer) -> str:
    row = c.execute("select currency from app.tenants").fetchone()
    return str(row["currency"]) if row else "USD"


def _utm_taken(value: str | None) -> Problem:
    return Problem("conflict", f"found another campaign of this sponsor with utm_campaign {value!r}, expected a value of its own")
