"""From the marts' figures of one campaign to the neutral report: a pure step, which alone decides what a report says."""

from api.marts.figures import CampaignFigures
from api.marts.models import Placement
from api.reports.attribution import attribution_section, placement_section
from api.reports.cells import day, decimal, money, number, position_words, rate, ratio, text
from api.reports.daily import daily_section
from api.reports.document import Document, Figure, Section, Table
from api.reports.formats import at, percent, plural, span
from api.reports.formats import money as amount
from api.reports.lift import lift_sections
from api.reports.methods import methods_section
from api.reports.outcome import evidence_section
from api.reports.outlook import outlook_sections
from api.reports.returns import roi_section
from api.reports.saturation import saturation_sections

NOTHING_CONTRACTED = "nothing contracted"
NO_SPEND = "not identifiable (no spend)"
NOT_IN_BUILD = "not in this build"
PRICE_MODELS = {"cpm": "CPM", "flat": "Flat", "revenue_share": "Share"}


def build_document(figures: CampaignFigures, *, is_final: bool = False) -> Document:
    """The report on these figures; equal figures give equal reports."""
    campaign, build = figures.campaign, figures.build
    warnings = []
    if build.is_stale:
        warnings.append(
            f"These figures come from the last good build, published {at(build.published_at)}: "
            f"{build.stale_reason or 'a newer build was held back'}. What arrived since then is not in them."
        )
    kind = "Final campaign report" if is_final else "Campaign report"
    return Document(
        title=campaign.name,
        sponsor=campaign.sponsor_name,
        publisher=figures.tenant_name,
        subtitle=f"{kind} · flight {span(campaign.flight_start, campaign.flight_end)}",
        currency=campaign.currency,
        build_id=str(build.build_id),
        published_at=build.published_at,
        sections=(
            headline_section(figures),
            delivery_section(figures),
            *outlook_sections(figures),
            attribution_section(figures),
            placement_section(figures),
            evidence_section(figures),
            *lift_sections(figures),
            roi_section(figures),
            *saturation_sections(figures),
            daily_section(figures),
            methods_section(figures, is_final=is_final),
        ),
        warnings=tuple(warnings),
        is_final=is_final,
    )


def headline_section(figures: CampaignFigures) -> Section:
    """Eight figures that a reader takes away, and the sentence that they make."""
    p = figures.performance
    linear = next((row for row in figures.roi if row.model == "linear"), None)
    roas = [row.roas for row in figures.roi if row.roas is not None]
    lowest, highest = (f"{f(roas):,.2f}×" if roas else "" for f in (min, max))
    spread = "the same under every model" if lowest == highest else f"linear; {lowest} to {highest} over the models"
    contracted = f"of {p.contracted_ads:,} contracted" if p.contracted_ads is not None else "no number contracted"
    return Section(
        "headline",
        "At a glance",
        intro=brief(figures),
        figures=(
            number("headline.ads_delivered", "Ads delivered", p.ads_delivered, note=contracted),
            money("headline.spend", "Spend", p.spend, note="to the date of the build"),
            number("headline.visits", "Visits", p.visits, note="to the sponsor's site"),
            number("headline.conversions", "Conversions", p.conversions, note="each counted once, by strongest evidence"),
            money("headline.revenue", "Revenue", p.revenue, note="of those, refunds subtracted"),
            money("headline.verified_revenue", "Verified revenue", p.verified_revenue, note="signed, or matched to an order"),
            ratio(
                "headline.roas",
                "Return on ad spend",
                linear.roas if linear else None,
                note=spread if roas else "linear model",
                absent=NO_SPEND if linear else NOT_IN_BUILD,
            ),
            rate(
                "headline.delivered_rate",
                "Contract fulfilled",
                p.delivered_rate,
                note=f"{percent(p.flight_elapsed_rate)} of the flight elapsed",
                absent=NOTHING_CONTRACTED,
            ),
        ),
    )


def placements_total(figures: CampaignFigures) -> tuple[Figure, ...]:
    """The campaign's own figures under those of its placements."""
    p, key = figures.performance, "delivery.placement.total"
    empty = (text(f"{key}.{name}", "", "", "total") for name in ("placement", "flight", "price_model", "price"))
    return (
        text(f"{key}.show", "Show", "All placements", "total"),
        *empty,
        Figure(f"{key}.contracted_ads", "Contracted", p.contracted_ads, "count", dimension="total", absent="none"),
        number(f"{key}.ads_delivered", "Delivered", p.ads_delivered, "total"),
        rate(f"{key}.delivered_rate", "Of contract", p.delivered_rate, "total", absent="none"),
        money(f"{key}.spend", "Spend", p.spend, "total"),
    )


def brief(figures: CampaignFigures) -> str:
    """The campaign in three sentences, made of the same figures as everything below."""
    p, currency = figures.performance, figures.campaign.currency
    delivered = plural(p.ads_delivered, "ad was", "ads were") + " delivered"
    if p.contracted_ads and p.delivered_rate is not None:
        gone = (
            f"with {percent(p.flight_elapsed_rate)} of the flight gone" if p.flight_elapsed_rate < 1 else "and the flight is over"
        )
        delivered += f", {percent(p.delivered_rate)} of the {p.contracted_ads:,} contracted, {gone}"
    spent = amount(p.spend.amount, p.spend.currency)
    cost = f"The cost is {spent}" if p.ads_delivered else f"{spent} was spent"
    worth = amount(p.revenue.amount, p.revenue.currency)
    came = f"{plural(p.conversions, 'conversion', 'conversions')} worth {worth} came of the campaign"
    revenues = [t.revenue.amount for t in figures.attribution.models if t.revenue.currency == currency]
    credit = "No model credits any revenue to it yet."
    if revenues and min(revenues) == max(revenues):
        credit = f"Every model credits {amount(revenues[0], currency)} of revenue to it."
    elif revenues:
        spread = f"{amount(min(revenues), currency)} to {amount(max(revenues), currency)}"
        credit = f"Depending on the model, {spread} of revenue is credited to it."
    apart = " and ".join(amount(one.amount.amount, one.amount.currency) for one in p.unconverted)
    kept = f" {apart} could not be converted, for want of an exchange rate, and is in no revenue here." if apart else ""
    return f"{delivered}. {cost}, and {came}. {credit}{kept}"


def price_cell(key: str, placement: Placement, dimension: str) -> Figure:
    """A price, or of a revenue share its rate."""
    if placement.share_rate is not None:
        return rate(key, "Rate", placement.share_rate, dimension)
    return money(key, "Rate", placement.price, dimension)


def delivery_section(figures: CampaignFigures) -> Section:
    p = figures.performance
    contracted = Figure("delivery.contracted_ads", "Contracted ads", p.contracted_ads, "count", absent=NOTHING_CONTRACTED)
    return Section(
        "delivery",
        "Delivery and pacing",
        intro=(
            "An ad is delivered when every byte of it was sent inside a valid download (24-hour window from the first request, "
            "IAB Tech Lab Podcast Technical Measurement Guidelines 2.3). Pacing is the share of the contract delivered against the "
            "share of the flight gone: 100% is on plan."
        ),
        figures=(
            contracted,
            number("delivery.ads_delivered", "Delivered ads", p.ads_delivered),
            rate("delivery.delivered_rate", "Delivered of contract", p.delivered_rate, absent=NOTHING_CONTRACTED),
            rate("delivery.flight_elapsed_rate", "Flight elapsed", p.flight_elapsed_rate),
            rate(
                "delivery.pacing_rate",
                "Pacing",
                p.pacing_rate,
                absent="not identifiable" if p.contracted_ads else NOTHING_CONTRACTED,
            ),
            day("delivery.flight_start", "Flight begins", figures.campaign.flight_start),
            day("delivery.flight_end", "Flight ends", figures.campaign.flight_end),
            number("delivery.make_good_ads", "Make-good owed", p.make_good_ads),
        ),
        tables=(placements_table(figures),),
    )


def placements_table(figures: CampaignFigures) -> Table:
    rows: list[tuple[Figure, ...]] = []
    for p in figures.placements:
        key, of = f"delivery.placement.{p.placement_id}", str(p.placement_id)
        share = decimal(p.ads_delivered / p.contracted_ads) if p.contracted_ads else None
        rows.append(
            (
                text(f"{key}.show", "Show", p.show_title, of),
                text(f"{key}.placement", "Placement", position_words(p.position, p.insertion), of),
                text(f"{key}.flight", "Flight", span(p.flight_start, p.flight_end), of),
                text(f"{key}.price_model", "Price", PRICE_MODELS.get(p.price_model, p.price_model), of),
                price_cell(f"{key}.price", p, of),
                Figure(f"{key}.contracted_ads", "Contracted", p.contracted_ads, "count", dimension=of, absent="none"),
                number(f"{key}.ads_delivered", "Delivered", p.ads_delivered, of),
                Figure(f"{key}.delivered_rate", "Of contract", share, "rate", dimension=of, absent="none"),
                money(f"{key}.spend", "Spend", p.spend, of),
            )
        )
    if rows:
        rows.append(placements_total(figures))
    return Table(
        "placements",
        "Placements",
        ("Show", "Placement", "Flight", "Price", "Rate", "Contracted", "Delivered", "Of contract", "Spend"),
        tuple(rows),
        totals=bool(rows),
        widths=(2.4, 1.5, 2.0, 0.8, 1.4, 1.4, 1.3, 1.2, 1.5),
    )
