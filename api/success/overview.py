"""Everything of the customers that somebody looks after, read in one transaction: what the API, the page and the review tell."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from api.auth.principals import Principal
from api.database import Row
from api.services import Services
from api.success.customers import alerts, customers, economics, feedback, rows_of
from api.success.economics import Cost, totals
from api.success.figures import onboarding_figures, sentiment, weeks
from api.success.models import CostTotals, Customer, CustomerAlert, CustomerWeek, Feedback, MonthEconomics, Target
from api.success.targets import all_targets, last_whole_month, service_levels


@dataclass(frozen=True)
class Success:
    """What is known of them at one moment."""

    now: datetime
    customers: list[Customer]
    months: dict[UUID, list[MonthEconomics]]
    alerts: list[CustomerAlert]
    feedback: list[Feedback]
    weeks: list[CustomerWeek]
    figures: list[Row]
    service: Row | None

    def totals(self, *, is_current: bool) -> CostTotals | None:
        month = self.now.date().replace(day=1) if is_current else last_whole_month(self.now.date())
        return totals(((c, m) for c in self.customers for m in self.months.get(c.customer_id, [])), month)

    @property
    def targets(self) -> list[Target]:
        satisfied = sum(int(row["satisfaction_sum"]) for row in self.figures)
        return list(
            all_targets(
                self.service, onboarding_figures(self.customers), sentiment(self.figures), self.totals(is_current=False), satisfied
            )
        )


def cost_of(found: Services) -> Cost | None:
    """What the installation costs a month, where its settings say so."""
    amount: Decimal | None = found.settings.infrastructure_cost
    return Cost(amount, found.settings.infrastructure_currency) if amount is not None else None


def read_success(found: Services, who: Principal, customer_id: UUID | None = None, now: datetime | None = None) -> Success:
    """Of all customers that the principal looks after, or of the one."""
    moment = now or datetime.now(UTC)
    with found.database.tenant(who.tenant_id) as c:
        these = customers(c, who, moment, customer_id)
        return Success(
            now=moment,
            customers=these,
            months=economics(c, who, these, cost_of(found), moment),
            alerts=alerts(c, who, these),
            feedback=feedback(c, who, these),
            weeks=weeks(rows_of(c, who, "weeks", customer_id)),
            figures=rows_of(c, who, "figures", customer_id),
            service=dict(row) if (row := service_levels(c, moment)) else None,
        )
