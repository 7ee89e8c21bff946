"""What judges a request for a media file when it arrives. The rules are those of the logs and stand in `assets`, which the API may
not import: whoever starts the process (`orchestration.collector`) hands them in."""

from collections.abc import Callable
from dataclasses import dataclass, field

Interval = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Agents:
    """One version of the user-agent lists, and what makes an agent a bot, app, library, browser or unknown by them."""

    version: str
    classify: Callable[[str], str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestRules:
    """Domain rules, section 1, as functions; `load_agents(database_url, version)` gives None where that version is the newest."""

    media_key: Callable[[str], str]
    strip_prefixes: Callable[[str], str]
    parse_range: Callable[[str | None], Interval]
    is_watch: Callable[[str], bool]
    load_agents: Callable[[str, str | None], Agents | None]
