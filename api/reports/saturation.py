"""Saturation of the campaign's shows for its sponsor: whether the next unit of spend still pays, or why nobody can say."""

from collections.abc import Mapping

from api.marts.figures import CampaignFigures
from api.marts.models.saturation import Account, Verdict
from api.reports.cells import money, ratio, text, word
from api.reports.document import Section, Table
from api.reports.formats import day
from api.reports.language import say

VERDICTS: Mapping[Verdict, str] = {
    "unsaturated": "unsaturated",
    "saturating": "saturating",
    "saturated": "saturated",
    "not_identifiable": "not identifiable",
}
ACCOUNTS: Mapping[Account, str] = {"books": "books", "placements": "placements"}
HEADINGS = ("Show", "By", "Verdict", "Spent a week", "Next unit returns", "at least", "at most", "Why")


def saturation_sections(figures: CampaignFigures) -> tuple[Section, ...]:
    """One section, or none where no spend by week is known of the campaign's shows."""
    if not figures.saturation:
        return ()
    rows = []
    for show in figures.saturation:
        key, of = f"saturation.{show.show_id}.{show.basis}.{show.spend.currency}", str(show.show_id)
        rows.append(
            (
                text(f"{key}.show", "Show", show.show_title, of),
                word(f"{key}.basis", "By", ACCOUNTS[show.basis], of),
                word(f"{key}.verdict", "Verdict", VERDICTS[show.verdict], of),
                money(f"{key}.spend", "Spent a week", show.spend, of),
                ratio(f"{key}.returned", "Next unit returns", show.returned, of),
                ratio(f"{key}.returned_low", "at least", show.returned_low, of),
                ratio(f"{key}.returned_high", "at most", show.returned_high, of),
                text(f"{key}.reason", "Why", show.reason, of),
            )
        )
    days = sorted({show.fit_day for show in figures.saturation if show.fit_day})
    fitted = " " + say("Curves of {day}.", day=day(days[-1])) if days else ""
    return (
        Section(
            "saturation",
            "Saturation",
            intro=say(
                "What one more unit of weekly spend on a show brings the sponsor after margin, with its 80 % interval: 1 is "
                "break-even. All of the sponsor's spend on the show counts, not this campaign's alone; books and placements tell "
                "of the same money twice."
            )
            + fitted,
            tables=(
                Table("shows", "Today's spend, judged", HEADINGS, tuple(rows), widths=(1.8, 1.5, 1.5, 1.3, 1.5, 1.5, 1.5, 2.8)),
            ),
        ),
    )
