"""A site's own limits and signing keys: whose pages may send, how much, and what its server signs orders with."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.auth.signing_keys import SHOWN, new_signing_key, seal
from api.campaigns.accounts import Origin, Site, get_site
from api.campaigns.events import record_audit
from api.campaigns.models import Entered, Entry, Text
from api.database import Writer
from api.errors import Problem, not_found

MOST_LIVE = 5
COLUMNS = "signing_key_id, site_id, key_prefix, created_at, nullif(expires_at, 'infinity') as expires_at"


class SiteChange(Entry):
    """What may change of a site; what is not named stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"allowed_origins": ["https://shop.acme.example"]}]})

    name: Text | None = None
    allowed_origins: list[Origin] | None = Field(None, max_length=50, description="Pages that may send; empty: any may.")
    events_per_second: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="The site's own rate, over ten seconds, in each collector process; null: the collector's.",
    )
    is_disabled: bool | None = Field(None, description="A disabled site's events are refused.")

    @model_validator(mode="after")
    def _says_something(self) -> "SiteChange":
        for name in ("name", "allowed_origins", "is_disabled"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"found null for {name}, expected a value, or the field left out")
        return self


class SigningKeyEntry(Entry):
    """A new key, and how long the ones before it go on: a server has that long to change over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"others_expire_in_hours": 24}]})

    others_expire_in_hours: int | None = Field(
        None, ge=0, le=24 * 90, description="Ends the site's other keys after this many hours; without it they stay."
    )


class SigningKey(Entered):
    """One signing key of a site, without the key."""

    signing_key_id: UUID
    site_id: UUID
    key_prefix: str
    created_at: datetime
    expires_at: datetime | None


class SigningKeyOnce(SigningKey):
    """One signing key with the key itself: in this answer and never again."""

    key: str = Field(examples=["hrs_…"])


def change_site(c: Writer, who: Principal, site_id: UUID, change: SiteChange) -> Site:
    """The site as it is then; collectors follow within half a minute. Raises a `not-found` problem for another's."""
    get_site(c, site_id)
    named = change.model_dump(exclude_unset=True)
    for column in ("name", "allowed_origins", "events_per_second"):
        if column in named:
            c.execute(f"update app.sites set {column} = %s where site_id = %s", [named[column], site_id])  # noqa: S608
    if "is_disabled" in named:
        c.execute(
            "update app.sites set disabled_at = case when %s then coalesce(disabled_at, now()) end where site_id = %s",
            [named["is_disabled"], site_id],
        )
    record_audit(c, who, "change", "site", site_id, fields=sorted(named))
    return get_site(c, site_id)


def list_signing_keys(c: Writer, site_id: UUID) -> list[SigningKey]:
    """The site's keys that sign now, newest first."""
    get_site(c, site_id)
    rows = c.execute(
        f"select {COLUMNS} from app.site_signing_keys where site_id = %s and expires_at > now() "  # noqa: S608
        "order by created_at desc, signing_key_id",
        [site_id],
    )
    return [SigningKey(**row) for row in rows]


def create_signing_key(c: Writer, who: Principal, site_id: UUID, entry: SigningKeyEntry, secret_key: str) -> SigningKeyOnce:
    """A fresh key; the others end when `entry` says. Raises a `conflict` problem above five live ones."""
    get_site(c, site_id)
    c.execute("select 1 from app.sites where site_id = %s for update", [site_id])
    if entry.others_expire_in_hours is not None:
        c.execute(
            "update app.site_signing_keys set expires_at = least(expires_at, now() + %s) where site_id = %s",
            [timedelta(hours=entry.others_expire_in_hours), site_id],
        )
    if len(list_signing_keys(c, site_id)) >= MOST_LIVE:
        raise Problem("conflict", f"found {MOST_LIVE} signing keys of this site, expected fewer: revoke one first")
    key = new_signing_key()
    row = c.execute(
        "insert into app.site_signing_keys (tenant_id, site_id, key_prefix, key_encrypted, created_by) "  # noqa: S608
        f"values (%s, %s, %s, %s, %s) returning {COLUMNS}",
        [who.tenant_id, site_id, key[:SHOWN], seal(key, secret_key), who.user_id],
    ).fetchone()
    made = SigningKeyOnce(**(row or {}), key=key)
    record_audit(c, who, "create", "signing_key", made.signing_key_id, site_id=str(site_id))
    return made


def revoke_signing_key(c: Writer, who: Principal, site_id: UUID, signing_key_id: UUID) -> None:
    """The key signs nothing any more, within half a minute; revoking twice changes nothing."""
    get_site(c, site_id)
    done = c.execute(
        "update app.site_signing_keys set expires_at = least(expires_at, now()) where site_id = %s and signing_key_id = %s",
        [site_id, signing_key_id],
    )
    if done.rowcount == 0:
        raise not_found("signing key", signing_key_id)
    record_audit(c, who, "revoke", "signing_key", signing_key_id, site_id=str(site_id))
