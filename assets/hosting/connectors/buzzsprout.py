"""Buzzsprout: downloads by episode and podcast-local date, and what each was made with (domain-rules section 2).

Shapes: github.com/buzzsprout/buzzsprout-api, sections/episodes.md and sections/stats.md. One date a call; a date that did not
change is not sent again (`If-None-Match`). The single downloads of an episode and date are read once that date is over, a bounded
number a pull, the newest first: what is left over is the next pull's.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote

from assets.hosting.connectors.client import MOST_PAGES, Client, whole
from assets.hosting.connectors.protocol import Account, Batch, Connector, Period, Scope, Send, Statistic

PER_PAGE = 1000
# Episodes and dates whose single downloads one pull reads: a show of 400 episodes has thousands of pairs at the first pull.
MOST_DETAILS = 200
# Of days that are re-read by hand, all in one go.
MOST_DETAILS_REREAD = 5_000
# The host's `city` is left out: a city with one listener is a person.
DIMENSIONS = {
    "app": "app", "device": "device", "device_type": "device_type", "country_code": "country", "region": "region",
    "continent": "continent", "media_type": "media_type",
}  # fmt: skip
Pending = dict[str, list[str]]


def pull(account: Account, send: Send, cursor: Mapping[str, Any], period: Period) -> Iterator[Batch]:
    """The all-time totals, then a batch a date that changed, oldest first, then one per episode and date of single downloads."""
    client = Client("Buzzsprout", account.base_url, send, {"Authorization": f"Token token={account.credential}"})
    podcast = f"api/{quote(account.external_show_id, safe='')}"
    guids: dict[str, str] = dict(cursor.get("guids", {}))
    for batch in _totals(client, podcast, cursor, period.today):
        guids = dict(batch.cursor["guids"])
        yield batch
    etags: Mapping[str, str] = cursor.get("etags", {})
    names = [day.isoformat() for day in period.days]
    # Those of dates that are read no more are forgotten.
    kept = {name: etags[name] for name in names if name in etags}
    pending: Pending = {name: list(keys) for name, keys in cursor.get("pending", {}).items() if name in names}
    for day, name in zip(period.days, names, strict=True):
        url = client.url(f"{podcast}/downloads", {"date": name})
        answer = client.ask(url, kept.get(name))
        if answer.is_not_modified:
            continue
        listed = client.listed(client.document(answer, url), url)
        rows = client.each(listed, url, "{episode_id, total}", partial(_total, day=day, guids=guids))
        etag = answer.headers.get("etag")
        kept = {key: value for key, value in kept.items() if key != name} | ({name: etag} if etag else {})
        pending = pending | {name: [row.episode_key for row in rows]}
        yield Batch(rows, (Scope(frozenset({day})),), {"etags": kept, "pending": pending})
    yield from _details(client, podcast, pending, guids, period)


def _totals(client: Client, podcast: str, cursor: Mapping[str, Any], today: date) -> Iterator[Batch]:
    """The GUID of each of the host's episode ids, and its plays of all time; nothing where the list did not change."""
    url = client.url(f"{podcast}/episodes.json")
    answer = client.ask(url, cursor.get("guid_etag") if cursor.get("guids") else None)
    if answer.is_not_modified:
        return
    episodes = client.listed(client.document(answer, url), url)
    pairs = client.each(
        episodes, url, "a list of episodes with id, guid and total_plays",
        lambda item: (str(item["id"]), item.get("guid"), item.get("total_plays")),
    )  # fmt: skip
    guids = {**cursor.get("guids", {}), **{key: str(guid) for key, guid, _ in pairs if guid}}
    plays = client.each(
        [pair for pair in pairs if pair[2] is not None],
        url,
        "a whole number as total_plays",
        lambda pair: (pair[0], whole(pair[2])),
    )
    rows = [Statistic(key, guids.get(key), value, today, today, grain="all_time", is_cumulative=True) for key, value in plays]
    yield Batch(rows, cursor={"guids": guids, "guid_etag": answer.headers.get("etag")})


def _total(item: Any, *, day: date, guids: Mapping[str, str]) -> Statistic:
    episode = str(item["episode_id"])
    return Statistic(episode, guids.get(episode), whole(item["total"], f"total of episode {episode}"), day, day)


def _details(client: Client, podcast: str, pending: Pending, guids: Mapping[str, str], period: Period) -> Iterator[Batch]:
    left = MOST_DETAILS if period.last == period.today else MOST_DETAILS_REREAD
    for name in sorted(pending, reverse=True):
        day = date.fromisoformat(name)
        # Today's downloads go on: its single ones are read when it is over.
        if day >= period.today:
            continue
        while left and pending[name]:
            episode = pending[name][0]
            rows = _single_downloads(client, podcast, episode, day, guids.get(episode))
            rest = pending[name][1:]
            pending = {key: (rest if key == name else keys) for key, keys in pending.items() if key != name or rest}
            left -= 1
            scope = Scope(frozenset({day}), dimensions=frozenset(DIMENSIONS.values()), episode_key=episode)
            yield Batch(rows, (scope,), {"pending": pending})
            if not rest:
                break


def _single_downloads(client: Client, podcast: str, episode: str, day: date, guid: str | None) -> list[Statistic]:
    """Counts of one episode and date by each value of each dimension, from all pages of its single downloads."""
    counts: Counter[tuple[str, str]] = Counter()
    path = f"{podcast}/{quote(episode, safe='')}/downloads"
    query = {"date": day.isoformat(), "per_page": PER_PAGE}

    def following(document: Any, url: str) -> str | None:
        pagination = document.get("pagination") or {}
        page, current = pagination.get("next_page"), pagination.get("page", 0)
        if not page:
            return None
        if not isinstance(page, int) or page <= current or page > MOST_PAGES:
            raise client.unexpected(
                url, f"the next page {page!r} after page {current!r}", "a higher number, or null on the last page"
            )
        return client.url(path, {**query, "page": page})

    for document, url in client.pages(client.url(path, query), following):
        episodes = client.listed(document, url, "episodes")
        for item in [single for one in episodes for single in client.listed(one, url, "downloads")]:
            if not isinstance(item, dict) or "app" not in item:
                raise client.unexpected(url, str(item)[:200], "a download with app, device, country_code and the others")
            counts.update((ours, str(item.get(theirs) or "Unknown")) for theirs, ours in DIMENSIONS.items())
    return [
        Statistic(episode, guid, Decimal(count), day, day, dimension=dimension, dimension_value=value)
        for (dimension, value), count in sorted(counts.items())
    ]


BUZZSPROUT = Connector("buzzsprout", "Buzzsprout", pull)
