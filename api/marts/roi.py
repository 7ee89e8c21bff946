"""Return on a sponsorship under every model (domain rules, section 6): null at zero spend, 0 where nothing came of it."""

from itertools import groupby
from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.keyset import WHOLE, Order, Window
from api.marts.models import MODELS, Build, CampaignRoi, CustomRoi, Money, Roi, Span, TenantRoi, Unconverted
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row

CAMPAIGNS = """
select c.campaign_id, c.name as campaign_name, c.created_at
from app.campaigns as c
where
    (%(sponsor_id)s::uuid is null or c.sponsor_id = %(sponsor_id)s)
    and exists (select from marts.campaign_roi as r where r.tenant_id = c.tenant_id and r.campaign_id = c.campaign_id)
"""
NEWEST_FIRST = Order("created_at timestamptz desc", "campaign_id uuid")

ROWS = """
select
    r.campaign_id, c.name as campaign_name, r.model, coalesce(m.name, '') as own_name, r.currency, r.spend_minor, r.revenue_minor,
    r.conversions_ppb, r.margin_rate, r.roi, r.roas, r.cpa_minor, r.aov_minor, coalesce(r.verdict, 'known') as verdict,
    coalesce(r.new_customers_ppb, 0) as new_customers_ppb, r.cac_minor, coalesce(r.visits, 0) as visits, r.cpv_minor,
    r.break_even_revenue_minor, r.break_even_roas, r.break_even_conversions, r.lifetime_value_minor, r.lifetime_roi,
    r.lowest_roi, r.highest_roi, r.lowest_roas, r.highest_roas
from marts.campaign_roi as r
inner join app.campaigns as c on c.tenant_id = r.tenant_id and c.campaign_id = r.campaign_id
left join app.attribution_models as m on m.tenant_id = r.tenant_id and r.model = 'custom:' || m.model_id
where r.campaign_id = any(%(campaigns)s::uuid[])
order by r.campaign_id, m.created_at, r.model
"""

UNCONVERTED = """
select
    campaign_id, model, currency, sum(conversions_ppb)::bigint as conversions_ppb, sum(revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily
where
    is_unconverted and not coalesce(is_fraud, false) and basis = 'conversion_date'
    and campaign_id = any(%(campaigns)s::uuid[])
group by campaign_id, model, currency
order by campaign_id, model, currency
"""
Apart = dict[tuple[UUID, str], list[Unconverted]]
# A mean is no sum of money: these are shown to the currency's last digit.
MEANS = {
    "cost_per_conversion": "cpa_minor",
    "average_order_value": "aov_minor",
    "cost_per_new_customer": "cac_minor",
    "cost_per_visit": "cpv_minor",
    "break_even_revenue": "break_even_revenue_minor",
    "lifetime_value": "lifetime_value_minor",
}
AS_THEY_ARE = (
    "margin_rate", "roi", "roas", "verdict", "visits", "break_even_roas", "break_even_conversions", "lifetime_roi",
)  # fmt: skip


def campaign_roi(c: Reader, campaign_id: UUID) -> CampaignRoi:
    """One campaign's return, one row per model; no rows where it is newer than the build."""
    campaign, build = get_campaign(c, campaign_id), current_build(c)
    rows = c.execute(ROWS, {"campaigns": [campaign_id]}).fetchall()
    return _campaign(build, campaign_id, campaign.name, rows, _unconverted(c, [campaign_id]))


def tenant_roi(c: Reader, *, sponsor_id: UUID | None = None, page: Window = WHOLE) -> TenantRoi:
    """A page of the campaigns that the build knows, newest first."""
    build = current_build(c)
    listed = NEWEST_FIRST.read(c, CAMPAIGNS, {"sponsor_id": sponsor_id}, page)
    campaigns = [row["campaign_id"] for row in listed.items]
    rows = c.execute(ROWS, {"campaigns": campaigns}).fetchall()
    apart = _unconverted(c, campaigns)
    of = {campaign_id: list(group) for campaign_id, group in groupby(rows, lambda row: row["campaign_id"])}
    shown = listed.map(lambda row: _campaign(build, row["campaign_id"], row["campaign_name"], of[row["campaign_id"]], apart))
    return TenantRoi(build=build, campaigns=shown.items, next_cursor=shown.next_cursor)


def span(lowest: float | None, highest: float | None) -> Span | None:
    """Both ends, or None where the figure does not exist."""
    return None if lowest is None or highest is None else Span(lowest=lowest, highest=highest)


def _campaign(build: Build, campaign_id: UUID, name: str, rows: list[Row], apart: Apart) -> CampaignRoi:
    built_in = sorted((row for row in rows if row["model"] in MODELS), key=lambda row: MODELS.index(row["model"]))
    return CampaignRoi(
        build=build,
        campaign_id=campaign_id,
        campaign_name=name,
        rows=[Roi(model=row["model"], **_return(row, apart)) for row in built_in],
        custom_models=[
            CustomRoi(model=row["model"], name=row["own_name"], **_return(row, apart)) for row in rows if row["model"] not in MODELS
        ],
    )


def _unconverted(c: Reader, campaigns: list[UUID]) -> Apart:
    found: Apart = {}
    for row in c.execute(UNCONVERTED, {"campaigns": campaigns}).fetchall():
        one = Unconverted(conversions=to_share(row["conversions_ppb"]), amount=Money.of(row["revenue_minor"], row["currency"]))
        found.setdefault((row["campaign_id"], row["model"]), []).append(one)
    return found


def _return(row: Row, apart: Apart) -> Row:
    return {
        "spend": Money.of(row["spend_minor"], row["currency"]),
        "revenue": Money.of(row["revenue_minor"], row["currency"]),
        "conversions": to_share(row["conversions_ppb"]),
        "new_customers": to_share(row["new_customers_ppb"]),
        "unconverted": apart.get((row["campaign_id"], row["model"]), []),
        "roi_span": span(row["lowest_roi"], row["highest_roi"]),
        "roas_span": span(row["lowest_roas"], row["highest_roas"]),
        **{name: _rounded(row[column], row["currency"]) for name, column in MEANS.items()},
        **{name: row[name] for name in AS_THEY_ARE},
    }


def _rounded(minor: float | None, currency: str) -> Money | None:
    return None if minor is None else Money.of(round(minor), currency)
