"""What the rest of the flight will bring: the chance of the guarantee, whom the ads reached, forecasts beside their error."""

from api.marts.figures import CampaignFigures
from api.marts.models.delivery import CampaignDelivery, Forecast
from api.reports.cells import decimal, number, rate, text, word
from api.reports.document import Figure, Section, Table
from api.reports.language import say
from api.reports.outlook_words import FIGURES, FLAGS, FORECAST_VERDICTS, METHODS, forecast_sentence, outlook_sentence

NOTHING_CONTRACTED = "nothing contracted"
NO_HOUSEHOLD = "no household known"
NO_FORECAST = "no forecast"


def outlook_sections(figures: CampaignFigures) -> tuple[Section, ...]:
    """One section, or none for figures that were read without an outlook."""
    delivery = figures.outlook
    if delivery is None:
        return ()
    return (
        Section(
            "outlook",
            "Guarantee, reach and forecast",
            intro=" ".join([outlook_sentence(delivery), *(say(FLAGS[flag]) for flag in delivery.flags)]),
            figures=guarantee_figures(delivery),
            tables=(reach_table(delivery), forecasts_table(figures.forecast.forecasts if figures.forecast else [])),
        ),
    )


def guarantee_figures(delivery: CampaignDelivery) -> tuple[Figure, ...]:
    """Where delivery stands against an even pace, and where it will stand at the flight's end."""
    why = FORECAST_VERDICTS[delivery.forecast_verdict] if delivery.forecast_verdict != "estimated" else "not identifiable"
    if not delivery.contracted_ads:
        why = NOTHING_CONTRACTED

    def count(name: str, label: str, value: float | None, note: str = "", absent: str = why) -> Figure:
        return Figure(f"outlook.{name}", label, decimal(value), "estimate", absent=absent, note=note)

    return (
        count("due_ads", "Due by now", delivery.due_ads, "at an even pace"),
        count("under_delivered_ads", "Behind that", delivery.under_delivered_ads),
        rate("outlook.guarantee_probability", "Chance of the guarantee", delivery.guarantee_probability, absent=why),
        count("expected_make_good_ads", "Expected make-good", delivery.expected_make_good_ads, "at the flight's end"),
        count("forecast_ads", "Ads by the end", delivery.forecast_ads, "expected, with those delivered"),
        count("forecast_low_ads", "at least", delivery.forecast_low_ads, "lower end of the 80% interval"),
        count("forecast_high_ads", "at most", delivery.forecast_high_ads, "upper end of the 80% interval"),
        count("tail_ads", "Heard after the flight", delivery.tail_ads),
    )


def reach_table(delivery: CampaignDelivery) -> Table:
    r, key = delivery.reach, "outlook.reach"
    row = (
        number(f"{key}.households", "Households", r.households),
        number(f"{key}.listeners", "Listeners", r.listeners),
        Figure(f"{key}.frequency", "Ads a household", decimal(r.frequency), "count", absent=NO_HOUSEHOLD),
        number(f"{key}.heard_once", "Heard once", r.heard_once),
        number(f"{key}.heard_two_or_three", "Two or three times", r.heard_two_or_three),
        number(f"{key}.heard_four_or_more", "Four times or more", r.heard_four_or_more),
        rate(f"{key}.top_tenth_rate", "Ads of the top tenth", r.top_tenth_rate, absent=NO_HOUSEHOLD),
        rate(f"{key}.usable_rate", "Ads of a household", r.usable_rate, absent="no ads"),
    )
    return Table(
        "reach", "Reach and frequency", tuple(figure.label for figure in row), (row,),
        note=(
            "Reach does not add up: not over campaigns, placements or days. Listeners are households and apps; the top tenth are "
            "the households that heard most; ads of a household are those whose address stands for one."
        ),
    )  # fmt: skip


def forecasts_table(forecasts: list[Forecast]) -> Table:
    rows = []
    for f in forecasts:
        key, why = f"outlook.forecast.{f.figure}", FORECAST_VERDICTS[f.verdict]

        def count(name: str, label: str, value: float | None, key: str = key, of: str = f.figure, why: str = why) -> Figure:
            return Figure(f"{key}.{name}", label, decimal(value), "estimate", dimension=of, absent=why)

        rows.append(
            (
                word(f"{key}.figure", "Figure", FIGURES[f.figure], f.figure),
                count("so_far", "So far", f.so_far_count),
                count("expected", "Expected", f.expected_count),
                count("low", "at least", f.low_count),
                count("high", "at most", f.high_count),
                word(f"{key}.method", "Way", METHODS[f.method] if f.method else "none", f.figure),
                rate(f"{key}.error", "Its error", f.error_rate, f.figure, absent=NO_FORECAST),
                rate(f"{key}.naive_error", "Last week's", f.naive_error_rate, f.figure, absent=NO_FORECAST),
                text(f"{key}.why", "How sure", forecast_sentence(f), f.figure),
            )
        )
    return Table(
        "forecasts", "By the flight's end",
        ("Figure", "So far", "Expected", "at least", "at most", "Way", "Its error", "Last week's", "How sure"), tuple(rows),
        widths=(1.6, 1, 1.1, 1, 1, 1.3, 0.9, 0.9, 2.6),
        note=(
            "With what there is so far; 80% intervals. Error: of earlier such forecasts, beside that of the last week again on the "
            "same days. A way of forecasting is shown only where it was nearer; forecasts are made once a day."
        ),
    )  # fmt: skip
