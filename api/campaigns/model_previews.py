"""A model tried out on the tenant's own conversions before it is saved: entered, read through the live view, and taken back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.auth.principals import Principal
from api.campaigns.attribution_models import ModelParameters, insert_model
from api.database import Writer
from api.errors import Problem
from api.marts.errors import NotBuiltError
from api.marts.models import MODELS, NONE_ID, Money
from api.marts.money import to_share

PREVIEW = "preview"
# A preview computes its days when it is asked for; a build computes all.
MOST_DAYS = 92
DEFAULT_DAYS = 30

TRIED = """
select
    k.campaign_id, k.counted_currency as currency, %(preview)s as model,
    sum(case when k.conversion_kind = 'refund' then 0 else k.weight_ppb end)::bigint as conversions_ppb,
    sum(k.counted_minor)::bigint as revenue_minor
from marts.attribution_models_preview as k
where k.model_id = %(model_id)s and k.converted_at >= %(from_at)s and k.converted_at < %(to_at)s and not coalesce(k.is_fraud, false)
group by k.campaign_id, k.counted_currency
"""
BUILT = """
select
    d.campaign_id, d.currency, d.model, sum(d.conversions_ppb)::bigint as conversions_ppb,
    sum(d.revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily as d
where
    d.basis = 'conversion_date' and d.model = any(%(models)s) and d.day between %(first_day)s and %(last_day)s
    and not coalesce(d.is_fraud, false)
group by d.campaign_id, d.currency, d.model
"""
NAMES = "select campaign_id, name from app.campaigns where campaign_id = any(%s)"


class PreviewRequest(BaseModel):
    """Parameters to try out, on the conversions of some UTC days."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"parameters": {"shape": "linear", "click_factor": "2"}}]}
    )

    parameters: ModelParameters
    first_day: date | None = Field(None, description=f"Without it, the last {DEFAULT_DAYS} days.")
    last_day: date | None = Field(None, description="Included; today where it is left out.")


class PreviewCredit(BaseModel):
    """What one model gives; `preview` is the model that is tried out."""

    model: str
    conversions: Decimal
    revenue: Money


class PreviewRow(BaseModel):
    """One campaign and currency, side by side; campaign null: conversions that the model credits to no touch."""

    campaign_id: UUID | None
    campaign_name: str
    credit: list[PreviewCredit]


class Preview(BaseModel):
    """A model beside the built-in ones over the same conversions; each model's rows sum to the same total."""

    first_day: date
    last_day: date
    rows: list[PreviewRow]
    totals: list[PreviewRow]


def preview_model(c: Writer, who: Principal, asked: PreviewRequest, today: date | None = None) -> Preview:
    """The parameters' credit by campaign beside the built-in models'. Nothing of it is kept.

    Raises `invalid` for days that are out of order or too many, NotBuiltError before the first build.
    """
    first, last = _days(asked, today or datetime.now(UTC).date())
    found = c.execute("select to_regclass('marts.attribution_models_preview') is not null as is_there").fetchone()
    if found is None or not found["is_there"]:
        raise NotBuiltError("no published view marts.attribution_models_preview")
    values: dict[str, Any] = {
        "from_at": datetime.combine(first, time(), UTC), "to_at": datetime.combine(last + timedelta(days=1), time(), UTC),
        "first_day": first, "last_day": last, "models": list(MODELS), "preview": PREVIEW,
    }  # fmt: skip
    with c.transaction(force_rollback=True):
        # No name that a person would give, and nobody else sees it.
        values["model_id"] = insert_model(c, who, f"\x01preview {datetime.now(UTC).timestamp()}", asked.parameters)
        tried = c.execute(TRIED, values).fetchall()
    built = c.execute(BUILT, values).fetchall()
    names = {row["campaign_id"]: row["name"] for row in c.execute(NAMES, [[row["campaign_id"] for row in tried + built]])}
    return Preview(first_day=first, last_day=last, rows=_rows(tried + built, names), totals=_totals(tried + built))


def _days(asked: PreviewRequest, today: date) -> tuple[date, date]:
    last = asked.last_day or max(today, asked.first_day or today)
    first = asked.first_day or last - timedelta(days=DEFAULT_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Problem("invalid", f"found {first} to {last}, expected 1 to {MOST_DAYS} days in their order: choose fewer")
    return first, last


def _rows(rows: Iterable[Mapping[str, Any]], names: Mapping[UUID, str]) -> list[PreviewRow]:
    cells: dict[tuple[UUID, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        cells[row["campaign_id"], row["currency"]][row["model"]] = (row["conversions_ppb"], row["revenue_minor"])
    ordered = sorted(cells, key=lambda key: (key[0] == NONE_ID, names.get(key[0], ""), str(key[0]), key[1]))
    return [
        PreviewRow(
            campaign_id=None if campaign == NONE_ID else campaign,
            campaign_name="unattributed" if campaign == NONE_ID else names.get(campaign, ""),
            credit=_credit(cells[campaign, currency], currency),
        )
        for campaign, currency in ordered
    ]


def _totals(rows: Iterable[Mapping[str, Any]]) -> list[PreviewRow]:
    sums: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        ppb, minor = sums[row["currency"]].get(row["model"], (0, 0))
        sums[row["currency"]][row["model"]] = (ppb + row["conversions_ppb"], minor + row["revenue_minor"])
    return [
        PreviewRow(campaign_id=None, campaign_name="all", credit=_credit(cells, currency))
        for currency, cells in sorted(sums.items())
    ]


def _credit(cells: Mapping[str, tuple[int, int]], currency: str) -> list[PreviewCredit]:
    return [
        PreviewCredit(model=model, conversions=to_share(ppb), revenue=Money.of(minor, currency))
        for model in (PREVIEW, *MODELS)
        for ppb, minor in [cells.get(model, (0, 0))]
    ]
