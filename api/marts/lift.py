"""Lift of a campaign as the last published study has it."""

from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.models.lift import CampaignLift, FalsePositives, LiftSpan
from api.marts.warehouse import Reader, Row, has_table

NO_STUDY = "no study has been made of this campaign yet: they are made once a day, the first within minutes of the first build"
ROWS = """
select l.*
from marts.campaign_lift as l
where l.campaign_id = %(campaign_id)s
order by l.is_headline desc, l.week_from
"""


def campaign_lift(c: Reader, campaign_id: UUID) -> CampaignLift:
    """The campaign's lift, or that no study has been yet. Raises NotFoundError, and NotBuiltError before the first build."""
    get_campaign(c, campaign_id)
    build = current_build(c)
    rows = c.execute(ROWS, {"campaign_id": campaign_id}).fetchall() if has_table(c, "campaign_lift") else []
    spans = [(row["is_headline"], LiftSpan(**LiftSpan.fields_of(row))) for row in rows]
    headline = next((span for is_headline, span in spans if is_headline and not span.is_placebo), None)
    any_row: Row = rows[0] if rows else {}
    return CampaignLift(
        build=build,
        campaign_id=campaign_id,
        design=any_row.get("design"),
        verdict=headline.verdict if headline else "not_run",
        reason=headline.reason if headline else NO_STUDY,
        headline=headline,
        placebo=next((span for is_headline, span in spans if is_headline and span.is_placebo), None),
        weeks=[span for is_headline, span in spans if not is_headline and not span.is_placebo],
        placebo_weeks=[span for is_headline, span in spans if not is_headline and span.is_placebo],
        split_tests=_measured(any_row, "split_tests"),
        placebo_tests=_measured(any_row, "placebo_tests"),
        model_version=any_row.get("model_version"),
        seed=any_row.get("seed"),
        fitted_build_id=any_row.get("fitted_build_id"),
        fitted_at=any_row.get("fitted_at"),
    )


def _measured(row: Row, name: str) -> FalsePositives:
    tests, positive = row.get(name, 0), row.get(f"{name}_positive", 0)
    return FalsePositives(tests=tests, positive=positive, rate=positive / tests if tests else None)
