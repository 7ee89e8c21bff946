"""Which sources the lists have: the file that comes with the release, or the one that a setting names."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

ListName = Literal["user_agents", "ip_ranges"]
LIST_NAMES: tuple[ListName, ...] = get_args(ListName)
IP_CLASSES = ("household", "mobile", "corporate", "datacenter", "vpn", "unknown")
PUBLISHERS = Path(__file__).with_name("sources.toml")
# The setting's word for: nothing is fetched.
NONE = "none"
KEYS = {"name", "list", "format", "url", "ip_class", "follow"}


class SourcesError(ValueError):
    """The file of sources is wrong; the message says what was found and expected."""


@dataclass(frozen=True)
class ListSource:
    """One publisher's document of one list. `follow` is a pattern of the link to the document on the page that `url` names."""

    name: str
    list_name: ListName
    format: str
    url: str
    ip_class: str | None = None
    follow: str | None = None


def read_sources(named: str | Path | None = None) -> list[ListSource]:
    """The sources in their order: of the file `named`, of the release where it is None, none for the word `none`.

    Raises SourcesError.
    """
    if named is not None and str(named) == NONE:
        return []
    path = Path(named) if named else PUBLISHERS
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("source", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourcesError(f"{path} cannot be read as a file of list sources: {error}. Expected [[source]] tables") from error
    sources = [_source(entry, path) for entry in entries]
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SourcesError(f"found the source {', '.join(twice)} twice in {path}, expected each name once: rename one")
    return sources


def _source(entry: Mapping[str, Any], path: Path) -> ListSource:
    from assets.lists.formats import AGENT_FORMATS, IP_FORMATS

    name = entry.get("name", "")
    unknown = entry.keys() - KEYS
    if unknown or not all(isinstance(entry.get(key), str) for key in ("name", "list", "format", "url")):
        raise SourcesError(f"found a source {name!r} with {sorted(entry)} in {path}, expected name, list, format and url")
    formats = {"user_agents": AGENT_FORMATS, "ip_ranges": IP_FORMATS}.get(entry["list"])
    if formats is None or entry["format"] not in formats:
        every = (("user_agents", AGENT_FORMATS), ("ip_ranges", IP_FORMATS))
        known = "; ".join(f"{list_name}: {', '.join(sorted(names))}" for list_name, names in every)
        raise SourcesError(
            f"found list {entry['list']!r} in format {entry['format']!r} for {name} in {path}, expected one of {known}"
        )
    if entry["list"] == "ip_ranges" and entry["format"] != "classes" and entry.get("ip_class") not in IP_CLASSES:
        raise SourcesError(
            f"found ip_class {entry.get('ip_class')!r} for {name} in {path}, expected one of {', '.join(IP_CLASSES)}"
        )
    follow = entry.get("follow")
    if follow is not None:
        try:
            re.compile(follow)
        except re.error as error:
            raise SourcesError(f"found the pattern {follow!r} for {name} in {path}, which is none: {error}") from error
    return ListSource(name, entry["list"], entry["format"], entry["url"], entry.get("ip_class"), follow)
