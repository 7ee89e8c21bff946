"""The hosts as their public documentation describes them, one class each; `documentation` is the page whose shape it restates.

Each answers from `counts[day][episode]`, refuses what the real one refuses, and knows which of its addresses carry the statistics.
"""

import base64
import csv
import hashlib
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = Any
TODAY = date(2026, 3, 10)
EPISODES = ("11", "12")
FILES = {key: f"media.example/{key}.mp3" for key in EPISODES}


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def bare(self) -> str:
        return urlsplit(self.path).path


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # What the connection carries of the body before it is closed; None: all of it.
    sent: int | None = None
    delay_s: float = 0

    @classmethod
    def of(cls, document: Json, **more: Any) -> "Reply":
        return cls(json.dumps(document).encode(), headers={"Content-Type": "application/json"}, **more)


class Host(ABC):
    """`names_guid`: rows bear GUIDs, else the file. `breaks_at`: the question for statistics before which something has landed."""

    host = ""
    documentation = ""
    credential = "sekret-credential-4711"
    show = "99"
    names_guid = True
    breaks_at = 2

    def __init__(self) -> None:
        self.counts: dict[date, dict[str, int]] = {}
        self.base_url = ""

    @abstractmethod
    def answer(self, asked: Asked) -> Reply: ...

    @abstractmethod
    def is_statistics(self, asked: Asked) -> bool: ...

    def wrong_columns(self) -> Reply:
        """The statistics in another shape."""
        return Reply.of({"data": [{"day": "2026-03-01", "n": 5}]})

    def total(self, episode: str) -> int:
        return sum(by_episode.get(episode, 0) for by_episode in self.counts.values())


class Buzzsprout(Host):
    host = "buzzsprout"
    documentation = "https://github.com/buzzsprout/buzzsprout-api/blob/master/sections/stats.md"

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Token token={self.credential}" or not asked.headers.get("user-agent"):
            return Reply(b"HTTP Token: Access denied.\n", 401)
        if asked.bare == f"/api/{self.show}/episodes.json":
            return self.tagged(
                asked, [{"id": int(key), "guid": f"guid-{key}", "title": key, "total_plays": self.total(key)} for key in EPISODES]
            )
        try:
            day = date.fromisoformat(asked.query["date"])
        except (KeyError, ValueError):
            message = "date is required and must be a valid date in YYYY-MM-DD format"
            return Reply.of({"error": {"code": "invalid", "message": message, "param": "date"}}, status=422)
        found = self.counts.get(day, {})
        if asked.bare == f"/api/{self.show}/downloads":
            return self.tagged(asked, [{"episode_id": int(key), "total": count} for key, count in sorted(found.items())])
        return self.details(asked, asked.bare.split("/")[3], found)

    def details(self, asked: Asked, episode: str, found: dict[str, int]) -> Reply:
        page, per_page = int(asked.query.get("page", "1")), int(asked.query.get("per_page", "100"))
        single = [
            {
                "app": "Spotify" if number % 3 else "Apple Podcasts", "device": "Apple iPhone", "device_type": "Phone",
                "country_code": "US" if number % 2 else None, "region": "Texas", "city": "Austin", "continent": "North America",
                "media_type": "audio",
            }
            for number in range(found.get(episode, 0))
        ]  # fmt: skip
        shown = single[(page - 1) * per_page : page * per_page]
        more = page * per_page < len(single)
        pagination = {"page": page, "per_page": per_page, "has_more": more, "next_page": page + 1 if more else None}
        return Reply.of({"episodes": [{"id": int(episode), "downloads": shown}], "pagination": pagination})

    def tagged(self, asked: Asked, document: Json) -> Reply:
        tag = f'W/"{hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        reply = Reply.of(document)
        reply.headers["ETag"] = tag
        return reply

    def is_statistics(self, asked: Asked) -> bool:
        return asked.bare == f"/api/{self.show}/downloads"


class Transistor(Host):
    host = "transistor"
    documentation = "https://developers.transistor.fm/#analytics"
    names_guid = False
    breaks_at = 1

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("x-api-key") != self.credential:
            return Reply.of({"errors": [{"title": "Unauthorized"}]}, status=401)
        if asked.bare == "/v1/episodes":
            page, per = int(asked.query.get("pagination[page]", "1")), int(asked.query.get("pagination[per]", "10"))
            shown = EPISODES[(page - 1) * per : page * per]
            data = [
                {
                    "id": key,
                    "type": "episode",
                    "attributes": {"title": key, "media_url": f"https://{FILES[key]}"},
                    "relationships": {},
                }
                for key in shown
            ]
            pages = -(-len(EPISODES) // per)
            return Reply.of({"data": data, "meta": {"currentPage": page, "totalPages": pages, "totalCount": len(EPISODES)}})
        first, last = (self.day(asked.query[name]) for name in ("start_date", "end_date"))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        episodes = [
            {
                "id": int(key), "title": key, "published_at": "2026-01-05 14:01:43 UTC",
                # As published: mm-dd-yyyy in this answer, though dd-mm-yyyy is asked for.
                "downloads": [{"date": f"{day:%m-%d-%Y}", "downloads": self.counts.get(day, {}).get(key, 0)} for day in days],
            }
            for key in EPISODES
        ]  # fmt: skip
        attributes = {"episodes": episodes, "start_date": f"{first:%m-%d-%Y}", "end_date": f"{last:%m-%d-%Y}"}
        return Reply.of({"data": {"id": self.show, "type": "episodes_analytics", "attributes": attributes, "relationships": {}}})

    @staticmethod
    def day(text: str) -> date:
        day, month, year = text.split("-")
        return date(int(year), int(month), int(day))

    def is_statistics(self, asked: Asked) -> bool:
        return asked.bare.startswith("/v1/analytics/")


class Op3(Host):
    host = "op3"
    documentation = "https://op3.dev/api/docs"
    # The first day has nine downloads, on three pages.
    breaks_at = 5

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.credential}":
            return Reply.of({"message": "Unauthorized"}, status=401)
        if asked.bare == f"/api/1/shows/{self.show}":
            listed = [{"id": key, "title": key, "pubdate": "2026-01-05", "itemGuid": f"guid-{key}"} for key in EPISODES]
            return Reply.of({"showUuid": self.show, "title": "Show", "episodes": listed})
        if asked.bare == "/api/1/queries/episode-download-counts":
            listed = [{"itemGuid": f"guid-{key}", "downloads1": 1, "downloadsAll": self.total(key)} for key in EPISODES]
            return Reply.of({"showUuid": self.show, "episodes": listed, "queryTime": 3})
        limit = min(int(asked.query.get("limit", "100")), 20_000, self.page_size)
        start, end = (date.fromisoformat(asked.query[name][:10]) for name in ("start", "end"))
        rows = [row for day in sorted(self.counts) if start <= day < end for row in self.rows(day)]
        after = int(asked.query.get("continuationToken", "t0")[1:])
        shown = rows[after : after + limit]
        more = {"continuationToken": f"t{after + limit}"} if len(shown) >= limit else {}
        return Reply.of({"rows": shown, "count": len(shown), "queryTime": 4, **more})

    page_size = 4

    def rows(self, day: date) -> list[Json]:
        return [
            {
                "time": f"{day}T{number % 24:02}:15:00.000Z", "url": f"https://op3.dev/e/{FILES[key]}",
                # Two downloads of one listener in three: fewer listeners than downloads.
                "audienceId": f"a{number - number % 3 // 2}", "showUuid": self.show, "episodeId": key, "hashedIpAddress": "h" * 40,
                "agentType": "app", "agentName": "Spotify", "deviceType": "mobile", "deviceName": "Apple iPhone",
                "countryCode": "US" if number % 2 else "DE", "continentCode": "NA", "regionCode": "TX", "regionName": "Texas",
                "timezone": "America/Chicago", "metroCode": "635",
            }
            for key, count in sorted(self.counts.get(day, {}).items())
            for number in range(count)
        ]  # fmt: skip

    def is_statistics(self, asked: Asked) -> bool:
        return asked.bare.startswith("/api/1/downloads/")

    def wrong_columns(self) -> Reply:
        return Reply.of({"rows": [{"time": "2026-03-09T00:00:00.000Z", "episode": "11"}], "count": 1})


class Simplecast(Host):
    host = "simplecast"
    documentation = "https://apidocs.simplecast.com/#analytics"

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.credential}":
            return Reply.of({"message": "Unauthorized"}, status=401)
        if asked.bare == f"/podcasts/{self.show}/episodes":
            return self.page(asked, [{"id": key, "title": key, "guid": f"guid-{key}", "type": "full"} for key in EPISODES])
        if asked.bare == "/analytics/episodes":
            listed = [{"id": key, "title": key, "number": 1, "downloads": {"total": self.total(key)}} for key in EPISODES]
            return self.page(asked, listed)
        first, last = (date.fromisoformat(asked.query[name]) for name in ("start_date", "end_date"))
        key = asked.query["episode"]
        by_interval = [
            {"interval": day.isoformat(), "downloads_total": self.counts.get(day, {}).get(key, 0), "downloads_percent": None}
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
        ]
        return Reply.of({"href": self.base_url + asked.path, "id": key, "total": self.total(key), "by_interval": by_interval})

    def page(self, asked: Asked, items: list[Json]) -> Reply:
        # Pages of one, whatever is asked for: the client follows `pages.next.href`.
        offset = int(asked.query.get("offset", "0"))
        href = f"{self.base_url}{asked.bare}?podcast={self.show}&limit=1&offset="
        following = {"href": f"{href}{offset + 1}"} if offset + 1 < len(items) else None
        pages = {"total": len(items), "limit": 1, "current": offset + 1, "next": following, "previous": None}
        return Reply.of({"href": href, "total": len(items), "count": 1, "pages": pages, "collection": items[offset : offset + 1]})

    def is_statistics(self, asked: Asked) -> bool:
        return asked.bare == "/analytics/downloads"


class Podbean(Host):
    host = "podbean"
    documentation = "https://developers.podbean.com/podbean-api-docs/#api-Raw_Data"
    credential = "client-4711:sekret-0815-client-secret"
    names_guid = False
    HEADER = ("Time(GMT)", "Episode Title", "User", "State", "Country", "User Agent")

    def __init__(self) -> None:
        super().__init__()
        self.tokens = [f"token-sekret-{number}" for number in range(9)]
        self.bought = 0
        self.header = self.HEADER
        self.broken_rows: list[list[str]] = []

    @property
    def token(self) -> str:
        return self.tokens[max(0, self.bought - 1)]

    def answer(self, asked: Asked) -> Reply:
        if asked.bare == "/v1/oauth/token":
            basic = base64.b64encode(self.credential.encode()).decode()
            is_right = asked.method == "POST" and asked.headers.get("authorization") == f"Basic {basic}"
            if not is_right or parse_qs(asked.body.decode()) != {"grant_type": ["client_credentials"]}:
                return Reply.of({"error": "invalid_client", "error_description": "Client authentication failed."}, status=401)
            self.bought += 1
            return Reply.of({"access_token": self.token, "expires_in": 604800, "token_type": "Bearer", "scope": "podcast_read"})
        if asked.bare.startswith("/files/"):
            return self.file(asked)
        if not self.bought or asked.query.get("access_token") != self.token:
            return Reply.of({"error": "input_invalid", "error_description": "The access token provided is invalid"}, status=401)
        if asked.bare == "/v1/episodes":
            listed = [{"id": f"P{key}", "title": f"Episode {key}", "media_url": f"https://{FILES[key]}"} for key in EPISODES]
            return Reply.of({"episodes": listed, "offset": 0, "limit": 100, "has_more": False, "count": len(listed)})
        year = int(asked.query["year"])
        months = sorted({(day.year, day.month) for day in self.counts if day.year == year})
        links = {f"{y}-{m}": f"{self.base_url}/files/{y}-{m:02}.csv?X-Amz-Signature=abc" for y, m in months}
        return Reply.of({"download_urls": links or []})

    def file(self, asked: Asked) -> Reply:
        month = asked.bare[len("/files/") : -len(".csv")]
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.header)
        for day, by_episode in sorted(self.counts.items()):
            if f"{day:%Y-%m}" == month:
                for key, count in sorted(by_episode.items()):
                    for number in range(count):
                        agent = 'AppleCoreMedia/1.0, "quoted"'
                        writer.writerow(
                            [f"'{day} 10:{number % 60:02}:00", f"Episode {key}", "someone@example.com", "Texas", "US", agent]
                        )
        writer.writerows(self.broken_rows)
        body = ("﻿" + text.getvalue()).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        return Reply(body, headers={"Content-Type": "text/csv", "ETag": tag})

    def is_statistics(self, asked: Asked) -> bool:
        return asked.bare.startswith("/files/")

    def wrong_columns(self) -> Reply:
        return Reply(b"Date,Episode,Plays\n2026-03-09,Episode 11,5\n", headers={"Content-Type": "text/csv"})


HOSTS: dict[str, Callable[[], Host]] = {cls.host: cls for cls in (Buzzsprout, Transistor, Op3, Simplecast, Podbean)}
