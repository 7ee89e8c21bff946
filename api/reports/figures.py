"""From the marts' figures to the neutral report: a pure step, which alone decides what a report says.

A kind of report is data: its name, whom it is of, and its sections in their order. What draws and writes reports knows no kind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.marts.figures import CampaignFigures, NetworkFigures, ReportFigures
from api.reports.attribution import attribution_section, placement_section
from api.reports.campaign import delivery_section, headline_section
from api.reports.daily import daily_section
from api.reports.document import Document, Section
from api.reports.formats import at, span
from api.reports.language import say, translated
from api.reports.lift import lift_sections
from api.reports.look import LOOK
from api.reports.methods import Trace, methods_section
from api.reports.network import (
    campaigns_section,
    network_daily_section,
    network_headline_section,
    network_models_section,
    shows_section,
)
from api.reports.outcome import evidence_section
from api.reports.outlook import outlook_sections
from api.reports.promise import promise_section
from api.reports.returns import roi_section
from api.reports.review import economics_section, sentiment_section
from api.reports.saturation import saturation_sections
from api.success.review import ReviewFigures

KindName = Literal["campaign", "network", "post_campaign", "value_review"]
Made = Section | tuple[Section, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of report. `told` are the sections whose figures hold for a day that is over, so that a change of one is a
    restatement; what is estimated anew each day is none."""

    title: str
    final_title: str
    sections: tuple[Callable[[Any], Made], ...]
    told: frozenset[str]


KINDS: Mapping[str, Kind] = {
    "campaign": Kind(
        "Campaign report",
        "Final campaign report",
        (
            headline_section, delivery_section, outlook_sections, attribution_section, placement_section, evidence_section,
            lift_sections, roi_section, saturation_sections, daily_section,
        ),
        frozenset({"daily"}),
    ),
    "post_campaign": Kind(
        "Post-campaign report",
        "Post-campaign report",
        (
            promise_section, headline_section, attribution_section, placement_section, evidence_section, lift_sections,
            roi_section, daily_section,
        ),
        frozenset({"promise", "headline", "attribution", "placements", "evidence", "daily"}),
    ),
    "network": Kind(
        "Network summary",
        "Network summary",
        (network_headline_section, network_models_section, campaigns_section, shows_section, network_daily_section),
        frozenset({"headline", "attribution", "campaigns", "shows", "daily"}),
    ),
    "value_review": Kind(
        "Value review",
        "Value review",
        (
            network_headline_section, economics_section, sentiment_section, network_models_section, campaigns_section,
            shows_section, network_daily_section,
        ),
        frozenset({"headline", "attribution", "campaigns", "shows", "daily"}),
    ),
}  # fmt: skip


def build_document(
    figures: CampaignFigures | NetworkFigures,
    *,
    kind: str = "campaign",
    is_final: bool = False,
    version: int = 1,
    restated: Sequence[Section] = (),
) -> Document:
    """The report on these figures; equal figures give equal reports. `restated` comes first: what an earlier version said."""
    of, build = KINDS[kind], figures.build
    warnings = []
    if build.is_stale:
        warnings.append(
            say(
                "These figures come from the last good build, published {at}: {reason}. What arrived since then is not in them.",
                at=at(build.published_at),
                reason=build.stale_reason or say("a newer build was held back"),
            )
        )
    told = say("{kind} · {days}", kind=say(of.final_title if is_final else of.title), days=days_told(figures))
    document = Document(
        **subject_of(figures),
        publisher=LOOK.get().name or figures.tenant_name,
        subtitle=told if version == 1 else say("{told} · version {version}", told=told, version=version),
        build_id=str(build.build_id),
        published_at=build.published_at,
        sections=(
            *restated,
            *flat(section(figures) for section in of.sections),
            methods_section(figures, trace_of(figures, is_final=is_final, version=version)),
        ),
        warnings=tuple(warnings),
        is_final=is_final,
        kind=kind,
        version=version,
    )
    return translated(document)


def subject_of(figures: ReportFigures) -> dict[str, str]:
    """Title, for whom, and the currency of the money."""
    if isinstance(figures, NetworkFigures):
        whom = figures.summary.sponsor_name or LOOK.get().name or figures.tenant_name
        title = "Value review" if isinstance(figures, ReviewFigures) else "Network summary"
        return {"title": title, "sponsor": whom, "currency": figures.currency}
    assert isinstance(figures, CampaignFigures)  # noqa: S101  # there are two kinds of figures
    return {
        "title": figures.campaign.name, "sponsor": figures.campaign.sponsor_name, "currency": figures.campaign.currency,
    }  # fmt: skip


def days_told(figures: ReportFigures) -> str:
    if isinstance(figures, NetworkFigures):
        return span(figures.summary.first_day, figures.summary.last_day)
    assert isinstance(figures, CampaignFigures)  # noqa: S101  # as above
    return say("flight {days}", days=span(figures.campaign.flight_start, figures.campaign.flight_end))


def trace_of(figures: ReportFigures, *, is_final: bool, version: int) -> Trace:
    if isinstance(figures, NetworkFigures):
        s = figures.summary
        subject = [("Period", f"{s.first_day.isoformat()}/{s.last_day.isoformat()}")]
        if s.sponsor_id:
            subject.append(("Sponsor", str(s.sponsor_id)))
        return Trace(tuple(subject), is_final, version)
    assert isinstance(figures, CampaignFigures)  # noqa: S101  # as above
    models = []
    if figures.lift and figures.lift.model_version:
        models.append(("Lift", f"{figures.lift.model_version}, seed {figures.lift.seed}"))
    versions = sorted({f.model_version for f in figures.forecast.forecasts if f.model_version} if figures.forecast else ())
    if versions:
        models.append(("Forecast", ", ".join(versions)))
    own = tuple((str(one.model_id), one.name, one.said) for one in figures.own_models)
    return Trace((("Campaign", str(figures.campaign.campaign_id)),), is_final, version, tuple(models), own)


def flat(made: Iterable[Made]) -> list[Section]:
    return [section for one in made for section in (one if isinstance(one, tuple) else (one,))]
