"""What a host's own statistics say: its count of downloads by podcast-local date, close to a certified one but not the same."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simulation.chance import stream, token
from simulation.clock import iso
from simulation.model import Episode, Show
from simulation.oracle.windows import Download

Json = dict[str, Any]


def credential(seed: int, show: Show) -> str:
    return token(36, seed, show.show_id, "buzzsprout")


def write_hosting(folder: Path, seed: int, show: Show, downloads: list[Download]) -> None:
    """The answers of one Buzzsprout podcast, as the simulation's server gives them out.

    Of the downloads that the oracle counted the host misses 1 % and counts 2 % twice: inside the 5 % by which two certified
    counts may differ (domain rules, section 1).
    """
    rng = stream(seed, show.show_id, "hosting")
    zone = ZoneInfo(show.timezone)
    ids = {episode.guid: episode.host_id for episode in show.episodes}
    days: dict[str, Counter[int]] = {}
    plays: Counter[int] = Counter()
    for download in downloads:
        episode = download.opening.episode
        draw = rng.random()
        if download.opening.show is not show or episode is None or draw < 0.01:
            continue
        day = datetime.fromtimestamp(download.opening.at / 1_000, UTC).astimezone(zone).date().isoformat()
        number = 2 if draw > 0.98 else 1
        days.setdefault(day, Counter())[ids[episode.guid]] += number
        plays[ids[episode.guid]] += number
    document = {
        "podcast_id": int(show.external_id),
        "token": credential(seed, show),
        "timezone": show.timezone,
        "episodes": [_episode(show, episode, number, plays[episode.host_id]) for number, episode in enumerate(show.episodes, 1)][
            ::-1
        ],
        "downloads": {day: {str(episode): days[day][episode] for episode in sorted(days[day])} for day in sorted(days)},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{show.external_id}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")


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
