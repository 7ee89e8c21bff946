"""What proposed windows would change, campaign by campaign and model by model, as it was computed beside the published build."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.campaigns.attribution_windows import Proposal, get_proposal
from api.database import Row, Writer
from api.marts.models import MODELS, NONE_ID, Money, model_name
from api.marts.money import to_share

FIGURES = """
select
    f.campaign_id, coalesce(c.name, '') as campaign_name, f.currency, f.is_unconverted, f.model, m.name as custom_name,
    f.conversions_ppb_before, f.conversions_ppb_after, f.revenue_minor_before, f.revenue_minor_after
from estimates.attribution_proposal_figures as f
left join app.campaigns as c on f.tenant_id = c.tenant_id and f.campaign_id = c.campaign_id
left join app.attribution_models as m on f.tenant_id = m.tenant_id and f.model = 'custom:' || m.model_id
where f.proposal_id = %s
order by f.campaign_id = %s, campaign_name, f.campaign_id, f.currency, f.is_unconverted
"""
SUMMED = ("conversions_ppb_before", "conversions_ppb_after", "revenue_minor_before", "revenue_minor_after")


class WindowsDifference(BaseModel):
    """What one model credits as published, under the proposed windows, and the difference."""

    model: str
    name: str
    conversions_before: Decimal
    conversions_after: Decimal
    conversions_difference: Decimal
    revenue_before: Money
    revenue_after: Money
    revenue_difference: Money


class WindowsDifferenceRow(BaseModel):
    """One campaign and currency; campaign null: conversions that no touch explains."""

    campaign_id: UUID | None
    campaign_name: str
    currency: str
    is_unconverted: bool = Field(description="Values without an exchange rate, in their own currency.")
    credit: list[WindowsDifference]


class ProposalDetail(Proposal):
    """A proposal with what it would change. Windows move credit and make none: each model's differences sum to nothing."""

    rows: list[WindowsDifferenceRow]
    totals: list[WindowsDifferenceRow] = Field(description="One row per currency, over all campaigns and what no touch explains.")


def preview_windows(c: Writer, proposal_id: UUID) -> ProposalDetail:
    """A proposal and its figures, none before it is computed; raises `not-found`."""
    found = get_proposal(c, proposal_id)
    rows = c.execute(FIGURES, [proposal_id, NONE_ID]).fetchall()
    return ProposalDetail(**dict(found), rows=_rows(rows), totals=_totals(rows))


def _rows(rows: Iterable[Row]) -> list[WindowsDifferenceRow]:
    cells: dict[tuple[UUID, str, str, bool], list[Row]] = defaultdict(list)
    for row in rows:
        cells[row["campaign_id"], row["campaign_name"], row["currency"], row["is_unconverted"]].append(row)
    return [
        WindowsDifferenceRow(
            campaign_id=None if campaign == NONE_ID else campaign,
            campaign_name="unattributed" if campaign == NONE_ID else name,
            currency=currency,
            is_unconverted=is_unconverted,
            credit=_credit(of_campaign),
        )
        for (campaign, name, currency, is_unconverted), of_campaign in cells.items()
    ]


def _totals(rows: Iterable[Row]) -> list[WindowsDifferenceRow]:
    sums: dict[tuple[str, bool], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        total = sums[row["currency"], row["is_unconverted"]].setdefault(row["model"], {**row, **dict.fromkeys(SUMMED, 0)})
        for name in SUMMED:
            total[name] += row[name]
    return [
        WindowsDifferenceRow(
            campaign_id=None,
            campaign_name="all",
            currency=currency,
            is_unconverted=is_unconverted,
            credit=_credit(by_model.values()),
        )
        for (currency, is_unconverted), by_model in sorted(sums.items())
    ]


def _credit(rows: Iterable[Mapping[str, Any]]) -> list[WindowsDifference]:
    """In the order of the built-in models, the account's own after them."""
    places = {str(model): place for place, model in enumerate(MODELS)}
    return [
        WindowsDifference(
            model=row["model"],
            name=row["custom_name"] or model_name(row["model"]),
            conversions_before=to_share(row["conversions_ppb_before"]),
            conversions_after=to_share(row["conversions_ppb_after"]),
            conversions_difference=to_share(row["conversions_ppb_after"] - row["conversions_ppb_before"]),
            revenue_before=Money.of(row["revenue_minor_before"], row["currency"]),
            revenue_after=Money.of(row["revenue_minor_after"], row["currency"]),
            revenue_difference=Money.of(row["revenue_minor_after"] - row["revenue_minor_before"], row["currency"]),
        )
        for row in sorted(rows, key=lambda row: (places.get(row["model"], len(places)), row["custom_name"] or row["model"]))
    ]
