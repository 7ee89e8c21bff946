"""Simplecast: downloads by episode and day (domain-rules section 2; shapes: apidocs.simplecast.com, Analytics and Episodes).

Lists come in an envelope `href, total, count, pages{total, limit, current, next{href}}, collection[]`. An episode is asked for
again once a day, and whenever its total has changed since.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from assets.hosting.connectors.client import Client, iso_day, remaining, whole
from assets.hosting.connectors.protocol import Account, Batch, Connector, Period, Scope, Send, Statistic
from assets.lib.media import media_key

PER_PAGE = 100
Names = dict[str, tuple[str | None, str | None]]


def pull(account: Account, send: Send, cursor: Mapping[str, Any], period: Period) -> Iterator[Batch]:
    """One batch with the all-time totals, then one per episode with the days of the period."""
    client = Client("Simplecast", account.base_url, send, {"Authorization": f"Bearer {account.credential}"})
    show = account.external_show_id
    names = _names(client, show)
    totals = _totals(client, show)
    today = period.today
    yield Batch(
        [
            Statistic(key, guid, total, today, today, grain="all_time", is_cumulative=True, media_key=file)
            for key, total in totals.items()
            for guid, file in [names.get(key, (None, None))]
        ]
    )
    dates = [period.first.isoformat(), period.last.isoformat()]
    read: dict[str, str] = dict(cursor.get("read", {}))
    walk: Mapping[str, Any] = cursor.get("walk", {})
    done = list(walk.get("done", ())) if walk.get("dates") == dates else []
    wanted = [key for key in totals if read.get(key) != f"{today} {totals[key]}"]
    for key in remaining(wanted, walk, dates):
        rows = _episode(client, key, names.get(key, (None, None)), period)
        done = [*done, key]
        read = {name: value for name, value in read.items() if name in totals} | {key: f"{today} {totals[key]}"}
        yield Batch(rows, (Scope(frozenset(period.days), episode_key=key),), {"read": read, "walk": {"dates": dates, "done": done}})
    yield Batch((), cursor={"walk": {}})


def _following(document: Any, _: str) -> str | None:
    pages = document.get("pages") or {}
    following = pages.get("next") or {}
    # On the last page `next` is null, or leads to the page itself.
    return following.get("href") if pages.get("current", 0) < pages.get("total", 0) else None


def _names(client: Client, show: str) -> Names:
    """The GUID and the file of each episode, where the list has them."""
    found: Names = {}
    for document, url in client.pages(client.url(f"podcasts/{quote(show, safe='')}/episodes", {"limit": PER_PAGE}), _following):
        for key, guid, file in client.each(
            client.listed(document, url, "collection"), url, "episodes with id",
            lambda item: (str(item["id"]), item.get("guid"), item.get("enclosure_url")),
        ):  # fmt: skip
            found[key] = (str(guid) if guid else None, media_key(str(file)) if file else None)
    return found


def _totals(client: Client, show: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for document, url in client.pages(client.url("analytics/episodes", {"podcast": show, "limit": PER_PAGE}), _following):
        found |= client.each(
            client.listed(document, url, "collection"), url, "episodes with id and downloads.total",
            lambda item: (str(item["id"]), whole(item["downloads"]["total"])),
        )  # fmt: skip
    return found


def _episode(client: Client, key: str, named: tuple[str | None, str | None], period: Period) -> list[Statistic]:
    query = {"episode": key, "interval": "day", "start_date": period.first.isoformat(), "end_date": period.last.isoformat()}
    url = client.url("analytics/downloads", query)
    days = client.each(
        client.listed(client.read(url), url, "by_interval"), url, "by_interval[{interval, downloads_total}]",
        lambda item: (iso_day(item["interval"]), whole(item["downloads_total"])),
    )  # fmt: skip
    outside = next((day for day, _ in days if not period.first <= day <= period.last), None)
    if outside is not None:
        raise client.unexpected(url, f"the day {outside}", f"days from {period.first} to {period.last}")
    guid, file = named
    return [Statistic(key, guid, value, day, day, media_key=file) for day, value in days if value]


SIMPLECAST = Connector("simplecast", "Simplecast", pull)
