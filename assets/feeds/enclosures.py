"""Which of an item's files is the episode, and how large it is. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from assets.feeds.elements import Tags
from assets.feeds.payloads import text_of

BIGINT = 2**63 - 1
_EXTENSIONS = {
    **dict.fromkeys(("mp3", "m4a", "aac", "ogg", "oga", "opus", "wav", "flac", "m4b"), "audio"),
    **dict.fromkeys(("mp4", "m4v", "mov", "webm", "mkv"), "video"),
}


def enclosure_of(entry: Mapping[str, Any], tags: Tags) -> Mapping[str, Any]:
    """The audio among an item's enclosures, else the video, else the first; else Media RSS, else `podcast:alternateEnclosure`."""
    candidates = [one for one in entry.get("enclosures") or [] if text_of(one.get("href") or one.get("url"))]
    if not candidates:
        candidates = [one for one in entry.get("media_content") or [] if one.get("url") and _kind(one) in ("audio", "video")]
    for kind in ("audio", "video"):
        for candidate in candidates:
            if _kind(candidate) == kind:
                return dict(candidate)
    return dict(candidates[0]) if candidates else _alternate(tags)


def _alternate(tags: Tags) -> Mapping[str, Any]:
    """The default one of an item's alternate enclosures, else the first, where there is no plain one."""
    offered = tags.get("podcast", {}).get("alternateEnclosure", [])
    for one in sorted(offered, key=lambda element: element.get("attributes", {}).get("default", "").lower() != "true"):
        for child in one.get("children", []):
            address = child.get("attributes", {}).get("uri", "")
            if child["name"] == "source" and address.startswith(("http://", "https://")):
                return {**one.get("attributes", {}), "url": address}
    return {}


def absolute(url: str | None, feed_url: str | None) -> str | None:
    try:
        return urljoin(feed_url, url) if url and feed_url and not urlsplit(url).scheme else url
    except ValueError:
        return url


def _kind(enclosure: Mapping[str, Any]) -> str:
    said = str(enclosure.get("type") or enclosure.get("medium") or "").partition("/")[0].lower()
    path = str(enclosure.get("href") or enclosure.get("url") or "").partition("?")[0]
    return said if said in ("audio", "video", "image") else _EXTENSIONS.get(path.rpartition(".")[2].lower(), said)


def size_of(text: object) -> int | None:
    digits = str(text or "").replace(",", "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and 0 < int(digits[:30]) <= BIGINT else None
