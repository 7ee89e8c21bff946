"""The network and the log of the counting benchmarks: sessions as players make them, over some days, in order of time.

Of ten sessions six are one plain GET, three a probe and three ranges, one is a bot's. A household asks about six times for
something, by one of ten agents; one address in 64 lies in a data centre.
"""

import random
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from assets.hosting.lists import load_ip_ranges

EPISODES = 400
SIZE, HEADER, DURATION_S = 48_000_000, 600_000, 3_000
AGENTS = (
    "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)",
    "Pocket Casts",
    "AntennaPod/3.4.0",
    "Podcasts/1650.20 CFNetwork/1333.0.4 Darwin/21.5.0",
    "Spotify/8.9.18.512 Android/34 (SM-S911B)",
    "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)",
    "Castbox/11.9.1 (Linux;Android 13)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
SHOW = uuid.UUID(int=0xBE)
START = datetime(2026, 3, 2, tzinfo=UTC)


def write_log(path: Path, lines: int, first_day: int, days: int, seed: int = 7) -> None:
    """`lines` requests spread over `days` days from the `first_day`-th day after START on."""
    chance = random.Random(seed)  # noqa: S311
    homes = max(lines // 15, 100)
    begin = START + timedelta(days=first_day)
    step = timedelta(days=days) / lines
    written = 0
    with path.open("w", encoding="utf-8") as file:
        while written < lines:
            kind = chance.random()
            home = chance.randrange(homes)
            address = f"{24 if home % 64 else 52}.{home >> 16 & 255}.{home >> 8 & 255}.{home & 255}"
            agent = BOT if kind > 0.95 else AGENTS[home % 7 if kind < 0.9 else chance.randrange(8)]
            episode = int(EPISODES * chance.random() ** 2)
            asked = ["bytes=0-1", "bytes=0-15999999", "bytes=16000000-31999999", "bytes=32000000-"] if 0.6 < kind < 0.9 else [None]
            for header in asked[: lines - written]:
                at = begin + step * written
                sent = SIZE if header is None else 2 if header == "bytes=0-1" else 16_000_000
                asked_for = "null" if header is None else f'"{header}"'
                file.write(
                    f'{{"requested_at":"{at.isoformat()}","ip":"{address}","user_agent":"{agent}","method":"GET",'
                    f'"status":{200 if header is None else 206},"range":{asked_for},"bytes_sent":{sent},"url":'
                    f'"https://dts.podtrac.com/redirect.mp3/media.example/show/{episode}.mp3","referer":null,'
                    f'"file_size":{SIZE},"header_bytes":{HEADER},"is_hls":false}}\n'
                )
                written += 1


def plant_network(url: str, folder: Path) -> None:
    """One tenant with one show of EPISODES episodes, an ad in it, and an IP list."""
    campaign, placement, sponsor = (uuid.UUID(int=number) for number in (1, 2, 3))
    with psycopg.connect(url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('bench', 'Bench')")
        connection.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (1, 1, %s)", [b"k" * 32])
        connection.execute(
            "insert into app.shows (show_id, tenant_id, title, feed_url) values (%s, 1, 'Bench', 'http://feeds.test/b.xml')", [SHOW]
        )
        connection.execute(
            "insert into raw.feeds_items (tenant_id, show_id, episode_guid, content_sha256, title, published_at, enclosure_url, "
            "media_key, enclosure_bytes, duration_s, payload, fetched_at, run_id) select 1, %s, 'guid-' || n, "
            "sha256(n::text::bytea), 'Episode ' || n, %s, 'https://media.example/show/' || n || '.mp3', "
            "'media.example/show/' || n || '.mp3', %s, %s, '{}', %s, 'bench' from generate_series(0, %s) as n",
            [SHOW, START - timedelta(days=7), SIZE, DURATION_S, START, EPISODES - 1],
        )
        connection.execute("insert into app.sponsors (sponsor_id, tenant_id, name) values (%s, 1, 'Sponsor')", [sponsor])
        flight = [START.date(), START.date() + timedelta(days=29)]
        connection.execute(
            "insert into app.campaigns (campaign_id, tenant_id, sponsor_id, name, currency, flight_start, flight_end) "
            "values (%s, 1, %s, 'Campaign', 'EUR', %s, %s)",
            [campaign, sponsor, *flight],
        )
        connection.execute(
            "insert into app.placements (placement_id, tenant_id, campaign_id, show_id, position, insertion, ad_start_s, "
            "ad_duration_s, price_model, price_minor, flight_start, flight_end) "
            "values (%s, 1, %s, %s, 'mid_roll', 'dynamic', 600, 60, 'cpm', 2500, %s, %s)",
            [placement, campaign, SHOW, *flight],
        )
    ranges = folder / "ranges.csv"
    ranges.write_text("network,ip_class\n52.0.0.0/8,datacenter\n", "utf-8")
    load_ip_ranges(url, ranges)


def add_source(url: str, log: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into app.log_sources (tenant_id, name, path, format) values (1, %s, %s, 'jsonl')", [log.name, str(log)]
        )
