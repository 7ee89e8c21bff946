"""Placements and promo codes of a campaign."""

from datetime import date
from uuid import UUID

import psycopg

from api.auth.principals import Principal
from api.campaigns.codes import normalize_code
from api.campaigns.models import CodeEntry, PlacementEntry, PlacementView, PromoCode
from api.database import Writer
from api.errors import Problem, not_found
from api.marts.models import Money
from api.marts.money import to_minor

OVERLAPPING = """
select p.code, p.valid_from, p.valid_to, c.campaign_id, c.name
from app.promo_codes as p
inner join app.campaigns as c on c.tenant_id = p.tenant_id and c.campaign_id = p.campaign_id
where
    p.show_id = %(show_id)s and p.code_normalized = %(code_normalized)s
    and p.valid_from <= %(valid_to)s and p.valid_to >= %(valid_from)s
order by p.valid_from
limit 1
"""


def add_placement(
    c: Writer, who: Principal, campaign_id: UUID, currency: str, flight: tuple[date, date], entry: PlacementEntry
) -> UUID:
    """Store a placement; its flight is the campaign's where it names none. Raises `not-found` for a show that is not here."""
    start, end = entry.flight_start or flight[0], entry.flight_end or flight[1]
    _require_order(start, end, "the placement's flight")
    try:
        price_minor = to_minor(entry.price, currency)
    except ValueError as error:
        raise Problem("invalid", str(error)) from error
    try:
        row = c.execute(
            """
            insert into app.placements (
                tenant_id, campaign_id, show_id, position, insertion, ad_start_s, ad_duration_s, flight_start, flight_end,
                price_model, price_minor, share_rate, contracted_ads, episode_guids, vanity_path
            )
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            returning placement_id
            """,
            [
                who.tenant_id, campaign_id, entry.show_id, entry.position, entry.insertion, entry.ad_start_s, entry.ad_duration_s,
                start, end, entry.price_model, price_minor, entry.share_rate, entry.contracted_ads, entry.episode_guids,
                entry.vanity_path,
            ],
        ).fetchone()  # fmt: skip
    except psycopg.errors.ForeignKeyViolation as error:
        raise not_found("show", entry.show_id) from error
    assert row is not None  # noqa: S101  # an insert that returns
    placement_id: UUID = row["placement_id"]
    return placement_id


def add_code(
    c: Writer,
    who: Principal,
    campaign_id: UUID,
    show_id: UUID,
    placement_id: UUID | None,
    flight: tuple[date, date],
    entry: CodeEntry,
) -> None:
    """Store a code. Raises `conflict` naming the other where the show has the same code in overlapping days."""
    code_normalized = normalize_code(entry.code)
    if not code_normalized:
        raise Problem("invalid", f"found the code {entry.code!r}, of which nothing is left without spaces, hyphens and dots")
    valid_from, valid_to = entry.valid_from or flight[0], entry.valid_to or flight[1]
    _require_order(valid_from, valid_to, f"the validity of {entry.code}")
    # One writer of a tenant's codes at a time: PostgreSQL without contrib has no exclusion constraint over text and a range.
    c.execute("select pg_advisory_xact_lock(1129270341, %s)", [who.tenant_id])
    values = {
        "tenant_id": who.tenant_id, "campaign_id": campaign_id, "placement_id": placement_id, "show_id": show_id,
        "code": entry.code, "code_normalized": code_normalized, "valid_from": valid_from, "valid_to": valid_to,
    }  # fmt: skip
    other = c.execute(OVERLAPPING, values).fetchone()
    if other is not None:
        raise Problem(
            "conflict",
            f"found the code {other['code']} of the campaign {other['name']} ({other['campaign_id']}) in the same show from "
            f"{other['valid_from']} to {other['valid_to']}, expected it once per show at a time: choose another code or other days",
        )
    try:
        c.execute(
            """
            insert into app.promo_codes (
                tenant_id, campaign_id, placement_id, show_id, code, code_normalized, valid_from, valid_to
            )
            values (
                %(tenant_id)s, %(campaign_id)s, %(placement_id)s, %(show_id)s, %(code)s, %(code_normalized)s, %(valid_from)s,
                %(valid_to)s
            )
            """,
            values,
        )
    except psycopg.errors.ForeignKeyViolation as error:
        raise not_found("show", show_id) from error


def list_placements(c: Writer, campaign_id: UUID, currency: str) -> list[PlacementView]:
    """One row per placement, in the order of their flights."""
    rows = c.execute(
        """
        select
            placement_id, show_id, position, insertion, ad_start_s, ad_duration_s, flight_start, flight_end, price_model,
            price_minor, share_rate, contracted_ads, episode_guids, vanity_path
        from app.placements
        where campaign_id = %s
        order by flight_start, created_at, placement_id
        """,
        [campaign_id],
    ).fetchall()
    return [PlacementView(price=Money.of(row.pop("price_minor"), currency), **row) for row in rows]


def list_codes(c: Writer, campaign_id: UUID) -> list[PromoCode]:
    """One row per code, in the order of their validity."""
    rows = c.execute(
        "select code_id, placement_id, show_id, code, code_normalized, valid_from, valid_to "
        "from app.promo_codes where campaign_id = %s order by valid_from, code_normalized, code_id",
        [campaign_id],
    ).fetchall()
    return [PromoCode(**row) for row in rows]


def _require_order(first: date, last: date, what: str) -> None:
    if last < first:
        raise Problem("invalid", f"found {what} from {first} to {last}, expected an end on the same day or later")
