"""What a sponsor allows for its shows' weekly spend: advice keeps within it from the next fit on."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.accounts import tenant_currency
from api.campaigns.events import record_audit
from api.campaigns.models import Entered, Entry
from api.database import Writer
from api.errors import Problem, not_found
from api.marts.models import Money
from api.marts.money import to_minor

Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)]


class BudgetLimitEntry(Entry):
    """The limits of one show. At least one of the two; no advice leads below or above them."""

    show_id: UUID
    least: Amount | None = Field(None, description="The least to be spent a week; null: nothing.")
    most: Amount | None = Field(None, description="The most to be spent a week; null: the most that was once spent in one.")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("found neither least nor most, expected one of them: leave the show out to set it no limit")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"found a least of {self.least} above the most of {self.most}, expected least <= most")
        return self


class BudgetLimitsEntry(Entry):
    """All limits of one sponsor in one currency: a show that is not in it has none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"limits": [{"show_id": "8a5c2f7e-31c5-4f0a-9c1d-2f5f0c6b7d21", "least": "500", "most": "4000"}]}]
        },
    )

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(None, description="ISO 4217; null: the account's.")
    limits: list[BudgetLimitEntry] = Field(max_length=500)

    @model_validator(mode="after")
    def _names_each_show_once(self) -> Self:
        if len({limit.show_id for limit in self.limits}) != len(self.limits):
            raise ValueError("found a show twice, expected each once: one pair of limits a show")
        return self


class BudgetLimit(Entered):
    """The limits of one show for one sponsor."""

    sponsor_id: UUID
    show_id: UUID
    least: Money | None
    most: Money | None
    changed_at: datetime


class BudgetLimits(BaseModel):
    """One row per show with a limit."""

    items: list[BudgetLimit]


LIST = """
select l.sponsor_id, l.show_id, l.currency, l.least_weekly_minor, l.most_weekly_minor, l.changed_at
from app.budget_limits as l
inner join app.shows as s on s.tenant_id = l.tenant_id and s.show_id = l.show_id
where l.sponsor_id = %s
order by l.currency, s.title, l.show_id
"""


def list_limits(c: Writer, sponsor_id: UUID) -> list[BudgetLimit]:
    """By currency and show. Raises `not-found` for a sponsor that the account has not."""
    if c.execute("select 1 from app.sponsors where sponsor_id = %s", [sponsor_id]).fetchone() is None:
        raise not_found("sponsor", sponsor_id)
    return [
        BudgetLimit(
            **{name: row[name] for name in ("sponsor_id", "show_id", "changed_at")},
            least=_money(row["least_weekly_minor"], row["currency"]),
            most=_money(row["most_weekly_minor"], row["currency"]),
        )
        for row in c.execute(LIST, [sponsor_id]).fetchall()
    ]


def change_limits(c: Writer, who: Principal, sponsor_id: UUID, entry: BudgetLimitsEntry) -> list[BudgetLimit]:
    """Put these in the place of the sponsor's limits in that currency. Raises `not-found`, and `invalid` for an amount with more
    digits than its currency."""
    before = list_limits(c, sponsor_id)
    currency = entry.currency or tenant_currency(c)
    c.execute("delete from app.budget_limits where sponsor_id = %s and currency = %s", [sponsor_id, currency])
    for limit in entry.limits:
        if c.execute("select 1 from app.shows where show_id = %s", [limit.show_id]).fetchone() is None:
            raise not_found("show", limit.show_id)
        c.execute(
            "insert into app.budget_limits "
            "(tenant_id, sponsor_id, show_id, currency, least_weekly_minor, most_weekly_minor, changed_by) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            [
                who.tenant_id, sponsor_id, limit.show_id, currency, _minor(limit.least, currency), _minor(limit.most, currency),
                who.user_id,
            ],
        )  # fmt: skip
    after = list_limits(c, sponsor_id)
    if _plain(before) != _plain(after):
        record_audit(c, who, "change", "budget_limits", sponsor_id, before=_plain(before), after=_plain(after))
    return after


def _plain(limits: Sequence[BudgetLimit]) -> list[dict[str, object]]:
    return [limit.model_dump(mode="json", exclude={"changed_at"}) for limit in limits]


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money.of(minor, currency)


def _minor(amount: Decimal | None, currency: str) -> int | None:
    try:
        return None if amount is None else to_minor(amount, currency)
    except ValueError as error:
        raise Problem("invalid", f"{error}: round it") from error
