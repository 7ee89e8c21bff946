"""Reads what ties conversions to a campaign."""

from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.explanation_words import PRECEDENCE
from api.marts.models.evidence import CampaignEvidence, CodeLeak, Overlap, Survey
from api.marts.warehouse import Reader

OVERLAP = """
select evidence_kind as evidence, other_kind as other, conversions, owned_conversions, sole_conversions
from marts.evidence_overlap
where campaign_id = %(campaign_id)s
"""
CODES = """
select l.*, s.title as show_title
from marts.promo_code_leaks as l
left join app.shows as s on l.tenant_id = s.tenant_id and l.show_id = s.show_id
where l.campaign_id = %(campaign_id)s
order by l.suspect_uses desc, l.uses desc, l.code, l.code_id
"""
SURVEY = "select * from marts.survey_multipliers where sponsor_id = %(sponsor_id)s"
NO_SURVEY = Survey(
    verdict="no_survey", answers=0, podcast_answers=0, customers=0, direct_customers=0, response_rate=None, podcast_rate=None,
    podcast_rate_low=None, podcast_rate_high=None, projected_customers=None, multiplier=None, multiplier_low=None,
    multiplier_high=None, first_answer_at=None, last_answer_at=None,
)  # fmt: skip


def campaign_evidence(c: Reader, campaign_id: UUID) -> CampaignEvidence:
    """One campaign's evidence, strongest first. Raises NotFoundError, and NotBuiltError before the first build."""
    campaign = get_campaign(c, campaign_id)
    asked = {"campaign_id": campaign_id, "sponsor_id": campaign.sponsor_id}
    order = {kind: place for place, kind in enumerate(PRECEDENCE)}
    pairs = [Overlap(**row) for row in c.execute(OVERLAP, asked).fetchall()]
    survey = c.execute(SURVEY, asked).fetchone()
    return CampaignEvidence(
        build=current_build(c),
        campaign_id=campaign_id,
        precedence=list(PRECEDENCE),
        overlap=sorted(pairs, key=lambda pair: (order.get(pair.evidence, 99), order.get(pair.other, 99))),
        codes=[CodeLeak(**CodeLeak.fields_of(row)) for row in c.execute(CODES, asked).fetchall()],
        survey=Survey(**Survey.fields_of(survey)) if survey else NO_SURVEY,
    )
