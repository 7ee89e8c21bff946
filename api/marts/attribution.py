"""Credit by model: one campaign's, and a tenant's with what no touch explains."""

from collections import defaultdict
from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import campaign_conversions, get_campaign
from api.marts.credit import credit_by_campaign, credit_of_campaign, is_shown_live
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
CREDIT = "campaign_attribution_daily"
# Of each model the campaigns by their names, what no touch explains first.
BY_NAME = Order(
    "model_place bigint", "campaign_name text", "campaign_id uuid", "sponsor_id uuid", "currency text", "is_unconverted boolean"
)


def campaign_attribution(
    c: Reader, campaign_id: UUID, basis: Basis = "conversion_date", *, live: bool = True
) -> CampaignAttribution:
    """One campaign's credit under every model: with the conversions after the build (`live`), or exactly as built.

    Raises NotFoundError, and NotBuiltError before the first build.

    Sums over placements are sums of integers: the models' totals are exactly those of their rows.
    """
    get_campaign(c, campaign_id)
    found = credit_of_campaign(c, campaign_id, basis, live=live)
    rows, fraud = _parted([row for row in found if row["part"] == "placement"])
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
        daily=campaign_conversions(c, campaign_id, basis, live=live),
        custom_models=[CustomModelTotal(name=row["name"], **_credit(row)) for row in found if row["part"] == "own_model"],
        is_live=is_shown_live(c, CREDIT, live=live),
    )


def tenant_attribution(
    c: Reader, basis: Basis = "conversion_date", *, sponsor_id: UUID | None = None, page: Window = WHOLE, live: bool = False
) -> TenantAttribution:
    """All credit of the tenant (or of one sponsor): a model's rows and its fraud sum to all its conversions, whatever page of the
    campaigns' rows is shown; with the conversions after the build where it is `live`."""
    rows, fraud = _parted(credit_by_campaign(c, basis, sponsor_id, live=live))
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
        is_live=is_shown_live(c, CREDIT, live=live),
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
