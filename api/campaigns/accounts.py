"""Shows and sites: what a campaign is heard on, and where its events come from."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

import psycopg
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.auth.principals import Principal
from api.auth.write_keys import new_write_key
from api.campaigns.events import record_audit, record_once
from api.campaigns.models import Entered, Entry, Text
from api.campaigns.paging import After, page_clause
from api.campaigns.sponsors import COLUMNS as SPONSOR_COLUMNS
from api.campaigns.sponsors import get_sponsor
from api.database import Row, Writer
from api.errors import Problem, not_found


def known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"found {name!r}, expected a name of the IANA time zone database, as Europe/Berlin")
    return name


Timezone = Annotated[str, AfterValidator(known_timezone)]
HttpUrl = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://[^\s/?#]+[^\s\x00]*$", max_length=2_000)]
Origin = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://[^\s/?#]+$", max_length=300)]
Domain = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9.-]+(:\d+)?$", max_length=253)]


class ShowEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Night Trains", "feed_url": "https://feeds.example/night.xml", "timezone": "Europe/Berlin"}]
        }
    )

    title: Text
    feed_url: HttpUrl
    timezone: Timezone = "UTC"


class Show(Entered):
    """One show of this account."""

    show_id: UUID
    title: str
    feed_url: str
    timezone: str
    is_active: bool
    created_at: datetime


class SiteEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sponsor_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10",
                    "name": "Acme shop",
                    "domain": "shop.acme.example",
                    "allowed_origins": ["https://shop.acme.example"],
                }
            ]
        }
    )

    sponsor_id: UUID
    name: Text
    domain: Domain
    allowed_origins: list[Origin] = Field(default_factory=list, max_length=50, description="Empty: any origin may send.")


class Site(Entered):
    """One site that sends events; its write key is public."""

    site_id: UUID
    sponsor_id: UUID
    name: str
    domain: str
    write_key: str
    allowed_origins: list[str]
    created_at: datetime
    disabled_at: datetime | None


COLUMNS = {
    "sponsors": SPONSOR_COLUMNS,
    "shows": "show_id, title, feed_url, timezone, is_active, created_at",
    "sites": "site_id, sponsor_id, name, domain, write_key, allowed_origins, created_at, disabled_at",
}

SITE = f"select {COLUMNS['sites']} from app.sites where site_id = %s"  # noqa: S608


def list_rows(c: Writer, table: str, key: str, after: After, limit: int, sponsor_id: UUID | None = None) -> list[Row]:
    """A page of a table of COLUMNS, newest first; with `sponsor_id`, that sponsor's rows alone."""
    query = page_clause(table, COLUMNS[table], key, "sponsor_id" if sponsor_id else None)
    return c.execute(query, {**after.parameters, "limit": limit, "filter": sponsor_id}).fetchall()


def get_row(c: Writer, table: str, key: str, identifier: UUID, kind: str) -> Row:
    """One row of a table of COLUMNS. Raises a `not-found` problem where this account has none of that id."""
    row = c.execute(f"select {COLUMNS[table]} from app.{table} where {key} = %s", [identifier]).fetchone()  # noqa: S608 - constants
    if row is None:
        raise not_found(kind, identifier)
    return row


def get_site(c: Writer, site_id: UUID) -> Site:
    """Raises a `not-found` problem where this account has no such site."""
    row = c.execute(SITE, [site_id]).fetchone()
    if row is None:
        raise not_found("site", site_id)
    return Site(**row)


def tenant_currency(c: Writer) -> str:
    """The account's own currency."""
    row = c.execute("select currency from app.tenants where tenant_id = ops.current_tenant_id()").fetchone()
    return str(row["currency"]) if row else "USD"


def create_show(c: Writer, who: Principal, entry: ShowEntry) -> Show:
    """Raises a `conflict` problem where this account has a show of that feed."""
    try:
        row = c.execute(
            "insert into app.shows (tenant_id, title, feed_url, timezone) values (%s, %s, %s, %s) "
            "returning show_id, title, feed_url, timezone, is_active, created_at",
            [who.tenant_id, entry.title, entry.feed_url, entry.timezone],
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise Problem("conflict", f"found a show with the feed {entry.feed_url}, expected a feed that is not here yet") from error
    show = Show(**(row or {}))
    record_audit(c, who, "create", "show", show.show_id, feed_url=show.feed_url)
    return show


def create_site(c: Writer, who: Principal, entry: SiteEntry) -> Site:
    """A site with a fresh write key; from now on its sponsor's campaigns can be attributed."""
    get_sponsor(c, entry.sponsor_id)
    row = c.execute(
        "insert into app.sites (tenant_id, sponsor_id, name, domain, write_key, allowed_origins) values (%s, %s, %s, %s, %s, %s) "
        "returning site_id, sponsor_id, name, domain, write_key, allowed_origins, created_at, disabled_at",
        [who.tenant_id, entry.sponsor_id, entry.name, entry.domain, new_write_key(), entry.allowed_origins],
    ).fetchone()
    site = Site(**(row or {}))
    record_audit(c, who, "create", "site", site.site_id, domain=site.domain)
    for campaign in c.execute("select campaign_id from app.campaigns where sponsor_id = %s", [entry.sponsor_id]).fetchall():
        record_once(c, who, "attribution.configured", campaign["campaign_id"], minutes=None)
    return site
