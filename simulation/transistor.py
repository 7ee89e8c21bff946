"""Transistor's API as its public reference describes it (developers.transistor.fm, Analytics and Episodes).

A pure function from request to answer: an API key, dates asked for as dd-mm-yyyy and answered per episode as mm-dd-yyyy, JSON:API;
and the limit of ten requests in ten seconds, after which nothing is answered for ten.
"""

import re
from collections import deque
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from simulation.buzzsprout import Answer

Json = Any
REQUESTS, SECONDS = 10, 10.0
_ANALYTICS = re.compile(r"^/v1/analytics/([^/]+)/episodes$")
DEFAULT_DAYS = 7


class Limit:
    """Ten requests of one key in ten seconds; who asks an eleventh is refused for ten."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = {}
        self._blocked: dict[str, float] = {}

    def allows(self, key: str, now: float) -> bool:
        sent = self._sent.setdefault(key, deque(maxlen=REQUESTS))
        if now < self._blocked.get(key, 0):
            return False
        if len(sent) == REQUESTS and now - sent[0] < SECONDS:
            self._blocked[key] = now + SECONDS
            return False
        sent.append(now)
        return True


def answer(shows: Mapping[str, Json], path: str, query: str, headers: Mapping[str, str], limit: Limit, now: float) -> Answer:
    """The answer to a GET. `shows` are the documents of the folder `hosting/transistor` by show id; header names are lower-case."""
    key = headers.get("x-api-key", "")
    mine = {name: show for name, show in shows.items() if show["api_key"] == key}
    if not mine:
        return Answer(401, {"errors": [{"title": "Unauthorized"}]})
    if not limit.allows(key, now):
        return Answer(429, {"errors": [{"title": "Too many requests"}]})
    parameters = {name: values[-1] for name, values in parse_qs(query).items()}
    match = _ANALYTICS.match(path)
    if match is not None and match[1] in mine:
        return _analytics(mine[match[1]], parameters)
    if path == "/v1/episodes" and parameters.get("show_id") in mine:
        return _episodes(mine[parameters["show_id"]], parameters)
    return Answer(404, {"errors": [{"title": "Not found"}]})


def _analytics(show: Json, parameters: Mapping[str, str]) -> Answer:
    last = date.fromisoformat(show["today"])
    first = last - timedelta(days=DEFAULT_DAYS - 1)
    if "start_date" in parameters or "end_date" in parameters:
        try:
            first, last = (_day(parameters[name]) for name in ("start_date", "end_date"))
        except (KeyError, ValueError):
            return Answer(422, {"errors": [{"title": "start_date and end_date are required together, as dd-mm-yyyy"}]})
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    episodes = [
        {
            "id": episode["id"],
            "title": episode["title"],
            "published_at": episode["published_at"],
            "downloads": [
                {"date": f"{day:%m-%d-%Y}", "downloads": show["downloads"].get(day.isoformat(), {}).get(str(episode["id"]), 0)}
                for day in days
            ],
        }
        for episode in show["episodes"]
    ]
    attributes = {"episodes": episodes, "start_date": f"{first:%m-%d-%Y}", "end_date": f"{last:%m-%d-%Y}"}
    relation = {"show": {"data": {"id": show["show_id"], "type": "show"}}}
    data = {"id": show["slug"], "type": "episodes_analytics", "attributes": attributes, "relationships": relation}
    return Answer(200, {"data": data})


def _episodes(show: Json, parameters: Mapping[str, str]) -> Answer:
    # Published as 0 by default, and counted from 1.
    page = max(1, int(parameters.get("pagination[page]", "1")))
    per = max(1, int(parameters.get("pagination[per]", "10")))
    chosen = show["episodes"][(page - 1) * per : page * per]
    data = [
        {
            "id": str(episode["id"]),
            "type": "episode",
            "attributes": {name: episode[name] for name in ("title", "published_at", "duration", "media_url")}
            | {"status": "published"},
            "relationships": {},
        }
        for episode in chosen
    ]
    total = len(show["episodes"])
    return Answer(200, {"data": data, "meta": {"currentPage": page, "totalPages": -(-total // per), "totalCount": total}})


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%m-%Y").date()  # noqa: DTZ007  # a date has no zone
