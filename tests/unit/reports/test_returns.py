"""The return in other universes, as a report tells it: every model that was asked, the account's own among them."""

from decimal import Decimal
from typing import Any

from api.marts.models import Money, Multiverse, Span, Universe
from api.reports.returns import roi_section


def in_universes(figures: Any) -> Any:
    """The figures with a range for each model, over two universes of each."""
    returns = [*figures.roi, *figures.custom_roi]
    wide = Span(lowest=-0.5, highest=1.5)
    return figures.model_copy(
        update={
            "custom_roi": [one.model_copy(update={"roi_span": wide, "roas_span": wide}) for one in figures.custom_roi],
            "multiverse": Multiverse(
                roi=0.25, roas=2.5, roi_span=wide, roas_span=wide, is_sign_sure=False, shows=[], is_ranking_sure=None,
                universes=[
                    Universe(
                        window_days=days, ip_classes="all", model=one.model, conversions=Decimal(1), revenue=Money.of(1, "USD"),
                        roi=0.1, roas=1.0,
                    )
                    for one in returns for days in (7, 30)
                ],
            ),
        }
    )  # fmt: skip


def test_the_range_names_how_many_models_it_is_over(make_figures: Any) -> None:
    """Five were said, whatever models the account had; and an own model's range was left out of the table."""
    for own, count in (((), 5), (("Clicks count twice", "=cmd"), 7)):
        told = in_universes(make_figures(own_models=own))
        section = roi_section(told)
        assert f"{count} models, and all addresses" in section.intro
        table = next(table for table in section.tables if table.table_id == "multiverse")
        assert [row[0].value for row in table.rows][5:] == [f"{name} (own model)" for name in own]
        assert [row[2].value for row in table.rows][5:] == [Decimal("1.5") for _ in own]
