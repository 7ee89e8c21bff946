"""The sections of a campaign's report that are of the campaign as a whole: at a glance, delivery and its placements."""

from decimal import Decimal

from api.marts.figures import CampaignFigures
from api.marts.models import Placement
from api.reports.cells import day, decimal, money, number, position_words, rate, ratio, text, word
from api.reports.document import Figure, Section, Table
from api.reports.formats import counted, percent, span, spelled
from api.reports.formats import money as amount
from api.reports.language import say

NOTHING_CONTRACTED = "nothing contracted"
NO_SPEND = "not identifiable (no spend)"
NOT_IN_BUILD = "not in this build"
PRICE_MODELS = {"cpm": "CPM", "flat": "Flat", "revenue_share": "Share"}


def headline_section(figures: CampaignFigures) -> Section:
    """Eight figures that a reader takes away, and the sentence that they make."""
    p = figures.performance
    linear = next((row for row in figures.roi if row.model == "linear"), None)
    roas = [row.roas for row in figures.roi if row.roas is not None]
    lowest, highest = (f"{spelled(Decimal(repr(f(roas))), 2)}×" if roas else "" for f in (min, max))
    spread = "the same under every model"
    if lowest != highest:
        spread = say("linear; {lowest} to {highest} over the models", lowest=lowest, highest=highest)
    contracted = "no number contracted"
    if p.contracted_ads is not None:
        contracted = say("of {contracted} contracted", contracted=spelled(Decimal(p.contracted_ads), 0))
    return Section(
        "headline",
        "At a glance",
        layout="large",
        charts=("delivery", "conversions"),
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
                note=say("{share} of the flight elapsed", share=percent(p.flight_elapsed_rate)),
                absent=NOTHING_CONTRACTED,
            ),
        ),
    )


def placements_total(figures: CampaignFigures) -> tuple[Figure, ...]:
    """The campaign's own figures under those of its placements."""
    p, key = figures.performance, "delivery.placement.total"
    empty = (text(f"{key}.{name}", "", "", "total") for name in ("placement", "flight", "price_model", "price"))
    return (
        word(f"{key}.show", "Show", "All placements", "total"),
        *empty,
        Figure(f"{key}.contracted_ads", "Contracted", p.contracted_ads, "count", dimension="total", absent="none"),
        number(f"{key}.ads_delivered", "Delivered", p.ads_delivered, "total"),
        rate(f"{key}.delivered_rate", "Of contract", p.delivered_rate, "total", absent="none"),
        money(f"{key}.spend", "Spend", p.spend, "total"),
    )


def brief(figures: CampaignFigures) -> str:
    """The campaign in three sentences, made of the same figures as everything below."""
    return " ".join([delivered_sentence(figures), outcome_sentence(figures), credit_sentence(figures), *apart_sentences(figures)])


def delivered_sentence(figures: CampaignFigures) -> str:
    p = figures.performance
    if not p.contracted_ads or p.delivered_rate is None:
        return counted(p.ads_delivered, "{n} ad was delivered.", "{n} ads were delivered.")
    contract = {"rate": percent(p.delivered_rate), "contracted": spelled(Decimal(p.contracted_ads), 0)}
    if p.flight_elapsed_rate < 1:
        return counted(
            p.ads_delivered, "{n} ad was delivered, {rate} of the {contracted} contracted, with {gone} of the flight gone.",
            "{n} ads were delivered, {rate} of the {contracted} contracted, with {gone} of the flight gone.",
            gone=percent(p.flight_elapsed_rate), **contract,
        )  # fmt: skip
    return counted(
        p.ads_delivered, "{n} ad was delivered, {rate} of the {contracted} contracted, and the flight is over.",
        "{n} ads were delivered, {rate} of the {contracted} contracted, and the flight is over.", **contract,
    )  # fmt: skip


def outcome_sentence(figures: CampaignFigures) -> str:
    p = figures.performance
    said = {"spend": amount(p.spend.amount, p.spend.currency), "revenue": amount(p.revenue.amount, p.revenue.currency)}
    if p.ads_delivered:
        return counted(
            p.conversions, "The cost is {spend}, and {n} conversion worth {revenue} came of the campaign.",
            "The cost is {spend}, and {n} conversions worth {revenue} came of the campaign.", **said,
        )  # fmt: skip
    return counted(
        p.conversions, "{spend} was spent, and {n} conversion worth {revenue} came of the campaign.",
        "{spend} was spent, and {n} conversions worth {revenue} came of the campaign.", **said,
    )  # fmt: skip


def credit_sentence(figures: CampaignFigures) -> str:
    currency = figures.campaign.currency
    revenues = [t.revenue.amount for t in figures.attribution.models if t.revenue.currency == currency]
    if not revenues:
        return say("No model credits any revenue to it yet.")
    lowest, highest = amount(min(revenues), currency), amount(max(revenues), currency)
    if lowest == highest:
        return say("Every model credits {revenue} of revenue to it.", revenue=lowest)
    return say("Depending on the model, {lowest} to {highest} of revenue is credited to it.", lowest=lowest, highest=highest)


def apart_sentences(figures: CampaignFigures) -> list[str]:
    apart = ", ".join(amount(one.amount.amount, one.amount.currency) for one in figures.performance.unconverted)
    said = "Without an exchange rate, and so in no revenue here: {amounts}."
    return [say(said, amounts=apart)] if apart else []


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
        charts=("ads",),
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
                word(f"{key}.price_model", "Price", PRICE_MODELS.get(p.price_model, p.price_model), of),
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
