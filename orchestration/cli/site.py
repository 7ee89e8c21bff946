"""`hostread site`: where a sponsor's events come from."""

import click

from orchestration.cli.acting import TENANT_HELP, acting, entered
from orchestration.settings import settings


@click.group()
def site() -> None:
    """Add a sponsor's site and print its write key and snippet."""


@site.command()
@click.argument("domain")
@click.option("--sponsor", required=True, help="The sponsor's name; made if it is new.")
@click.option("--tenant", help=TENANT_HELP)
def add(domain: str, sponsor: str, tenant: str | None) -> None:
    """Add the site DOMAIN (as shop.example.com) of a sponsor, and print its write key; a site that is there keeps its key."""
    from api.campaigns.accounts import SiteEntry, create_site
    from api.campaigns.sponsors import SponsorEntry, create_sponsor

    named = entered(SponsorEntry, {"name": "--sponsor"}, name=sponsor)
    with acting(tenant) as (connection, owner):
        row = connection.execute("select sponsor_id from app.sponsors where name = %s", [named.name]).fetchone()
        sponsor_id = row["sponsor_id"] if row else create_sponsor(connection, owner, named).sponsor_id
        entry = entered(SiteEntry, {"domain": "DOMAIN", "name": "DOMAIN"}, sponsor_id=sponsor_id, name=domain, domain=domain)
        there = connection.execute(
            "select site_id, write_key from app.sites where sponsor_id = %s and domain = %s and disabled_at is null "
            "order by created_at limit 1",
            [sponsor_id, entry.domain],
        ).fetchone()
        made = there or create_site(connection, owner, entry).model_dump()
    current = settings()
    public = current.public_url or f"http://{current.host}:{current.api_port}"
    click.echo(
        f"{'already there: ' if there else ''}{entry.domain} of {named.name}\nwrite key  {made['write_key']}\n"
        f"snippet    {public}/sites/{made['site_id']} (while `hostread serve` runs)"
    )


@site.command("sign")
@click.argument("domain")
@click.option("--tenant", help=TENANT_HELP)
@click.option(
    "--others-expire-in-hours", type=click.IntRange(0, 24 * 90), help="End the site's other signing keys then: a rotation."
)
def sign(domain: str, tenant: str | None, others_expire_in_hours: int | None) -> None:
    """Make a key that the server of DOMAIN signs its orders with, so that their revenue is verified. It is shown once."""
    from api.campaigns.site_security import SigningKeyEntry, create_signing_key
    from orchestration.errors import HostreadError

    with acting(tenant) as (connection, owner):
        rows = connection.execute(
            "select site_id from app.sites where domain = %s and disabled_at is null order by created_at", [domain.strip().lower()]
        ).fetchall()
        if len(rows) != 1:
            raise HostreadError(f"found {len(rows)} sites at {domain}, expected one: `hostread site add` makes one")
        entry = SigningKeyEntry(others_expire_in_hours=others_expire_in_hours)
        made = create_signing_key(connection, owner, rows[0]["site_id"], entry, settings().resolved_secret_key())
    click.echo(f"signing key  {made.key}\nIt is not shown again. docs/collector.md says how a request is signed.")


COMMANDS = {"site": site}
