"""Credit by model: one campaign's, and a tenant's with what no touch explains."""

from collections import defaultdict
from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import campaign_conversions, get_campaign
from api.marts.keyset import WHOLE, Order, Window
from api.marts.models import (
    MODELS,
    NONE_ID,
    Basis,
    CampaignAttribution,
    CampaignTotal,
    CustomModelTotal,
    ModelName,
    ModelTotal,
    Money,
    PlacementTotal,
    TenantAttribution,
)
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row

UNATTRIBUTED = "unattributed"
# Of each model the campaigns by their names, what no touch explains first.
BY_NAME = Order(
    "model_place bigint", "campaign_name text", "campaign_id uuid", "sponsor_id uuid", "currency text", "is_unconverted boolean"
)

BY_PLACEMENT = """
select
    a.placement_id, a.show_id, coalesce(s.title, '') as show_title, a.model, a.currency,
    coalesce(a.is_unconverted, false) as is_unconverted, coalesce(a.is_fraud, false) as is_fraud,
    sum(a.conversions_ppb)::bigint as conversions_ppb, sum(a.revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily as a
left join app.shows as s on s.tenant_id = a.tenant_id and s.show_id = a.show_id
where a.campaign_id = %(campaign_id)s and a.basis = %(basis)s and not starts_with(a.model, 'custom:')
group by a.placement_id, a.show_id, s.title, a.model, a.currency, a.is_unconverted, coalesce(a.is_fraud, false)
order by show_title, a.placement_id, a.currency
"""

# A tenant's own models, by the names that they have now.
BY_CUSTOM_MODEL = """
select
    a.model, coalesce(m.name, '') as name, a.currency, coalesce(a.is_unconverted, false) as is_unconverted,
    sum(a.conversions_ppb)::bigint as conversions_ppb, sum(a.revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily as a
left join app.attribution_models as m on m.tenant_id = a.tenant_id and a.model = 'custom:' || m.model_id
where
    a.campaign_id = %(campaign_id)s and a.basis = %(basis)s and starts_with(a.model, 'custom:') and not coalesce(a.is_fraud, false)
group by a.model, m.name, m.created_at, a.currency, a.is_unconverted
order by m.created_at, a.model, a.currency
"""

BY_CAMPAIGN = """
select
    a.campaign_id, a.sponsor_id, coalesce(c.name, '') as campaign_name, a.model, a.currency,
    coalesce(a.is_unconverted, false) as is_unconverted, coalesce(a.is_fraud, false) as is_fraud,
    sum(a.conversions_ppb)::bigint as conversions_ppb, sum(a.revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily as a
left join app.campaigns as c on c.tenant_id = a.tenant_id and c.campaign_id = a.campaign_id
where
    a.basis = %(basis)s and not starts_with(a.model, 'custom:')
    and (%(sponsor_id)s::uuid is null or a.sponsor_id = %(sponsor_id)s)
group by a.campaign_id, a.sponsor_id, c.name, a.model, a.currency, a.is_unconverted, coalesce(a.is_fraud, false)
order by campaign_name, a.campaign_id, a.sponsor_id, a.currency
"""


def campaign_attribution(c: Reader, campaign_id: UUID, basis: Basis = "conversion_date") -> CampaignAttribution:
    """One campaign's credit under all five models. Raises NotFoundError, and NotBuiltError before the first build.

    Sums over placements are sums of integers: the models' totals are exactly those of their rows.
    """
    get_campaign(c, campaign_id)
    rows, fraud = _parted(c.execute(BY_PLACEMENT, {"campaign_id": campaign_id, "basis": basis}).fetchall())
    return CampaignAttribution(
        build=current_build(c),
        campaign_id=campaign_id,
        basis=basis,
        models=model_totals(rows),
        fraud=model_totals(fraud),
        placements=[
            PlacementTotal(placement_id=r["placement_id"], show_id=r["show_id"], show_title=r["show_title"], **_credit(r))
            for r in rows
        ],
        daily=campaign_conversions(c, campaign_id, basis),
        custom_models=_custom_models(c, campaign_id, basis),
    )


def tenant_attribution(
    c: Reader, basis: Basis = "conversion_date", *, sponsor_id: UUID | None = None, page: Window = WHOLE
) -> TenantAttribution:
    """All credit of the tenant (or of one sponsor): a model's rows and its fraud sum to all its conversions, whatever page of the
    campaigns' rows is shown."""
    rows, fraud = _parted(c.execute(BY_CAMPAIGN, {"basis": basis, "sponsor_id": sponsor_id}).fetchall())
    shown = BY_NAME.cut((_placed(row) for row in rows), page)
    return TenantAttribution(
        build=current_build(c),
        basis=basis,
        models=model_totals(rows),
        fraud=model_totals(fraud),
        campaigns=[
            CampaignTotal(
                campaign_id=None if r["campaign_id"] == NONE_ID else r["campaign_id"],
                campaign_name=UNATTRIBUTED if r["campaign_id"] == NONE_ID else r["campaign_name"],
                sponsor_id=r["sponsor_id"],
                **_credit(r),
            )
            for r in shown.items
        ],
        next_cursor=shown.next_cursor,
    )


def _placed(row: Row) -> Row:
    return {**row, "model_place": MODELS.index(row["model"])}


def model_totals(rows: list[Row]) -> list[ModelTotal]:
    """One row per model and currency, what could not be converted apart, from rows with `model`, `currency`, `is_unconverted`,
    `conversions_ppb` and `revenue_minor`."""
    sums: dict[tuple[ModelName, str, bool], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        total = sums[row["model"], row["currency"], row["is_unconverted"]]
        total[0] += row["conversions_ppb"]
        total[1] += row["revenue_minor"]
    ordered = sorted(sums.items(), key=lambda item: (MODELS.index(item[0][0]), item[0][2], item[0][1]))
    return [
        ModelTotal(model=model, conversions=to_share(ppb), revenue=Money.of(minor, currency), is_unconverted=is_unconverted)
        for (model, currency, is_unconverted), (ppb, minor) in ordered
    ]


def _custom_models(c: Reader, campaign_id: UUID, basis: Basis) -> list[CustomModelTotal]:
    rows = c.execute(BY_CUSTOM_MODEL, {"campaign_id": campaign_id, "basis": basis}).fetchall()
    return [CustomModelTotal(name=row["name"], **_credit(row)) for row in rows]


def _credit(row: Row) -> Row:
    return {
        "model": row["model"],
        "conversions": to_share(row["conversions_ppb"]),
        "revenue": Money.of(row["revenue_minor"], row["currency"]),
        "is_unconverted": row["is_unconverted"],
    }


def _parted(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """What is credited, and what stands apart as fraud."""
    ordered = _in_model_order(rows)
    return [row for row in ordered if not row["is_fraud"]], [row for row in ordered if row["is_fraud"]]


def _in_model_order(rows: list[Row]) -> list[Row]:
    """Stable: within one model the rows keep the query's order."""
    return sorted(rows, key=lambda row: MODELS.index(row["model"]))
