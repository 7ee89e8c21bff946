"""What came of the campaign: the evidence for its conversions."""

from api.marts.figures import CampaignFigures
from api.reports.cells import moment, money, number, rate, text, word
from api.reports.document import Section, Table
from api.reports.language import say

NO_CONVERSION = "no conversions"
EVIDENCE = (
    ("click", "Click link", "A tagged link was followed from the show's page or notes."),
    ("vanity", "Vanity address", "The show's own short address was visited."),
    ("code", "Promo code", "The order bears a code of this campaign."),
    ("exposure", "Ad exposure", "The ad was delivered to the same household within the window."),
    ("survey", "Survey answer", "The customer said so, and nothing stronger ties the order."),
)


def evidence_section(figures: CampaignFigures) -> Section:
    p = figures.performance
    counts = {kind: int(getattr(p, f"{kind}_conversions")) for kind, _, _ in EVIDENCE}
    rows = [
        (
            word(f"evidence.{kind}.kind", "Evidence", words, kind),
            word(f"evidence.{kind}.meaning", "What it says", meaning, kind),
            number(f"evidence.{kind}.conversions", "Conversions", counts[kind], kind),
            rate(
                f"evidence.{kind}.share",
                "Share",
                counts[kind] / p.conversions if p.conversions else None,
                kind,
                absent=NO_CONVERSION,
            ),
        )
        for kind, words, meaning in EVIDENCE
        # Few sponsors ask their customers: a row of zeros would tell the others nothing.
        if kind != "survey" or counts[kind]
    ]
    total = (
        word("evidence.total.kind", "Evidence", "All conversions", "total"),
        text("evidence.total.meaning", "What it says", "", "total"),
        number("evidence.total.conversions", "Conversions", p.conversions, "total"),
        rate("evidence.total.share", "Share", 1.0 if p.conversions else None, "total", absent=NO_CONVERSION),
    )
    return Section(
        "evidence",
        "Evidence",
        charts=("evidence",),
        intro="A conversion has one owner: the strongest evidence in the order below, and within one kind the latest touch.",
        figures=(
            money("evidence.verified_revenue", "Verified revenue", p.verified_revenue, note="signed, or matched to an order"),
            moment("evidence.first_event_at", "First event", p.first_event_at),
            moment("evidence.last_event_at", "Last event", p.last_event_at),
        ),
        tables=(
            Table(
                "kinds", "Conversions by evidence", ("Evidence", "What it says", "Conversions", "Share"), (*rows, total),
                totals=True, widths=(1.5, 4, 1, 1),
            ),
            *unconverted_tables(figures),
        ),
    )  # fmt: skip


def unconverted_tables(figures: CampaignFigures) -> tuple[Table, ...]:
    """What no exchange rate turns into the campaign's currency, by currency; no table where there is nothing of it."""
    rows = []
    for one in figures.performance.unconverted:
        currency = one.amount.currency
        key = f"evidence.unconverted.{currency}"
        rows.append(
            (
                text(f"{key}.currency", "Currency", currency, currency),
                number(f"{key}.conversions", "Conversions without a rate", one.conversions, currency),
                money(f"{key}.amount", "Not in any revenue", one.amount, currency),
            )
        )
    title = say("Not converted to {currency}, for want of an exchange rate", currency=figures.campaign.currency)
    headings = ("Currency", "Conversions without a rate", "Not in any revenue")
    return (Table("unconverted", title, headings, tuple(rows), widths=(1, 2, 2)),) if rows else ()
