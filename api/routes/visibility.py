"""Who may read of which campaign, asked before anything else is said of it."""

from uuid import UUID

from api.auth.principals import Principal
from api.errors import not_found
from api.marts.campaigns import get_campaign
from api.marts.warehouse import Warehouse


def require_visible(warehouse: Warehouse, principal: Principal, campaign_id: UUID) -> None:
    """The same 404 for no such campaign, another tenant's and another sponsor's; before anything says 304 or not-built."""
    with warehouse.tenant(principal.tenant_id) as c:
        if not principal.may_see_sponsor(get_campaign(c, campaign_id).sponsor_id):
            raise not_found("campaign", campaign_id)
