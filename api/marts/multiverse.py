"""The multiverse of a campaign's return: the headline with its range, every universe, the ranking of shows, and cohorts by week."""

from uuid import UUID

from api.marts.builds import current_build
from api.marts.models import (
    MODELS,
    Basis,
    CampaignCohorts,
    CampaignReturn,
    CampaignRoi,
    Money,
    Multiverse,
    ShowRank,
    Span,
    Universe,
)
from api.marts.models.roi import Cohort
from api.marts.money import to_share
from api.marts.roi import campaign_roi, span
from api.marts.warehouse import Reader, Row

UNIVERSES = """
select u.window_days, u.ip_classes, u.model, u.currency, u.conversions_ppb, u.revenue_minor, u.roi, u.roas
from marts.campaign_roi_multiverse as u
left join app.attribution_models as m on m.tenant_id = u.tenant_id and u.model = 'custom:' || m.model_id
where u.campaign_id = %(campaign_id)s
order by u.ip_classes, u.window_days, array_position(%(models)s::text[], u.model), m.created_at, u.model
"""

SHOWS = """
select
    f.show_id, s.title as show_title, f.currency, f.spend_minor, f.revenue_minor, f.roas, f.headline_rank, f.best_rank,
    f.worst_rank, f.lowest_roas, f.highest_roas, f.flips_with
from marts.show_ranking_flips as f
inner join app.shows as s on s.tenant_id = f.tenant_id and s.show_id = f.show_id
where f.campaign_id = %(campaign_id)s
order by f.headline_rank, s.title, f.show_id
"""

COHORTS = """
select cohort_week, model, currency, spend_minor, conversions_ppb, revenue_minor, roi, roas, is_mature
from marts.campaign_roi_cohorts
where campaign_id = %(campaign_id)s and basis = %(basis)s
order by cohort_week, model
"""
HEADLINE = "linear"


def campaign_return(c: Reader, campaign_id: UUID) -> CampaignReturn:
    """One campaign's return with its multiverse."""
    roi = campaign_roi(c, campaign_id)
    return CampaignReturn(**dict(roi), multiverse=multiverse(c, roi))


def multiverse(c: Reader, roi: CampaignRoi) -> Multiverse | None:
    """None where the campaign is newer than the build. The range holds the account's own windows too."""
    headline = next((row for row in roi.rows if row.model == HEADLINE), None)
    if headline is None:
        return None
    chosen = {"campaign_id": roi.campaign_id, "models": list(MODELS)}
    shows = [_show(row) for row in c.execute(SHOWS, chosen).fetchall()]
    returns = [*roi.rows, *roi.custom_models]
    over = _over([row.roi_span for row in returns])
    return Multiverse(
        roi=headline.roi,
        roas=headline.roas,
        roi_span=over,
        roas_span=_over([row.roas_span for row in returns]),
        is_sign_sure=None if over is None else over.lowest >= 0 or over.highest < 0,
        universes=[
            Universe(
                window_days=row["window_days"], ip_classes=row["ip_classes"], model=row["model"], roi=row["roi"], roas=row["roas"],
                conversions=to_share(row["conversions_ppb"]), revenue=Money.of(row["revenue_minor"], row["currency"]),
            )
            for row in c.execute(UNIVERSES, chosen).fetchall()
        ],
        shows=shows,
        is_ranking_sure=None if len(shows) < 2 else not any(show.flips_with for show in shows),
    )  # fmt: skip


def campaign_cohorts(c: Reader, campaign_id: UUID, basis: Basis) -> CampaignCohorts:
    """One row per week and model, on the basis named."""
    rows = c.execute(COHORTS, {"campaign_id": campaign_id, "basis": basis}).fetchall()
    return CampaignCohorts(
        build=current_build(c),
        campaign_id=campaign_id,
        basis=basis,
        rows=[
            Cohort(
                spend=Money.of(row["spend_minor"], row["currency"]),
                revenue=Money.of(row["revenue_minor"], row["currency"]),
                conversions=to_share(row["conversions_ppb"]),
                **Cohort.fields_of(row),
            )
            for row in rows
        ],
    )


def _show(row: Row) -> ShowRank:
    currency = row["currency"]
    return ShowRank(
        spend=Money.of(row["spend_minor"], currency),
        revenue=Money.of(row["revenue_minor"], currency),
        roas_span=Span(lowest=row["lowest_roas"], highest=row["highest_roas"]),
        **ShowRank.fields_of(row),
    )


def _over(spans: list[Span | None]) -> Span | None:
    known = [one for one in spans if one is not None]
    return span(min((one.lowest for one in known), default=None), max((one.highest for one in known), default=None))
