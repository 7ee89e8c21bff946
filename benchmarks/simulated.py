"""A simulated world on a benchmark's database: its network landed from where it is served, and chosen marts published."""

from collections.abc import Collection
from pathlib import Path

import psycopg

from assets.feeds.client import refresh_feeds
from orchestration.mart_tables import apply_marts, read_marts
from orchestration.world import load_app
from simulation import start_server

# Where the world says that it is served; a free port takes its place while its feeds are read.
HERE = "http://127.0.0.1:1"


def land_network(url: str, world: Path, run_id: str) -> None:
    """Tenants, shows and campaigns of a world made for HERE, and its feeds, over HTTP. Raises RuntimeError where a feed fails."""
    load_app(url, world, "a key of sixteen characters")
    server = start_server(world)
    try:
        with psycopg.connect(url) as connection:
            base = f"http://127.0.0.1:{server.server_port}"
            connection.execute("update app.shows set feed_url = replace(feed_url, %s, %s)", [HERE, base])
        feeds = refresh_feeds(url, run_id, allow_private=True)
    finally:
        server.shutdown()
        server.server_close()
    if feeds.failures:
        raise RuntimeError(f"found {feeds.failures} while landing {world.name}, expected every feed to land")


def publish(url: str, manifest: Path, names: Collection[str]) -> None:
    """Bring these marts to what their candidates hold, without the row of a build."""
    marts = [mart for mart in read_marts(manifest) if mart.name in names]
    with psycopg.connect(url, options="-c role=hostread_transform") as connection:
        apply_marts(connection, marts)
