"""The overlap of evidence as a heat map, and what the survey says in words."""

from typing import Any
from uuid import UUID

from api.dashboard import formats
from api.dashboard.plots import Heatmap
from api.marts.evidence import campaign_evidence
from api.marts.explanation_words import evidence_name
from api.marts.models.evidence import CampaignEvidence, Survey
from api.marts.warehouse import Reader

VERDICTS = {"too_little_data": "Too little data", "leaked": "Leaked", "some_suspects": "Some suspects", "clean": "Clean"}
TONES = {"too_little_data": "paused", "leaked": "failed", "some_suspects": "requested", "clean": "succeeded"}


def evidence_context(c: Reader, campaign_id: UUID) -> dict[str, Any]:
    """What `parts/evidence.html` needs."""
    evidence = campaign_evidence(c, campaign_id)
    return {
        "evidence": evidence,
        "overlap": overlap(evidence),
        "survey_sentence": survey_sentence(evidence.survey),
        "leak_verdicts": VERDICTS,
        "leak_tones": TONES,
    }


def overlap(evidence: CampaignEvidence) -> Heatmap:
    """Conversions that two kinds of evidence saw both; the diagonal: that one saw."""
    kinds = [kind for kind in evidence.precedence if any(pair.evidence == kind for pair in evidence.overlap)]
    seen = {(pair.evidence, pair.other): pair.conversions for pair in evidence.overlap}
    names = [evidence_name(kind) for kind in kinds]
    return Heatmap(
        "overlap-plot",
        "Which evidence saw the same conversions",
        names,
        names,
        [[seen.get((row, column), 0) for column in kinds] for row in kinds],
        "conversions",
        note="On the diagonal what one kind saw, elsewhere what both saw. Each conversion still has one owner.",
        empty_text="No conversion is tied to this campaign yet.",
    )


def survey_sentence(survey: Survey) -> str:
    """Podcast share of answers, projected customers and the multiplier, each with its interval; or why there is none."""
    if survey.verdict == "no_survey":
        return "No survey answer has come in. Ask customers how they heard of you, and send the answer as a survey_response event."
    rate = (
        f"{formats.number(survey.podcast_answers)} of {formats.plural(survey.answers, 'answer')} name a podcast "
        f"({formats.rate(survey.podcast_rate)}, 95% interval {formats.rate(survey.podcast_rate_low)} to "
        f"{formats.rate(survey.podcast_rate_high)}; {formats.rate(survey.response_rate)} of customers answered)"
    )
    if survey.verdict == "too_little_data":
        return f"{rate}. Too little data for a multiplier: 30 answers and 5 customers by link, path or code are needed."
    return (
        f"{rate}. That projects {formats.number(survey.projected_customers)} of {formats.plural(survey.customers, 'customer')}, "
        f"{formats.multiple(survey.multiplier)} the {formats.number(survey.direct_customers)} that a link, path or code brings "
        f"(interval {formats.multiple(survey.multiplier_low)} to {formats.multiple(survey.multiplier_high)}). "
        "It is never applied to household matches."
    )
