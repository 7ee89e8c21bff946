"""Transistor: downloads by episode and day (domain-rules section 2; shapes: developers.transistor.fm, Analytics and Episodes).

Dates are asked for as dd-mm-yyyy. The published answers write them dd-mm-yyyy for a show and mm-dd-yyyy for its episodes: which of
the two an answer means is told by the days that were asked for. Ten requests in ten seconds, then none for ten.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from assets.hosting.connectors.client import MOST_PAGES, Client, whole
from assets.hosting.connectors.protocol import Account, Batch, Connector, Limits, Period, Scope, Send, Statistic
from assets.lib.media import media_key

PER_PAGE = 100
FORMATS = ("%d-%m-%Y", "%m-%d-%Y")


def pull(account: Account, send: Send, cursor: Mapping[str, Any], period: Period) -> Iterator[Batch]:
    """A batch per page of episodes where one is not known yet, then one with all days of the period."""
    client = Client("Transistor", account.base_url, send, {"x-api-key": account.credential})
    url = client.url(
        f"v1/analytics/{quote(account.external_show_id, safe='')}/episodes",
        {"start_date": period.first.strftime(FORMATS[0]), "end_date": period.last.strftime(FORMATS[0])},
    )
    listed = client.listed(client.read(url), url, "data", "attributes", "episodes")
    counts = client.each(listed, url, "episodes with id and downloads[{date, downloads}]", _counts)
    files: dict[str, str] = dict(cursor.get("files", {}))
    if any(key not in files for key, _ in counts):
        for batch in _files(client, account.external_show_id, files, cursor.get("page", 1)):
            files = dict(batch.cursor["files"])
            yield batch
    texts = [text for _, days in counts for text, _ in days]
    days = read_days(texts, period.first, period.last)
    if days is None:
        expected = f"days from {period.first} to {period.last} as dd-mm-yyyy or mm-dd-yyyy"
        raise client.unexpected(url, f"days such as {', '.join(sorted(set(texts))[:3])}", expected)
    rows = [
        Statistic(key, None, value, days[text], days[text], media_key=files.get(key))
        for key, by_day in counts
        for text, value in by_day
        if value
    ]
    yield Batch(rows, (Scope(frozenset(period.days)),))


def read_days(texts: Sequence[str], first: date, last: date) -> dict[str, date] | None:
    """The dates that the texts mean, in the format in which all of them lie from `first` to `last`; None where there is none."""
    for form in FORMATS:
        try:
            days = {text: datetime.strptime(text, form).date() for text in texts}  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
        if all(first <= day <= last for day in days.values()):
            return days
    return None


def _counts(item: Any) -> tuple[str, list[tuple[str, Any]]]:
    return str(item["id"]), [(str(day["date"]), whole(day["downloads"])) for day in item["downloads"]]


def _files(client: Client, show: str, known: Mapping[str, str], page: int) -> Iterator[Batch]:
    """The file of each episode, a batch a page from `page` on: what an interrupted pull learned is not asked again."""
    files = dict(known)
    for number in range(page, page + MOST_PAGES):
        query = {
            "show_id": show, "pagination[page]": number, "pagination[per]": PER_PAGE, "fields[episode][]": ["media_url", "title"],
        }  # fmt: skip
        url = client.url("v1/episodes", query)
        document = client.read(url)
        pairs = client.each(
            client.listed(document, url, "data"), url, "episodes with id and attributes.media_url",
            lambda item: (str(item["id"]), item["attributes"].get("media_url")),
        )  # fmt: skip
        files |= {key: media_key(file) for key, file in pairs if file}
        total = (document.get("meta") or {}).get("totalPages", number)
        is_last = not pairs or number >= total
        yield Batch((), cursor={"files": files, "page": 1 if is_last else number + 1})
        if is_last:
            return
    raise client.unexpected(client.url("v1/episodes"), f"over {MOST_PAGES} pages", "a last page")


TRANSISTOR = Connector("transistor", "Transistor", pull, limits=Limits(10, 10.0, 10.0))
