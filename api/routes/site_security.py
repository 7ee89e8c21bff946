"""Sites: their limits, and the keys that their servers sign orders with."""

from uuid import UUID

from fastapi import APIRouter

from api.auth.dependencies import OwnerDep, ServicesDep
from api.campaigns.accounts import Site
from api.campaigns.site_security import (
    SigningKey,
    SigningKeyEntry,
    SigningKeyOnce,
    SiteChange,
    change_site,
    create_signing_key,
    list_signing_keys,
    revoke_signing_key,
)
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1/sites/{site_id}", tags=["sites"])


class SigningKeys(Page):
    """A site's signing keys, all of them."""

    items: list[SigningKey]


@router.patch("", operation_id="sites_change", summary="Change a site")
def patch_site(site_id: UUID, change: SiteChange, principal: OwnerDep, found: ServicesDep) -> Site:
    """One site: its name, the pages that may send, its rate, and whether it sends. Collectors follow within half a minute."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_site(c, principal, site_id, change)


@router.get("/signing-keys", operation_id="sites_list_signing_keys", summary="List a site's signing keys")
def get_signing_keys(site_id: UUID, principal: OwnerDep, found: ServicesDep, page: PageDep) -> SigningKeys:
    """One row per signing key of the site that is not at its end, newest first, without the keys."""
    with found.database.tenant(principal.tenant_id) as c:
        return SigningKeys(
            **page.of(list_signing_keys(c, site_id), Order("created_at timestamptz desc", "signing_key_id uuid desc"))
        )


@router.post("/signing-keys", status_code=201, operation_id="sites_create_signing_key", summary="Make a signing key")
def post_signing_key(site_id: UUID, entry: SigningKeyEntry, principal: OwnerDep, found: ServicesDep) -> SigningKeyOnce:
    """One signing key; the key itself is in this answer and never again. With `others_expire_in_hours` it is a rotation."""
    with found.database.tenant(principal.tenant_id) as c:
        return create_signing_key(c, principal, site_id, entry, found.settings.secret_key.get_secret_value())


@router.delete(
    "/signing-keys/{signing_key_id}", status_code=204, operation_id="sites_revoke_signing_key", summary="Revoke a signing key"
)
def delete_signing_key(site_id: UUID, signing_key_id: UUID, principal: OwnerDep, found: ServicesDep) -> None:
    """One signing key verifies nothing any more; revoking twice changes nothing."""
    with found.database.tenant(principal.tenant_id) as c:
        revoke_signing_key(c, principal, site_id, signing_key_id)
