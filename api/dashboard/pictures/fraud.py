"""The fraud scores as bars, and what stands apart in words."""

from collections.abc import Sequence

from api.dashboard import formats
from api.dashboard.charts import Chart, Series
from api.dashboard.rendering import Tile
from api.marts.models.fraud import FraudOverview, FraudTotal


def score_chart(seen: FraudOverview) -> Chart:
    """Conversions by tenth of the score, those that stand apart beside the others."""
    return Chart(
        "fraud-scores",
        "Conversions by score",
        [f"{band.from_score:.1f} to {band.from_score + 0.1:.1f}" for band in seen.bands],
        [
            Series("In the figures", [band.conversions - band.fraud for band in seen.bands], tone="1"),
            Series("Apart as fraud", [band.fraud for band in seen.bands], tone="5"),
        ],
        category_name="Score",
        note="0: no reason fired. The score orders what to look at; it is no probability.",
        empty_text="No conversion has been scored yet.",
    )


def fraud_tiles(seen: FraudOverview) -> list[Tile]:
    apart = sum(total.conversions for total in seen.apart)
    return [
        Tile("To look at", formats.number(seen.suspects), "suspects on whom nobody has decided"),
        Tile("Apart as fraud", formats.number(apart), amounts(seen.apart)),
        Tile("Scored", formats.number(sum(band.conversions for band in seen.bands)), "conversions"),
        Tile("Not judged", formats.number(seen.not_judged), "nothing is known that a rule could judge"),
    ]


def amounts(totals: Sequence[FraudTotal]) -> str:
    """`12.00 USD and 3.00 EUR`; `nothing` where nothing stands apart."""
    return " and ".join(formats.money(total.amount.amount, total.amount.currency) for total in totals) or "nothing"
