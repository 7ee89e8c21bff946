"""Campaigns: what people entered (schema app), what was delivered and what came of it (marts)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import sql

from api.marts.builds import current_build
from api.marts.credit import credit_of_campaign
from api.marts.errors import NotFoundError
from api.marts.models import (
    Basis,
    CampaignAnalytics,
    CampaignRow,
    CampaignSummary,
    ConversionDay,
    DeliveryDay,
    Money,
    Performance,
    Placement,
    Unconverted,
)
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row, has_table, once, rows_by_kept_plan

SUMMARY = """
select
    c.campaign_id, c.sponsor_id, s.name as sponsor_name, c.name, c.status, c.currency, c.flight_start, c.flight_end,
    c.goal_kind, c.utm_campaign, c.created_at, c.updated_at
from app.campaigns as c
inner join app.sponsors as s on s.tenant_id = c.tenant_id and s.sponsor_id = c.sponsor_id
"""
ONE = sql.SQL(SUMMARY + "where c.campaign_id = %(campaign_id)s")
PAGE = sql.SQL(
    SUMMARY
    + """
where
    (%(sponsor_id)s::uuid is null or c.sponsor_id = %(sponsor_id)s)
    and (%(status)s::text is null or c.status = %(status)s)
    and (%(after_at)s::timestamptz is null or (c.created_at, c.campaign_id) < (%(after_at)s, %(after_id)s::uuid))
order by c.created_at desc, c.campaign_id desc
limit %(limit)s
"""
)
PERFORMANCE = sql.SQL("""
select
    p.campaign_id, p.contracted_ads, p.ads_delivered, p.flight_elapsed_rate, p.delivered_rate, p.pacing_rate, p.make_good_ads,
    p.spend_minor, p.visits, p.conversions, p.revenue_minor, p.verified_revenue_minor, p.unconverted, p.fraud,
    p.exposure_conversions, p.click_conversions, p.vanity_conversions, p.code_conversions,
    -- A view of before there was such evidence has no such column.
    coalesce((to_jsonb(p) ->> 'survey_conversions')::bigint, 0) as survey_conversions, p.first_event_at, p.last_event_at,
    p.currency, {is_live} as is_live
from {mart} as p
where p.campaign_id = any(%(campaign_ids)s)
""")
BUILT = PERFORMANCE.format(mart=sql.Identifier("marts", "campaign_performance"), is_live=sql.SQL("false"))
LIVE = PERFORMANCE.format(mart=sql.Identifier("marts", "campaign_performance_live"), is_live=sql.SQL("true"))

PLACEMENTS = """
select
    p.placement_id, p.show_id, sh.title as show_title, p.position, p.insertion, p.flight_start, p.flight_end, p.price_model,
    p.price_minor, p.share_rate, c.currency, p.contracted_ads, coalesce(d.ads_delivered, 0)::bigint as ads_delivered,
    coalesce(d.spend_minor, 0)::bigint as spend_minor
from app.placements as p
inner join app.campaigns as c on c.tenant_id = p.tenant_id and c.campaign_id = p.campaign_id
inner join app.shows as sh on sh.tenant_id = p.tenant_id and sh.show_id = p.show_id
left join (
    select placement_id, sum(ads_delivered) as ads_delivered, sum(spend_minor) as spend_minor
    from marts.campaign_spend_daily
    where campaign_id = %(campaign_id)s
    group by placement_id
) as d on d.placement_id = p.placement_id
where p.campaign_id = %(campaign_id)s
order by p.flight_start, sh.title, p.placement_id
"""

DELIVERY = """
select day, sum(ads_delivered)::bigint as ads_delivered, sum(spend_minor)::bigint as spend_minor, currency
from marts.campaign_spend_daily
where campaign_id = %(campaign_id)s
group by day, currency
order by day
"""


def get_campaign(c: Reader, campaign_id: UUID) -> CampaignSummary:
    """One campaign as entered; raises NotFoundError where this tenant has none of that id. Needs no build."""
    row = once(c, (get_campaign, campaign_id), lambda: c.execute(ONE, {"campaign_id": campaign_id}).fetchone())
    if row is None:
        raise NotFoundError("campaign", campaign_id)
    return CampaignSummary(**row)


def list_campaigns(
    c: Reader,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
    *,
    sponsor_id: UUID | None = None,
    status: str | None = None,
) -> list[CampaignRow]:
    """One row per campaign, newest first, with its built performance. `after` is the last row's (created_at, campaign_id)."""
    after_at, after_id = after or (None, None)
    page = c.execute(
        PAGE, {"sponsor_id": sponsor_id, "status": status, "after_at": after_at, "after_id": after_id, "limit": limit}
    ).fetchall()
    known = _performances(c, [row["campaign_id"] for row in page]) if has_table(c, "campaign_performance") else {}
    return [CampaignRow(campaign=CampaignSummary(**row), performance=known.get(row["campaign_id"])) for row in page]


def campaign_performance(c: Reader, campaign: CampaignSummary, *, live: bool = True) -> Performance:
    """One campaign's performance: with the events after the build (`live`), or exactly as built."""
    chosen = {"campaign_ids": [campaign.campaign_id]}
    rows = rows_by_kept_plan(c, LIVE, chosen) if live else c.execute(BUILT, chosen).fetchall()
    return _performance(rows[0]) if rows else _nothing_yet(campaign, live=live)


def campaign_placements(c: Reader, campaign_id: UUID) -> list[Placement]:
    """One row per placement of a campaign, with what was delivered of it up to the build."""
    return [
        Placement(
            price=Money.of(row.pop("price_minor"), row["currency"]),
            spend=Money.of(row.pop("spend_minor"), row.pop("currency")),
            **row,
        )
        for row in c.execute(PLACEMENTS, {"campaign_id": campaign_id}).fetchall()
    ]


def campaign_delivery(c: Reader, campaign_id: UUID) -> list[DeliveryDay]:
    """One row per day on which an ad was delivered or paid for."""
    rows = c.execute(DELIVERY, {"campaign_id": campaign_id}).fetchall()
    return [
        DeliveryDay(day=r["day"], ads_delivered=r["ads_delivered"], spend=Money.of(r["spend_minor"], r["currency"])) for r in rows
    ]


def campaign_conversions(
    c: Reader, campaign_id: UUID, basis: Basis = "conversion_date", *, live: bool = True
) -> list[ConversionDay]:
    """One row per day, model and currency, on the basis named; with the conversions after the build where it is `live`."""
    return [conversion_day(row) for row in credit_of_campaign(c, campaign_id, basis, live=live) if row["part"] == "day"]


def campaign_analytics(c: Reader, campaign_id: UUID, *, live: bool = True) -> CampaignAnalytics:
    """A campaign's page from one snapshot; raises NotFoundError, and NotBuiltError before the first build."""
    campaign = get_campaign(c, campaign_id)
    return CampaignAnalytics(
        build=current_build(c),
        campaign=campaign,
        performance=campaign_performance(c, campaign, live=live),
        placements=campaign_placements(c, campaign_id),
        delivery=campaign_delivery(c, campaign_id),
        conversions=campaign_conversions(c, campaign_id, live=live),
    )


def conversion_day(row: Row) -> ConversionDay:
    return ConversionDay(
        day=row["day"],
        model=row["model"],
        conversions=to_share(row["conversions_ppb"]),
        revenue=Money.of(row["revenue_minor"], row["currency"]),
        is_unconverted=row["is_unconverted"],
    )


def read_unconverted(amounts: Mapping[str, Mapping[str, int]] | None) -> list[Unconverted]:
    """The column `unconverted` or `fraud` of a mart, {currency: {conversions, amount_minor}}, in the order of the currencies."""
    return [
        Unconverted(conversions=Decimal(one["conversions"]), amount=Money.of(one["amount_minor"], currency))
        for currency, one in sorted((amounts or {}).items())
    ]


def _performances(c: Reader, campaign_ids: list[UUID]) -> dict[UUID, Performance]:
    return {row["campaign_id"]: _performance(row) for row in c.execute(BUILT, {"campaign_ids": campaign_ids}).fetchall()}


def _performance(row: Row) -> Performance:
    currency = row["currency"]
    money: dict[str, Any] = {name: Money.of(row[f"{name}_minor"], currency) for name in ("spend", "revenue", "verified_revenue")}
    money["unconverted"] = read_unconverted(row.pop("unconverted"))
    money["fraud"] = read_unconverted(row.pop("fraud"))
    return Performance(**money, **Performance.fields_of(row))


def _nothing_yet(campaign: CampaignSummary, *, live: bool) -> Performance:
    """A campaign that was created after the build: nothing was delivered of it, and that is a figure, not a gap."""
    zero = Money.of(0, campaign.currency)
    return Performance(
        contracted_ads=None, ads_delivered=0, flight_elapsed_rate=0.0, delivered_rate=None, pacing_rate=None, make_good_ads=0,
        spend=zero, visits=0, conversions=0, revenue=zero, verified_revenue=zero, exposure_conversions=0, click_conversions=0,
        vanity_conversions=0, code_conversions=0, first_event_at=None, last_event_at=None, is_live=live,
    )  # fmt: skip
