"""What a value review says beside the network summary: what the account said of us, and what it cost and saved."""

from decimal import ROUND_HALF_UP, Decimal

from api.marts.models import Money
from api.reports.cells import day, money, number, rate
from api.reports.document import Figure, Section, Table
from api.success.models import MonthEconomics, Sentiment
from api.success.review import ReviewFigures

NO_ANSWER, NOT_STATED, NOT_COMPARED = "no answer", "not stated", "not comparable"
TENTH = Decimal("0.1")


def sentiment_section(figures: ReviewFigures) -> Section:
    said = figures.said
    rows = tuple(
        (
            day(f"sentiment.{w.week}.week", "Week", w.week, f"{w.week}"),
            number(f"sentiment.{w.week}.events", "Events accepted", w.accepted_events, f"{w.week}"),
            number(f"sentiment.{w.week}.people", "People active", w.active_users, f"{w.week}"),
            number(f"sentiment.{w.week}.campaigns", "Campaigns created", w.created_campaigns, f"{w.week}"),
            number(f"sentiment.{w.week}.reports", "Reports made", w.generated_reports, f"{w.week}"),
            number(f"sentiment.{w.week}.answers", "Answers", w.sentiment.nps_answers, f"{w.week}"),
            *scores(f"sentiment.{w.week}", w.sentiment, f"{w.week}"),
        )
        for w in figures.weeks
    )
    return Section(
        "sentiment",
        "What you said of us",
        intro="Net promoter score (share of answers 9 and 10 minus that of 0 to 6) and mean satisfaction (1 to 10), of the answers "
        "of the last 90 days as of the build; beneath them each week of the period and as many before.",
        figures=(
            *scores("sentiment", said),
            number("sentiment.nps_answers", "Answers with a score", said.nps_answers),
            number("sentiment.promoters", "Promoters", said.promoters),
            number("sentiment.detractors", "Detractors", said.detractors),
            number("sentiment.technical_issues", "Technical issues", said.technical_issues),
        ),
        tables=(
            Table(
                "weeks",
                "Week by week",
                (
                    "Week", "Events accepted", "People active", "Campaigns created", "Reports made", "Answers", "NPS",
                    "Satisfaction",
                ),
                rows,
                widths=(1.3, 1.1, 1, 1.1, 1, 1, 0.9, 1.1),
            ),
        ),
    )  # fmt: skip


def scores(key: str, said: Sentiment, of: str = "") -> tuple[Figure, Figure]:
    """NPS and satisfaction to a tenth; words where nobody answered."""
    return (
        Figure(f"{key}.nps", "NPS", tenths(said.nps), "count", None, of, NO_ANSWER),
        Figure(f"{key}.satisfaction", "Satisfaction", tenths(said.satisfaction), "count", None, of, NO_ANSWER),
    )


def tenths(score: float | None) -> Decimal | None:
    return None if score is None else Decimal(repr(score)).quantize(TENTH, ROUND_HALF_UP)


def economics_section(figures: ReviewFigures) -> Section:
    return Section(
        "economics",
        "Cost and saving",
        intro="Your part of what the installation costs a month, by your share of the events that it accepted, beside what you "
        "stated that you paid before; a month that is not over as far as it had come. Nothing is converted between currencies.",
        tables=(
            Table(
                "months",
                "Month by month",
                ("Month", "Events accepted", "Cost", "Cost per 1,000 events", "Former cost", "Saving", "Saving rate"),
                tuple(month_row(m) for m in figures.months),
                widths=(1.2, 1.1, 1.1, 1.3, 1.1, 1.1, 1),
            ),
        ),
    )


def month_row(m: MonthEconomics) -> tuple[Figure, ...]:
    key, of = f"economics.{m.month:%Y-%m}", f"{m.month:%Y-%m}"
    cost = m.infrastructure_cost
    each = Money(amount=m.cost_per_1000_events, currency=cost.currency) if cost and m.cost_per_1000_events is not None else None
    absent = NOT_STATED if cost is None or m.former_cost is None else NOT_COMPARED
    return (
        day(f"{key}.month", "Month", m.month, of),
        number(f"{key}.events", "Events accepted", m.accepted_events, of),
        money(f"{key}.cost", "Cost", cost, of, absent=NOT_STATED),
        money(f"{key}.cost_per_1000", "Cost per 1,000 events", each, of, absent=NOT_STATED),
        money(f"{key}.former_cost", "Former cost", m.former_cost, of, absent=NOT_STATED),
        money(f"{key}.saving", "Saving", m.saving, of, absent=absent),
        rate(f"{key}.saving_rate", "Saving rate", m.saving_rate, of, absent=absent),
    )
