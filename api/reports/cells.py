"""Makers of figures: the few kinds of cell that every section uses."""

from datetime import date, datetime
from decimal import Decimal

from api.marts.models import Money
from api.reports.document import NOT_IDENTIFIABLE, Figure
from api.reports.language import say

POSITIONS = {"pre_roll": "Pre-roll", "mid_roll": "Mid-roll", "post_roll": "Post-roll"}
INSERTIONS = {"baked_in": "baked in", "dynamic": "inserted"}


def position_words(position: str, insertion: str) -> str:
    """Mid-roll, baked in."""
    return f"{say(POSITIONS.get(position, position))}, {say(INSERTIONS.get(insertion, insertion))}"


def decimal(value: Decimal | float | int | None) -> Decimal | None:
    """The exact decimal of what the marts say; a float by its shortest spelling, as JSON would print it."""
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(repr(value) if isinstance(value, float) else value)


def number(figure_id: str, label: str, value: int | Decimal | None, dimension: str = "", note: str = "") -> Figure:
    return Figure(figure_id, label, value, "count", None, dimension, note=note)


def money(
    figure_id: str, label: str, value: Money | None, dimension: str = "", note: str = "", absent: str = NOT_IDENTIFIABLE
) -> Figure:
    """An amount in its own currency; None where the marts have no value."""
    amount, currency = (value.amount, value.currency) if value is not None else (None, None)
    return Figure(figure_id, label, amount, "money", currency, dimension, absent, note)


def rate(
    figure_id: str, label: str, value: float | Decimal | None, dimension: str = "", note: str = "", absent: str = NOT_IDENTIFIABLE
) -> Figure:
    """A share, 0 to 1."""
    return Figure(figure_id, label, decimal(value), "rate", None, dimension, absent, note)


def ratio(
    figure_id: str, label: str, value: float | None, dimension: str = "", note: str = "", absent: str = NOT_IDENTIFIABLE
) -> Figure:
    """A factor, such as revenue over spend."""
    return Figure(figure_id, label, decimal(value), "ratio", None, dimension, absent, note)


def text(figure_id: str, label: str, value: str | None, dimension: str = "", absent: str = "none") -> Figure:
    return Figure(figure_id, label, value, "text", None, dimension, absent)


def word(figure_id: str, label: str, value: str, dimension: str = "") -> Figure:
    """Words of ours, in the language of the look; `text` holds what the data say."""
    return text(figure_id, label, say(value), dimension)


def moment(figure_id: str, label: str, value: datetime | None, absent: str = "none yet") -> Figure:
    """A time in UTC."""
    return Figure(figure_id, label, value, "datetime", absent=absent)


def day(figure_id: str, label: str, value: date, dimension: str = "") -> Figure:
    return Figure(figure_id, label, value, "date", None, dimension)
