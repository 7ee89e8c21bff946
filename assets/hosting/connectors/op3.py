"""OP3: single downloads, counted here by episode and UTC day (domain-rules section 2; shapes: op3.dev/api/docs).

Its rows are downloads already, bots left out. Of a row only what it counts for is kept: its IP hash changes each month and joins
nothing across two, so listeners are told by day alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from assets.hosting.connectors.client import Client, iso_day, remaining, whole
from assets.hosting.connectors.protocol import Account, Batch, Connector, Period, Scope, Send, Statistic
from assets.lib.media import media_key

LIMIT = 20_000
DIMENSIONS = {
    "agentName": "app", "deviceName": "device", "deviceType": "device_type", "countryCode": "country", "regionName": "region",
    "continentCode": "continent", "referrerName": "referrer",
}  # fmt: skip


def pull(account: Account, send: Send, cursor: Mapping[str, Any], period: Period) -> Iterator[Batch]:
    """A batch a UTC day, then one with each episode's downloads of all time."""
    client = Client("OP3", account.base_url, send, {"Authorization": f"Bearer {account.credential}"})
    show = account.external_show_id
    guids = _guids(client, show)
    names = [day.isoformat() for day in period.days]
    walk: Mapping[str, Any] = cursor.get("walk", {})
    done = list(walk.get("done", ())) if walk.get("dates") == names else []
    for name in remaining(names, walk, names):
        day = date.fromisoformat(name)
        rows = _day(client, show, day, guids)
        done = [*done, name]
        scope = Scope(frozenset({day}), frozenset({"download", "listener"}), frozenset({"", *DIMENSIONS.values()}))
        yield Batch(rows, (scope,), {"walk": {"dates": names, "done": done}})
    yield Batch(_all_time(client, show, guids, period.today), cursor={"walk": {}})


def _guids(client: Client, show: str) -> dict[str, str]:
    url = client.url(f"api/1/shows/{quote(show, safe='')}", {"episodes": "include"})
    episodes = client.listed(client.read(url), url, "episodes")
    pairs = client.each(episodes, url, "episodes with id and itemGuid", lambda item: (str(item["id"]), item.get("itemGuid")))
    return {key: str(guid) for key, guid in pairs if guid}


def _day(client: Client, show: str, day: date, guids: Mapping[str, str]) -> list[Statistic]:
    """One UTC day's counts, from all pages of its rows; a page that is missing means that none of it lands."""
    query = {
        "format": "json", "limit": LIMIT, "start": f"{day}T00:00:00.000Z", "end": f"{day + timedelta(days=1)}T00:00:00.000Z",
    }  # fmt: skip
    path = f"api/1/downloads/show/{quote(show, safe='')}"
    counts: Counter[tuple[str, str, str]] = Counter()
    audience: defaultdict[str, set[str]] = defaultdict(set)
    files: dict[str, str] = {}

    def following(document: Any, _: str) -> str | None:
        token = document.get("continuationToken")
        return client.url(path, {**query, "continuationToken": token}) if token else None

    for document, url in client.pages(client.url(path, query), following):
        for episode, at, file, listener, values in client.each(
            client.listed(document, url, "rows"), url, "rows with time, url, audienceId and episodeId", _row
        ):
            if at != day:
                raise client.unexpected(url, f"a row of {at}", f"rows of {day}")
            counts[episode, "", ""] += 1
            counts.update((episode, name, value) for name, value in values)
            audience[episode].add(listener)
            files.setdefault(episode, file)
    return [
        Statistic(
            key, guids.get(key), Decimal(count), day, day, dimension=dimension, dimension_value=value,
            media_key=media_key(files[key]) if key in files else None,
        )
        for (key, dimension, value), count in sorted(counts.items())
    ] + [
        Statistic(key, guids.get(key), Decimal(len(people)), day, day, metric="listener", media_key=media_key(files[key]))
        for key, people in sorted(audience.items())
    ]  # fmt: skip


def _row(item: Any) -> tuple[str, date, str, str, list[tuple[str, str]]]:
    values = [(ours, str(item.get(theirs) or "Unknown")) for theirs, ours in DIMENSIONS.items()]
    return str(item["episodeId"]), iso_day(item["time"]), str(item["url"]), str(item["audienceId"]), values


def _all_time(client: Client, show: str, guids: Mapping[str, str], today: date) -> list[Statistic]:
    """Snapshots of the counters of recent episodes; a figure that OP3 leaves out is not known, which is no zero."""
    keys = {guid: key for key, guid in guids.items()}
    url = client.url("api/1/queries/episode-download-counts", {"showUuid": show})
    episodes = client.listed(client.read(url), url, "episodes")
    counted = [item for item in episodes if not isinstance(item, dict) or item.get("downloadsAll") is not None]
    pairs = client.each(
        counted, url, "episodes with itemGuid and downloadsAll", lambda item: (str(item["itemGuid"]), whole(item["downloadsAll"]))
    )
    return [
        Statistic(keys.get(guid, guid), guid, value, today, today, grain="all_time", is_cumulative=True) for guid, value in pairs
    ]


OP3 = Connector("op3", "OP3", pull, timezone="UTC")
