"""Podbean: a CSV of single downloads a month, counted here by episode and GMT day (domain-rules section 2).

Shapes: developers.podbean.com/podbean-api-docs, OAuth2 client credentials, Episodes, and Raw data reports for podcast downloads.
The credential is `client id:client secret`; the token that it buys is kept for the pull alone, and bought again when it is refused.
"""

import base64
import calendar
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from assets.hosting.connectors.client import Client
from assets.hosting.connectors.podbean_report import Episodes, read_report
from assets.hosting.connectors.protocol import Account, Batch, Connector, ConnectorError, Period, Scope, Send
from assets.lib.media import media_key

PER_PAGE = 100
DIMENSIONS = frozenset({"", "country", "region"})


class Session:
    """Questions with a token, which is a parameter of each; a token that has run out is bought once more."""

    def __init__(self, client: Client, credential: str) -> None:
        client_id, colon, secret = credential.partition(":")
        if not colon or not client_id or not secret:
            raise ConnectorError(
                "Podbean: found a credential without a colon, expected client id and client secret as id:secret: enter it again",
                is_transient=False,
            )
        self._client = client
        self._basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._token: str | None = None

    def read(self, path: str, query: Mapping[str, Any]) -> tuple[Any, str]:
        """The document and its address."""
        for is_last in (False, True):
            token = self._token or self._buy()
            url = self._client.url(path, {"access_token": token, **query})
            try:
                return self._client.read(url), url
            except ConnectorError as error:
                if is_last or error.status != 401:
                    raise
                self._token = None
        raise AssertionError("unreachable: the last try returns or raises")

    def _buy(self) -> str:
        buyer = Client(self._client.name, self._client.base_url, self._client.send, {"Authorization": f"Basic {self._basic}"})
        url = buyer.url("v1/oauth/token")
        document = buyer.read(url, form={"grant_type": "client_credentials"})
        token = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(token, str) or not token:
            raise buyer.unexpected(url, "no access_token", "access_token and expires_in")
        self._token = token
        return token


def pull(account: Account, send: Send, cursor: Mapping[str, Any], period: Period) -> Iterator[Batch]:
    """A batch a month of the period whose file has changed, oldest first."""
    client = Client("Podbean", account.base_url, send)
    session = Session(client, account.credential)
    show = account.external_show_id
    months = sorted({(day.year, day.month) for day in period.days})
    links: dict[tuple[int, int], str] = {}
    for year in sorted({year for year, _ in months}):
        links |= _links(client, session, show, year)
    etags: dict[str, str] = dict(cursor.get("etags", {}))
    episodes: Episodes | None = None
    for year, month in months:
        link = links.get((year, month))
        if link is None:
            continue
        name = f"{year}-{month:02}"
        answer = client.ask(link, etags.get(name), is_foreign=True)
        if answer.is_not_modified:
            continue
        episodes = _episodes(client, session, show) if episodes is None else episodes
        days = [date(year, month, number) for number in range(1, calendar.monthrange(year, month)[1] + 1)]
        report = read_report(client, link, answer.body, days, episodes)
        etag = answer.headers.get("etag")
        # Months that are read no more are forgotten.
        etags = {key: value for key, value in etags.items() if key in _names(months) and key != name} | (
            {name: etag} if etag else {}
        )
        scope = Scope(frozenset(day for day in days if day <= period.today), dimensions=DIMENSIONS)
        yield Batch(report.rows, (scope,), {"etags": etags}, report.rejected)


def _names(months: list[tuple[int, int]]) -> set[str]:
    return {f"{year}-{month:02}" for year, month in months}


def _links(client: Client, session: Session, show: str, year: int) -> dict[tuple[int, int], str]:
    document, url = session.read("v1/analytics/podcastReports", {"podcast_id": show, "year": year})
    links = document.get("download_urls") if isinstance(document, dict) else None
    # A year without reports is an empty list.
    if links == []:
        return {}
    if not isinstance(links, dict):
        raise client.unexpected(url, "no download_urls", "download_urls by month, as 2026-1")
    pairs = client.each(list(links.items()), url, "download_urls by month, as 2026-1", _month)
    return {key: link for key, link in pairs if link}


def _month(pair: tuple[str, Any]) -> tuple[tuple[int, int], str]:
    year, _, month = pair[0].partition("-")
    return (int(year), int(month)), str(pair[1] or "")


def _episodes(client: Client, session: Session, show: str) -> Episodes:
    """(id, file) by title; a title that two episodes share names neither."""
    found: Episodes = {}
    offset = 0
    while True:
        document, url = session.read("v1/episodes", {"podcast_id": show, "offset": offset, "limit": PER_PAGE})
        items = client.listed(document, url, "episodes")
        for key, title, file in client.each(
            items, url, "episodes with id and title", lambda item: (str(item["id"]), str(item["title"]), item.get("media_url"))
        ):
            found[title.strip()] = None if title.strip() in found else (key, media_key(str(file)) if file else None)
        offset += len(items)
        if not document.get("has_more") or not items:
            return found


PODBEAN = Connector("podbean", "Podbean", pull, timezone="UTC")
