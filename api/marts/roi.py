"""Return on a sponsorship under every model (domain rules, section 6): null at zero spend, 0 where nothing came of it."""

from itertools import groupby
from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.models import MODELS, Build, CampaignRoi, Money, Roi, TenantRoi, Unconverted
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row

ROWS = """
select
    r.campaign_id, c.name as campaign_name, r.model, r.currency, r.spend_minor, r.revenue_minor, r.conversions_ppb, r.margin_rate,
    r.roi, r.roas, r.cpa_minor, r.aov_minor
from marts.campaign_roi as r
inner join app.campaigns as c on c.tenant_id = r.tenant_id and c.campaign_id = r.campaign_id
where
    (%(campaign_id)s::uuid is null or r.campaign_id = %(campaign_id)s)
    and (%(sponsor_id)s::uuid is null or r.sponsor_id = %(sponsor_id)s)
order by c.created_at desc, r.campaign_id
"""

UNCONVERTED = """
select
    campaign_id, model, currency, sum(conversions_ppb)::bigint as conversions_ppb, sum(revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily
where
    is_unconverted and not coalesce(is_fraud, false) and basis = 'conversion_date'
    and (%(campaign_id)s::uuid is null or campaign_id = %(campaign_id)s)
group by campaign_id, model, currency
order by campaign_id, model, currency
"""
Apart = dict[tuple[UUID, str], list[Unconverted]]


def campaign_roi(c: Reader, campaign_id: UUID) -> CampaignRoi:
    """One campaign's return, one row per model; no rows where it is newer than the build."""
    campaign = get_campaign(c, campaign_id)
    build = current_build(c)
    rows = c.execute(ROWS, {"campaign_id": campaign_id, "sponsor_id": None}).fetchall()
    by_model = _by_model(rows, _unconverted(c, campaign_id))
    return CampaignRoi(build=build, campaign_id=campaign_id, campaign_name=campaign.name, rows=by_model)


def tenant_roi(c: Reader, *, sponsor_id: UUID | None = None) -> TenantRoi:
    """Every campaign that the build knows, newest first."""
    build = current_build(c)
    rows = c.execute(ROWS, {"campaign_id": None, "sponsor_id": sponsor_id}).fetchall()
    apart = _unconverted(c, None)
    return TenantRoi(
        build=build, campaigns=[_campaign(build, list(group), apart) for _, group in groupby(rows, lambda r: r["campaign_id"])]
    )


def _campaign(build: Build, rows: list[Row], apart: Apart) -> CampaignRoi:
    first = rows[0]
    by_model = _by_model(rows, apart)
    return CampaignRoi(build=build, campaign_id=first["campaign_id"], campaign_name=first["campaign_name"], rows=by_model)


def _unconverted(c: Reader, campaign_id: UUID | None) -> Apart:
    found: Apart = {}
    for row in c.execute(UNCONVERTED, {"campaign_id": campaign_id}).fetchall():
        one = Unconverted(conversions=to_share(row["conversions_ppb"]), amount=Money.of(row["revenue_minor"], row["currency"]))
        found.setdefault((row["campaign_id"], row["model"]), []).append(one)
    return found


def _by_model(rows: list[Row], apart: Apart) -> list[Roi]:
    return [
        Roi(
            model=row["model"],
            spend=Money.of(row["spend_minor"], row["currency"]),
            revenue=Money.of(row["revenue_minor"], row["currency"]),
            conversions=to_share(row["conversions_ppb"]),
            margin_rate=row["margin_rate"],
            roi=row["roi"],
            roas=row["roas"],
            cost_per_conversion=_rounded(row["cpa_minor"], row["currency"]),
            average_order_value=_rounded(row["aov_minor"], row["currency"]),
            unconverted=apart.get((row["campaign_id"], row["model"]), []),
        )
        for row in sorted(rows, key=lambda row: MODELS.index(row["model"]))
    ]


def _rounded(minor: float | None, currency: str) -> Money | None:
    """A mean is no sum of money: shown to the currency's last digit."""
    return None if minor is None else Money.of(round(minor), currency)
