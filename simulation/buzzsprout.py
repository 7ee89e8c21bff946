"""Buzzsprout's API as its public pages describe it (github.com/buzzsprout/buzzsprout-api, sections episodes and stats).

A pure function from request to answer: token, a required User-Agent, one podcast-local date a call, pages of at most 1,000.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qs

from simulation.chance import stream

Json = Any
_ROUTE = re.compile(r"^/api/(\d+)/(episodes\.json|downloads|(\d+)/downloads)$")
_APPS = ("Apple Podcasts", "Spotify", "Pocket Casts", "Castro", "Unknown")
_DEVICES = (("Apple iPhone", "Phone"), ("Android Phone", "Phone"), ("Apple Computer", "Desktop"), ("Unknown Device", "Unknown"))
_PLACES = (
    ("US", "Texas", "Austin", "North America"),
    ("DE", "Hamburg", "Hamburg", "Europe"),
    ("GB", "England", "Leeds", "Europe"),
    (None, None, None, None),
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json


def answer(podcasts: Mapping[str, Json], path: str, query: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a GET. `podcasts` are the documents of the folder `hosting` by podcast id; header names are in lower case."""
    match = _ROUTE.match(path)
    if match is None:
        return Answer(404, _error("not_found", f"no such resource: {path}", None))
    if not headers.get("user-agent"):
        return Answer(403, _error("forbidden", "a User-Agent header is required", None))
    podcast = podcasts.get(match[1])
    if podcast is None or headers.get("authorization", "") != f"Token token={podcast['token']}":
        return Answer(401, _error("unauthorized", "HTTP Token: Access denied.", None))
    if match[2] == "episodes.json":
        return Answer(200, podcast["episodes"])
    parameters = parse_qs(query)
    day = _date(parameters.get("date", [""])[-1])
    if day is None:
        return Answer(422, _error("invalid", "date is required and must be a valid date in YYYY-MM-DD format", "date"))
    totals = podcast["downloads"].get(day, {})
    if match[3] is None:
        return Answer(
            200,
            [
                {"episode_id": int(episode), "total": total}
                for episode, total in sorted(totals.items(), key=lambda item: int(item[0]))
            ],
        )
    return _episode_downloads(podcast, match[3], day, totals.get(match[3], 0), parameters)


def _episode_downloads(podcast: Json, episode: str, day: str, total: int, parameters: Mapping[str, list[str]]) -> Answer:
    if all(item["id"] != int(episode) for item in podcast["episodes"]):
        return Answer(404, _error("not_found", f"podcast {podcast['podcast_id']} has no episode {episode}", None))
    page = _number(parameters, "page", 1, 1_000_000)
    per_page = _number(parameters, "per_page", 100, 1_000)
    for name, value in (("page", page), ("per_page", per_page)):
        if value is None:
            return Answer(422, _error("invalid", f"{name} must be a positive integer within its limit", name))
    assert page is not None and per_page is not None
    start = (page - 1) * per_page
    has_more = start + per_page < total
    return Answer(
        200,
        {
            "episodes": [
                {"id": int(episode), "downloads": [_download(episode, day, n) for n in range(start, min(total, start + per_page))]}
            ],
            "pagination": {"page": page, "per_page": per_page, "has_more": has_more, "next_page": page + 1 if has_more else None},
        },
    )


def _download(episode: str, day: str, number: int) -> Json:
    rng = stream(episode, day, number, "download")
    device, device_type = rng.choice(_DEVICES)
    country, region, city, continent = rng.choice(_PLACES)
    return {
        "app": rng.choice(_APPS),
        "device": device,
        "device_type": device_type,
        "country_code": country,
        "region": region,
        "city": city,
        "continent": continent,
        "media_type": "audio",
    }


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _number(parameters: Mapping[str, list[str]], name: str, default: int, most: int) -> int | None:
    text = parameters.get(name, [str(default)])[-1]
    return int(text) if text.isdigit() and 1 <= int(text) <= most else None


def _error(code: str, message: str, parameter: str | None) -> Json:
    return {"error": {"code": code, "message": message, **({"param": parameter} if parameter else {})}}


def encode(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
