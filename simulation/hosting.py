"""What hosts and OP3 say of a show: counts of downloads by their own days, close to a certified one but not the same."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simulation.chance import identifier, stream, token
from simulation.clock import iso
from simulation.model import Episode, Show
from simulation.oracle.windows import Download

Json = dict[str, Any]
# Host, episode GUID, the host's own day, downloads.
HostCount = tuple[str, str, str, int]
Days = dict[str, Counter[int]]


def credential(seed: int, show: Show, host: str) -> str:
    return token(36, seed, show.show_id, host)


def op3_uuid(show: Show) -> str:
    """What OP3 calls a show."""
    return identifier(show.show_id, "op3")


def hosts_of(show: Show) -> tuple[str, ...]:
    """The services with an API that count this show: its host, and OP3 where its enclosures go through OP3's prefix."""
    has_prefix = any(episode.enclosure_url.startswith("https://op3.dev/") for episode in show.episodes)
    return (*(host for host in ("buzzsprout", "transistor") if host == show.host), *(["op3"] if has_prefix else []))


def write_hosting(folder: Path, seed: int, show: Show, downloads: list[Download], now: int) -> list[HostCount]:
    """The answers of each service that counts this show, as the simulation's server gives them out; and what they add up to."""
    counted = [item for item in downloads if item.opening.show is show and item.opening.episode is not None]
    counts: list[HostCount] = []
    for host in hosts_of(show):
        if host == "op3":
            counts += _write_op3(folder / "op3", seed, show, counted)
        else:
            days = _host_days(seed, show, counted)
            write = _write_buzzsprout if host == "buzzsprout" else _write_transistor
            write(folder, seed, show, days, now)
            guids = {episode.host_id: episode.guid for episode in show.episodes}
            counts += [(host, guids[key], day, number) for day in sorted(days) for key, number in sorted(days[day].items())]
    return counts


def _host_days(seed: int, show: Show, counted: list[Download]) -> Days:
    """The host's own count by podcast-local date and episode.

    Of the downloads that the oracle counted the host misses 1 % and counts 2 % twice: inside the 5 % by which two certified
    counts may differ (domain rules, section 1).
    """
    rng = stream(seed, show.show_id, "hosting")
    zone = ZoneInfo(show.timezone)
    ids = {episode.guid: episode.host_id for episode in show.episodes}
    days: Days = {}
    for download in counted:
        draw = rng.random()
        episode = download.opening.episode
        if draw < 0.01 or episode is None:
            continue
        day = datetime.fromtimestamp(download.opening.at / 1_000, UTC).astimezone(zone).date().isoformat()
        days.setdefault(day, Counter())[ids[episode.guid]] += 2 if draw > 0.98 else 1
    return days


def _write_buzzsprout(folder: Path, seed: int, show: Show, days: Days, now: int) -> None:
    plays: Counter[int] = sum(days.values(), Counter())
    document = {
        "podcast_id": int(show.external_id),
        "token": credential(seed, show, "buzzsprout"),
        "timezone": show.timezone,
        "episodes": [_episode(show, episode, number, plays[episode.host_id]) for number, episode in enumerate(show.episodes, 1)][
            ::-1
        ],
        "downloads": _by_day(days),
    }
    _write(folder / f"{show.external_id}.json", document)


def _write_transistor(folder: Path, seed: int, show: Show, days: Days, now: int) -> None:
    document = {
        "show_id": show.external_id,
        "slug": show.slug,
        "api_key": credential(seed, show, "transistor"),
        "timezone": show.timezone,
        "today": iso(now)[:10],
        "episodes": [
            {
                "id": episode.host_id,
                "title": episode.title,
                "published_at": f"{iso(episode.published_at)[:19].replace('T', ' ')} UTC",
                "duration": episode.duration_s or 0,
                "media_url": f"https://{episode.file_path}",
            }
            for episode in sorted(show.episodes, key=lambda episode: -episode.published_at)
        ],
        "downloads": _by_day(days),
    }
    _write(folder / "transistor" / f"{show.external_id}.json", document)


def _write_op3(folder: Path, seed: int, show: Show, counted: list[Download]) -> list[HostCount]:
    """OP3 sees the requests that pass its prefix: all but 2 %, whose apps know the file's own address. Its days are UTC."""
    rng = stream(seed, show.show_id, "op3")
    ids = {episode.guid: token(64, show.show_id, episode.guid, "op3") for episode in show.episodes}
    rows = []
    counts: Counter[tuple[str, str]] = Counter()
    for download in sorted(counted, key=lambda item: (item.opening.at, item.opening.line)):
        episode = download.opening.episode
        if rng.random() < 0.02 or episode is None:
            continue
        time = iso(download.opening.at)
        rows.append([time, ids[episode.guid], token(64, download.opening.household, download.opening.agent, time[:7])])
        counts[time[:10], episode.guid] += 1
    document = {
        "show_uuid": op3_uuid(show),
        "title": show.title,
        "podcast_guid": identifier(show.show_id, "podcast"),
        "token": credential(seed, show, "op3"),
        "episodes": [
            {
                "id": ids[episode.guid],
                "title": episode.title,
                "pubdate": iso(episode.published_at),
                "itemGuid": episode.guid,
                "url": episode.enclosure_url,
            }
            for episode in show.episodes
        ],
        "rows": rows,
    }
    _write(folder / f"{op3_uuid(show)}.json", document)
    return [("op3", guid, day, number) for (day, guid), number in sorted(counts.items())]


def _by_day(days: Days) -> Json:
    return {day: {str(episode): days[day][episode] for episode in sorted(days[day])} for day in sorted(days)}


def _write(path: Path, document: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def _episode(show: Show, episode: Episode, number: int, plays: int) -> Json:
    return {
        "id": episode.host_id,
        "title": episode.title,
        "audio_url": f"https://{episode.file_path}",
        "artwork_url": f"https://{show.slug}.example/{episode.host_id}.jpg",
        "description": "",
        "summary": "",
        "artist": "Simulated Radio",
        "tags": "",
        "published_at": iso(episode.published_at),
        "duration": episode.duration_s or 0,
        "hq": True,
        "guid": episode.guid,
        "inactive_at": None,
        "episode_number": number,
        "season_number": 1,
        "explicit": False,
        "private": False,
        "total_plays": plays,
    }
