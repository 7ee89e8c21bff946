"""OP3's API as its public pages describe it (op3.dev/api/docs): shows, single downloads with a continuation token, episode counts.

A pure function from request to answer. Its IP hash changes with the month.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from simulation.buzzsprout import Answer
from simulation.chance import stream, token

Json = Any
MOST, DEFAULT = 20_000, 100
_SHOW = re.compile(r"^/api/1/shows/([0-9a-f-]+)$")
_DOWNLOADS = re.compile(r"^/api/1/downloads/show/([0-9a-f-]+)$")
_COUNTS = "/api/1/queries/episode-download-counts"
_AGENTS = (("app", "Apple Podcasts"), ("app", "Spotify"), ("app", "Overcast"), ("browser", "Firefox"))
_DEVICES = (("mobile", "Apple iPhone"), ("mobile", "Android Phone"), ("computer", "Apple Computer"))
_PLACES = (("US", "NA", "TX", "Texas", "America/Chicago", "635"), ("GB", "EU", "ENG", "England", "Europe/London", ""))


def answer(shows: Mapping[str, Json], path: str, query: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a GET. `shows` are the documents of the folder `hosting/op3` by UUID; header names are lower-case."""
    parameters = {name: values[-1] for name, values in parse_qs(query).items()}
    given = headers.get("authorization", "").removeprefix("Bearer ") or parameters.get("token", "")
    mine = {name: show for name, show in shows.items() if show["token"] == given}
    if not mine:
        return Answer(401, {"message": "Unauthorized"})
    if (match := _SHOW.match(path)) and match[1] in mine:
        return Answer(200, _show(mine[match[1]], parameters))
    if (match := _DOWNLOADS.match(path)) and match[1] in mine:
        return _downloads(mine[match[1]], parameters)
    if path == _COUNTS and parameters.get("showUuid") in mine:
        return Answer(200, _counts(mine[parameters["showUuid"]]))
    return Answer(404, {"message": "Not found"})


def _show(show: Json, parameters: Mapping[str, str]) -> Json:
    document = {"showUuid": show["show_uuid"], "title": show["title"], "podcastGuid": show["podcast_guid"]}
    if parameters.get("episodes") != "include":
        return document
    names = ("id", "title", "pubdate", "itemGuid")
    return {**document, "episodes": [{name: episode[name] for name in names} for episode in show["episodes"]]}


def _downloads(show: Json, parameters: Mapping[str, str]) -> Answer:
    try:
        limit = int(parameters.get("limit", DEFAULT))
        start, end = (parameters[name] for name in ("start", "end"))
        for instant in (start, end):
            datetime.fromisoformat(instant)
        after = int(parameters.get("continuationToken", "0"))
    except (KeyError, ValueError):
        return Answer(400, {"message": "Bad start, end, limit or continuationToken"})
    if not 0 <= limit <= MOST:
        return Answer(400, {"message": f"Bad limit: {limit}"})
    chosen = [(number, row) for number, row in enumerate(show["rows"], 1) if start <= row[0] < end and number > after][:limit]
    files = {episode["id"]: episode["url"] for episode in show["episodes"]}
    rows = [_row(show, files, number, *row) for number, row in chosen]
    more = {"continuationToken": str(chosen[-1][0])} if len(chosen) >= limit and chosen else {}
    return Answer(200, {"rows": rows, "count": len(rows), "queryTime": 1, **more})


def _row(show: Json, files: Mapping[str, str], number: int, time: str, episode: str, listener: str) -> Json:
    rng = stream(show["show_uuid"], number, "op3")
    agent_type, agent = rng.choice(_AGENTS)
    device_type, device = rng.choice(_DEVICES)
    country, continent, region, region_name, zone, metro = rng.choice(_PLACES)
    return {
        "time": time, "url": files[episode], "audienceId": listener, "showUuid": show["show_uuid"], "episodeId": episode,
        "hashedIpAddress": token(40, listener, time[:7]), "agentType": agent_type, "agentName": agent, "deviceType": device_type,
        "deviceName": device, "countryCode": country, "continentCode": continent, "regionCode": region, "regionName": region_name,
        "timezone": zone, "metroCode": metro,
    }  # fmt: skip


def _counts(show: Json) -> Json:
    totals: dict[str, int] = {}
    for _, episode, _ in show["rows"]:
        totals[episode] = totals.get(episode, 0) + 1
    episodes = [
        {
            "itemGuid": episode["itemGuid"],
            "title": episode["title"],
            "pubdate": episode["pubdate"],
            "downloadsAll": totals[episode["id"]],
        }
        for episode in show["episodes"]
        if episode["id"] in totals
    ]
    return {"showUuid": show["show_uuid"], "showTitle": show["title"], "episodes": episodes}
