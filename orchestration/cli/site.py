"""`hostread site`: where a sponsor's events come from."""

import click

from orchestration.cli.acting import TENANT_HELP, acting


@click.group()
def site() -> None:
    """Add a sponsor's site and print its write key and snippet."""


@site.command()
@click.argument("domain")
@click.option("--sponsor", required=True, help="The sponsor's name; made if it is new.")
@click.option("--tenant", help=TENANT_HELP)
def add(domain: str, sponsor: str, tenant: str | None) -> None:
    """Add the site DOMAIN (as shop.example.com) of a sponsor, and print its write key."""
    from api.campaigns.accounts import SiteEntry, SponsorEntry, create_site, create_sponsor

    with acting(tenant) as (connection, owner):
        row = connection.execute("select sponsor_id from app.sponsors where name = %s", [sponsor]).fetchone()
        sponsor_id = row["sponsor_id"] if row else create_sponsor(connection, owner, SponsorEntry(name=sponsor)).sponsor_id
        made = create_site(connection, owner, SiteEntry(sponsor_id=sponsor_id, name=domain, domain=domain))
    click.echo(f"write key  {made.write_key}\nThe snippet stands on the dashboard's page of the site, /sites/{made.site_id}")


COMMANDS = {"site": site}
