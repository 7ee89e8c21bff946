"""Lift with its placebo beside it: what the exposed bought beyond households like them, or in words why nobody can say."""

from api.marts.figures import CampaignFigures
from api.marts.models.lift import CampaignLift, FalsePositives, LiftSpan, LiftVerdict
from api.reports.cells import decimal, number, rate, text, word
from api.reports.document import Figure, Section, Table
from api.reports.language import say
from api.reports.outlook_words import VERDICTS, false_positive_sentence, lift_sentence, span_name


def lift_sections(figures: CampaignFigures) -> tuple[Section, ...]:
    """One section, or none for figures that were read without a lift."""
    lift = figures.lift
    if lift is None:
        return ()
    spans = told_spans(lift)
    tests = {"split": ("A/A tests", lift.split_tests), "placebo": ("Placebo weeks", lift.placebo_tests)}
    measured = [false_positive_sentence(name, found) for name, found in tests.values()] if spans else []
    method = [say("Method {version}, seed {seed}.", version=lift.model_version, seed=lift.seed)] if lift.model_version else []
    return (
        Section(
            "lift",
            "Lift",
            charts=("lift",),
            intro=" ".join([lift_sentence(lift), *measured, *method]),
            figures=headline_figures(lift),
            tables=(spans_table(spans), groups_table(spans), tests_table(tests)) if spans else (),
        ),
    )


def told_spans(lift: CampaignLift) -> list[LiftSpan]:
    """The four weeks with their placebo, and the single weeks where any of them has a number: else twelve rows would say that none
    has."""
    months = [span for span in (lift.placebo, lift.headline) if span is not None]
    weeks = [*lift.placebo_weeks, *lift.weeks]
    return [*months, *weeks] if any(span.lift is not None for span in weeks) else months


def headline_figures(lift: CampaignLift) -> tuple[Figure, ...]:
    """The first four weeks, with the four before them; the verdict's words where there is no number."""
    head, placebo, why = lift.headline, lift.placebo, verdict_words(lift.verdict)
    before = verdict_words(placebo.verdict) if placebo and placebo.verdict != "estimated" else "not measured yet"
    return (
        word("lift.verdict", "Verdict", VERDICTS[lift.verdict]),
        rate("lift.lift", "Lift", head.lift if head else None, note=card_note(head), absent=why),
        rate("lift.placebo", "Placebo", placebo.lift if placebo else None, note=card_note(placebo), absent=before),
        Figure(
            "lift.incremental_conversions", "Incremental conversions", decimal(head.incremental_conversions if head else None),
            "estimate", absent=why, note="of the matched households alone",
        ),
    )  # fmt: skip


def card_note(span: LiftSpan | None) -> str:
    """When a card's lift was; its interval stands in the table."""
    if span is None:
        return ""
    return "four weeks before exposure" if span.is_placebo else "four weeks after exposure"


def spans_table(spans: list[LiftSpan]) -> Table:
    rows = []
    for span in spans:
        key, of, why = key_of(span), dimension_of(span), verdict_words(span.verdict)
        rows.append(
            (
                text(f"{key}.name", "Since exposure", named(span), of),
                rate(f"{key}.lift", "Lift", span.lift, of, absent=why),
                rate(f"{key}.lift_low", "at least", span.lift_low, of, absent="–"),
                rate(f"{key}.lift_high", "at most", span.lift_high, of, absent="–"),
                number_or(f"{key}.incremental", "Incremental", span.incremental_conversions, of),
                number_or(f"{key}.incremental_low", "at least", span.incremental_low, of),
                number_or(f"{key}.incremental_high", "at most", span.incremental_high, of),
                text(f"{key}.reason", "Verdict", reasoned(span), of),
            )
        )
    return Table(
        "spans", "Lift by week since exposure",
        ("Since exposure", "Lift", "at least", "at most", "Incremental", "at least", "at most", "Verdict"), tuple(rows),
        widths=(2.1, 1.2, 0.9, 0.9, 1.1, 0.9, 0.9, 3),
        note="95% intervals. Weeks before the exposure are placebos: nothing can have been brought there.",
    )  # fmt: skip


def groups_table(spans: list[LiftSpan]) -> Table:
    rows = []
    for span in spans:
        key, of = key_of(span), dimension_of(span)
        rows.append(
            (
                text(f"{key}.group", "Since exposure", named(span), of),
                number(f"{key}.exposed", "Exposed", span.exposed_count, of),
                number(f"{key}.matched", "Matched", span.matched_count, of),
                number(f"{key}.control", "Control", span.control_count, of),
                number(f"{key}.exposed_conversions", "They bought", span.exposed_conversions, of),
                number(f"{key}.control_conversions", "Control bought", span.control_conversions, of),
                rate(f"{key}.exposed_rate", "Their rate", span.exposed_rate, of, absent="–"),
                rate(f"{key}.control_rate", "Control's rate", span.control_rate, of, absent="–"),
                rate(f"{key}.detectable", "Would be seen", span.detectable_lift, of, absent="none"),
            )
        )
    return Table(
        "groups", "Who was compared",
        (
            "Since exposure", "Exposed", "Matched", "Control", "They bought", "Control bought", "Their rate", "Control's rate",
            "Would be seen",
        ),
        tuple(rows), widths=(2.1, 1, 1, 1, 1, 1, 1, 1.1, 1.1),
        note=(
            "Households; matched are the exposed with unexposed ones like them, whom the lift is of. Would be seen: the smallest "
            "lift that would be found with a probability of 80%."
        ),
    )  # fmt: skip


def tests_table(tests: dict[str, tuple[str, FalsePositives]]) -> Table:
    rows = [
        (
            word(f"lift.tests.{code}.name", "Test", name, code),
            number(f"lift.tests.{code}.tests", "Made", found.tests, code),
            number(f"lift.tests.{code}.positive", "Lift found", found.positive, code),
            rate(f"lift.tests.{code}.rate", "Share", found.rate, code, absent="none could be made"),
        )
        for code, (name, found) in tests.items()
    ]
    return Table(
        "tests", "False positives, measured", ("Test", "Made", "Lift found", "Share"), tuple(rows), widths=(2, 1, 1, 1),
        note="Where there can be no lift, over all studies of the account; about 5% should be found.",
    )  # fmt: skip


def key_of(span: LiftSpan) -> str:
    return f"lift.weeks.{span.week_from}.{span.week_to}"


def dimension_of(span: LiftSpan) -> str:
    """Weeks since exposure, the last one not included: 0 to 4."""
    return f"weeks {span.week_from} to {span.week_to}"


def verdict_words(verdict: LiftVerdict) -> str:
    """Within a line: not measured yet."""
    return VERDICTS[verdict].lower()


def named(span: LiftSpan) -> str:
    return say("{span}, placebo", span=span_name(span)) if span.is_placebo else span_name(span)


def reasoned(span: LiftSpan) -> str:
    return f"{say(VERDICTS[span.verdict])}: {span.reason}" if span.reason else say(VERDICTS[span.verdict])


def number_or(figure_id: str, label: str, value: float | None, of: str) -> Figure:
    return Figure(figure_id, label, decimal(value), "estimate", dimension=of, absent="–")
