"""Buzzsprout: downloads by episode and podcast-local date (domain-rules section 2; github.com/buzzsprout/buzzsprout-api, Stats).

One date a call; the last 35 dates at each pull, since the host restates its history. A date that did not change is not
sent again (`If-None-Match`).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from assets.hosting.connectors.protocol import Account, Batch, ConnectorError, Get, Statistic
from assets.lib.clock import trailing_dates
from assets.lib.http import Fetched, FetchError, shown

HOST = "buzzsprout"
TRAILING_DAYS = 35
PER_PAGE = 1000
# More pages of one date than any show has episodes: a host that never says the last one.
MOST_PAGES = 100


def pull(account: Account, get: Get, cursor: Mapping[str, Any], today: date) -> Iterator[Batch]:
    """One batch a date, oldest first; a date whose answer is unchanged gives none. `today` is the podcast's local date.

    Raises ConnectorError; the batches before it stand, and the next pull goes on from them.
    """
    guids, guid_etag = _guids(account, get, cursor)
    etags: Mapping[str, str] = cursor.get("etags", {})
    dates = trailing_dates(today, TRAILING_DAYS)
    # Those of dates that are read no more are forgotten.
    kept = {day.isoformat(): etags[day.isoformat()] for day in dates if day.isoformat() in etags}
    for day in dates:
        rows, etag, is_changed = _downloads(account, get, day, kept.get(day.isoformat()), guids)
        if not is_changed:
            continue
        kept = {**kept, day.isoformat(): etag} if etag else {name: value for name, value in kept.items() if name != day.isoformat()}
        yield Batch(rows, day, {"etags": kept, "guids": guids, "guid_etag": guid_etag})


def _guids(account: Account, get: Get, cursor: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """The GUID of each of the host's episode ids: episodes.json, or what is known of it where it did not change."""
    known: dict[str, str] = dict(cursor.get("guids", {}))
    url = _url(account, "episodes.json")
    answer = _ask(account, get, url, cursor.get("guid_etag") if known else None)
    if answer.is_not_modified:
        return known, cursor.get("guid_etag")
    episodes = _list(_json(answer, url), url)
    try:
        found = {str(episode["id"]): str(episode["guid"]) for episode in episodes if episode.get("guid")}
    except (KeyError, TypeError, AttributeError) as error:
        raise _unexpected(url, f"an episode without {error}", "a list of episodes with id and guid") from error
    return {**known, **found}, answer.headers.get("etag")


def _downloads(
    account: Account, get: Get, day: date, etag: str | None, guids: Mapping[str, str]
) -> tuple[list[Statistic], str | None, bool]:
    rows: list[Statistic] = []
    page = 1
    new_etag: str | None = None
    while True:
        query = {"date": day.isoformat()} | ({"page": page, "per_page": PER_PAGE} if page > 1 else {})
        url = f"{_url(account, 'downloads')}?{urlencode(query)}"
        answer = _ask(account, get, url, etag if page == 1 else None)
        if answer.is_not_modified:
            return [], etag, False
        document = _json(answer, url)
        new_etag = answer.headers.get("etag") if page == 1 else new_etag
        listed = document.get("downloads") if isinstance(document, dict) else document
        rows += [_statistic(entry, day, guids, url) for entry in _list(listed, url)]
        following = (document.get("pagination") or {}).get("next_page") if isinstance(document, dict) else None
        if not following:
            return rows, new_etag, True
        if not isinstance(following, int) or following <= page or following > MOST_PAGES:
            raise _unexpected(url, f"the next page {following!r} after page {page}", "a higher number, or null on the last page")
        page = following


def _statistic(entry: Any, day: date, guids: Mapping[str, str], url: str) -> Statistic:
    try:
        episode, total = str(entry["episode_id"]), entry["total"]
    except (KeyError, TypeError) as error:
        raise _unexpected(url, f"{str(entry)[:200]}", "{episode_id, total}") from error
    if type(total) is not int or total < 0:
        raise _unexpected(url, f"the total {total!r} of episode {episode}", "a whole number from 0 on")
    return Statistic(episode, guids.get(episode), Decimal(total), day, day)


def _ask(account: Account, get: Get, url: str, etag: str | None) -> Fetched:
    headers = {"Authorization": f"Token token={account.credential}", "Accept": "application/json"}
    try:
        answer = get(url, headers, etag)
    except FetchError as error:
        raise ConnectorError(str(error), is_transient=error.is_transient) from error
    if answer.status in (200, 304):
        return answer
    raise _refused(answer, url)


def _refused(answer: Fetched, url: str) -> ConnectorError:
    status = answer.status
    is_transient = status == 429 or status >= 500
    if status in (401, 403):
        advice = "check the account's API token and podcast id"
    elif status == 404:
        advice = "check the account's podcast id and base URL"
    elif status == 422:
        advice = f"it refuses the parameter {_parameter(answer)}"
    elif is_transient:
        advice = "it is asked again later"
    else:
        advice = "check the account's base URL"
    message = f"Buzzsprout answered {status} at {shown(url)}, expected 200 or 304: {advice}"
    return ConnectorError(message, is_transient=is_transient, status=status, retry_after_s=answer.retry_after_s)


def _parameter(answer: Fetched) -> str:
    """The parameter that a 422 names, with what it says of it."""
    try:
        error = json.loads(answer.body)["error"]
        return f"`{error.get('param', '?')}` ({str(error.get('message', ''))[:200]})"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"that this answer names: {answer.body[:200].decode('utf-8', 'replace')}"


def _json(answer: Fetched, url: str) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError as error:
        # Half a page is a fault of the moment.
        start = answer.body[:80].decode("utf-8", "replace")
        message = (
            f"found {len(answer.body)} bytes that begin with {start!r} at {shown(url)}, expected JSON: it is asked again later"
        )
        raise ConnectorError(message, is_transient=True, status=answer.status) from error


def _list(document: Any, url: str) -> list[Any]:
    if not isinstance(document, list):
        raise _unexpected(url, f"a JSON {type(document).__name__}", "a list")
    return document


def _unexpected(url: str, found: str, expected: str) -> ConnectorError:
    return ConnectorError(
        f"found {found} at {shown(url)}, expected {expected}: nothing of that answer was taken", is_transient=False
    )


def _url(account: Account, resource: str) -> str:
    return f"{account.base_url.rstrip('/')}/api/{quote(account.external_show_id, safe='')}/{resource}"
