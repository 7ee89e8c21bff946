"""One account's value review: its network summary, what it said of us, and what it cost and saved, from one snapshot of a build."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field

from api.marts.figures import NetworkFigures, network_figures
from api.marts.models import Money
from api.marts.warehouse import Reader, Row
from api.success.economics import Cost, month_economics
from api.success.figures import sentiment, weeks
from api.success.models import CustomerWeek, MonthEconomics, Sentiment

ACCOUNT = "select created_at, former_cost_minor, former_cost_currency from app.tenants"
ROWS = "select r as row from app.own_customer_rows(%s) as r"


@dataclass(frozen=True)
class Account:
    """Since when it is a customer, and what it says it paid a month before."""

    created_at: datetime
    former_monthly_cost: Money | None


class ReviewFigures(NetworkFigures):
    """A network summary of the whole account, with the account as a customer."""

    said: Sentiment = Field(description="Of the answers of the last 90 days, as of the build.")
    weeks: list[CustomerWeek] = Field(description="The period's and as many before, oldest first.")
    months: list[MonthEconomics] = Field(
        description="Those that the period touches, oldest first; the build's as far as it had come."
    )


def review_figures(c: Reader, first_day: date, last_day: date, cost: Cost | None) -> ReviewFigures:
    """Raises NotBuiltError before the first build. `cost`: what the installation costs a month, None where nobody stated it."""
    summed = network_figures(c, first_day, last_day)
    row = c.execute(ACCOUNT).fetchone() or {}
    stated = row["former_cost_minor"]
    account = Account(row["created_at"], Money.of(stated, row["former_cost_currency"]) if stated is not None else None)
    before = first_day - (last_day - first_day + timedelta(days=1))
    # As of the build and not of the reading: the same build tells the same cost.
    as_of = summed.build.published_at
    return ReviewFigures(
        **{name: getattr(summed, name) for name in NetworkFigures.model_fields},
        said=sentiment(_rows(c, "figures")),
        weeks=weeks(one for one in _rows(c, "weeks") if before <= date.fromisoformat(str(one["week"])) <= last_day),
        months=[
            month_economics(account, one, cost, as_of)
            for one in sorted(_rows(c, "months"), key=lambda one: str(one["month"]))
            if first_day.replace(day=1) <= date.fromisoformat(str(one["month"])) <= last_day
        ],
    )


def _rows(c: Reader, kind: str) -> list[dict[str, Any]]:
    found: list[Row] = c.execute(ROWS, [kind]).fetchall()
    return [one["row"] for one in found]
