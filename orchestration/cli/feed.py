"""`hostread feed`: shows, by their feeds."""

import click
import psycopg

from orchestration.cli.acting import TENANT_HELP, acting, find_owner
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

RUN = "command-line"


@click.group()
def feed() -> None:
    """Add, list and refresh feeds."""


@feed.command()
@click.argument("url")
@click.option("--tenant", help=TENANT_HELP)
@click.option("--timezone", default="UTC", show_default=True, help="The show's IANA time zone: hosts report by its dates.")
def add(url: str, tenant: str | None, timezone: str) -> None:
    """Add the show whose feed is URL, and land its episodes."""
    from assets.feeds.registration import FeedRefusedError, add_feed

    owner = find_owner(tenant)
    try:
        added = add_feed(
            database_url(settings()),
            owner.tenant_id,
            url,
            RUN,
            timezone=timezone,
            allow_private=settings().allow_private_urls,
        )
    except FeedRefusedError as error:
        raise HostreadError(str(error)) from error
    click.echo(f"{'added' if added.is_new else 'already there:'} {added.title}, {added.items} episodes, show {added.show_id}")


@feed.command("list")
@click.option("--tenant", help=TENANT_HELP)
def list_feeds(tenant: str | None) -> None:
    """List the shows, when each feed was last read, and what is wrong where one was not."""
    owner = find_owner(tenant)
    with psycopg.connect(database_url(settings())) as connection:
        rows = connection.execute(
            "select s.show_id, s.title, s.feed_url, f.last_success_at, f.last_error, "
            "(select count(distinct i.episode_guid) from raw.feeds_items as i "
            "where i.tenant_id = s.tenant_id and i.show_id = s.show_id), nullif(f.url, s.feed_url) "
            "from app.shows as s left join ops.fetch_state as f "
            "on f.tenant_id = s.tenant_id and f.source = 'feeds' and f.source_key = s.show_id::text "
            "where s.tenant_id = %s and s.is_active order by s.title",
            [owner.tenant_id],
        ).fetchall()
    for show_id, title, url, read_at, fault, episodes, moved_to in rows:
        click.echo(f"{show_id}  {title}  {episodes} episodes  read {f'{read_at:%Y-%m-%d %H:%M}' if read_at else 'never'}  {url}")
        if moved_to:
            click.echo(f"  moved to {moved_to}")
        if fault:
            click.secho(f"  {fault}", fg="red")
    if not rows:
        click.echo("no shows yet: add one with `hostread feed add URL`")


@feed.command()
@click.argument("show_id", type=click.UUID)
@click.argument("url")
@click.option("--tenant", help=TENANT_HELP)
def move(show_id: str, url: str, tenant: str | None) -> None:
    """Give the show SHOW_ID the feed at URL: a person's word, where no evidence says that it is the same show."""
    if not url.startswith(("http://", "https://")):
        raise HostreadError(f"found {url!r}, expected an address that begins with http:// or https://")
    with acting(tenant) as (connection, owner):
        taken = connection.execute(
            "select title from app.shows where tenant_id = %s and feed_url = %s and show_id <> %s", [owner.tenant_id, url, show_id]
        ).fetchone()
        if taken:
            raise HostreadError(f"found {url} as the feed of {taken['title']!r} already, expected one that no other show has")
        moved = connection.execute(
            "update app.shows set feed_url = %s where tenant_id = %s and show_id = %s", [url, owner.tenant_id, show_id]
        ).rowcount
    if not moved:
        raise HostreadError(f"found no show {show_id}, expected one of `hostread feed list`")
    click.echo(f"the show is read from {url} with the next run of refresh_feeds; its episodes stay")


@feed.command()
@click.option("--tenant", help=TENANT_HELP)
def refresh(tenant: str | None) -> None:
    """Read every feed now, those too that pause after a fault."""
    from assets.feeds.client import refresh_feeds

    done = refresh_feeds(
        database_url(settings()),
        RUN,
        allow_private=settings().allow_private_urls,
        is_forced=True,
        tenant_id=find_owner(tenant).tenant_id,
        progress=click.echo,
    )
    click.echo(f"{done.landed} changed, {done.unchanged} unchanged, {done.failed} failed, {done.items} new or changed episodes")
    for url, fault in done.failures:
        click.secho(f"  {url}: {fault}", fg="red")


COMMANDS = {"feed": feed}
