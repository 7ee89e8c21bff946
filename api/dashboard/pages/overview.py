"""The first page: what the tenant's campaigns cost and brought, and its downloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.dashboard import formats
from api.dashboard.access import ServicesDep, Viewer, ViewerDep
from api.dashboard.guide import find_guide
from api.dashboard.listing import campaign_lines, end_of_range
from api.dashboard.pictures.downloads import last_days
from api.dashboard.pictures.saturation import alert_sentence
from api.dashboard.rendering import Tile, page
from api.dashboard.sentences import unconverted_sentence
from api.marts.campaigns import list_campaigns
from api.marts.errors import NotBuiltError
from api.marts.keyset import Window
from api.marts.models import CampaignRoi, CurrencyTotal, ModelName
from api.marts.overview import overview
from api.marts.roi import tenant_roi
from api.marts.saturation import saturation_alerts
from api.services import Services

router = APIRouter()
ON_FIRST_PAGE = 8
SHOWN_VERDICTS = 5


@dataclass(frozen=True)
class CurrencyTiles:
    """The key figures of one currency."""

    currency: str
    tiles: list[Tile]
    unconverted: str = ""


@router.get("/")
def overview_page(viewer: ViewerDep, found: ServicesDep) -> HTMLResponse:
    """The overview; before the first build, the campaigns as entered."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        guide = find_guide(c, viewer, is_mail_on=found.postman.is_on)
    try:
        return page("overview.html", viewer, "overview", guide=guide, **_context(viewer, found))
    except NotBuiltError:
        with found.warehouse.tenant(viewer.principal.tenant_id) as c:
            rows = campaign_lines(list_campaigns(c, limit=ON_FIRST_PAGE, sponsor_id=viewer.principal.sees_sponsor), [])
        return page("overview.html", viewer, "overview", guide=guide, totals=[], downloads=None, rows=rows, verdicts=[])


def currency_tiles(total: CurrencyTotal, returns: Sequence[CampaignRoi]) -> list[Tile]:
    """The key figures of one currency; amounts of different currencies are never added."""
    rows = [row for campaign in returns for row in campaign.rows if row.revenue.currency == total.currency]

    def credited(model: ModelName) -> Decimal:
        return sum((row.revenue.amount for row in rows if row.model == model), Decimal(0))

    def tile(label: str, amount: Decimal, note: str) -> Tile:
        return Tile(label, formats.money_compact(amount, total.currency), note, exact=formats.money(amount, total.currency))

    spend = total.spend.amount
    return [
        tile("Revenue, last touch", credited("last_touch"), "credited to campaigns"),
        tile("Revenue, linear", credited("linear"), "credited to campaigns"),
        tile("Spend", spend, f"on {formats.plural(total.campaigns, 'campaign')}"),
        Tile("ROAS", formats.multiple(credited("last_touch") / spend if spend else None), "last touch"),
        Tile(
            "Ads delivered",
            formats.compact(total.ads_delivered),
            "inside valid downloads",
            exact=formats.number(total.ads_delivered),
        ),
        Tile("Conversions", formats.compact(total.conversions), "tied to a campaign", exact=formats.number(total.conversions)),
    ]


def _context(viewer: Viewer, found: Services) -> dict[str, Any]:
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        seen = overview(c, sponsor_id=viewer.principal.sees_sponsor, campaigns=ON_FIRST_PAGE)
        returns = tenant_roi(c, sponsor_id=viewer.principal.sees_sponsor).campaigns
        shown = Window(limit=SHOWN_VERDICTS)
        changed = saturation_alerts(c, only_open=True, only_unseen=True, window=shown).items if viewer.sees_tenant else []
    today = end_of_range(max((row.day for row in seen.downloads), default=None), datetime.now(UTC))
    return {
        "build": seen.build,
        "totals": [
            CurrencyTiles(total.currency, currency_tiles(total, returns), unconverted_sentence(total.unconverted))
            for total in seen.totals
        ],
        "downloads": last_days(seen.downloads, today) if viewer.sees_tenant else None,
        "rows": campaign_lines(seen.campaigns, returns),
        "verdicts": [alert_sentence(alert) for alert in changed],
    }
