"""The exchange rates that an account loaded. Files of them come in by the imports."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.marts.currencies import CurrencyRate, currency_rates
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1/currency-rates", tags=["currency_rates"])
Currency = Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])]


class CurrencyRates(Page):
    """One row per pair of currencies and day, newest day first."""

    items: list[CurrencyRate]


@router.get("", operation_id="currency_rates_list", summary="List exchange rates")
def get_currency_rates(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    from_currency: Currency = None,
    to_currency: Currency = None,
    first: Annotated[date | None, Query(description="The first day.")] = None,
    last: Annotated[date | None, Query(description="The last day, included.")] = None,
) -> CurrencyRates:
    """One row per pair of currencies and day, newest day first: what one unit of the first is worth in the second.

    A conversion is counted in its campaign's currency by the rate of its day, else by the latest earlier one that is at most 31
    days old. Load rates with `POST /v1/imports`, kind `currency_rates`.
    """
    with found.warehouse.tenant(principal.tenant_id) as c:
        rates = currency_rates(c, from_currency=from_currency, to_currency=to_currency, first=first, last=last, page=page.window)
    return CurrencyRates(**page.show(rates))
