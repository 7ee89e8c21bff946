"""What feedparser and lxml read → plain JSON values that PostgreSQL takes. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from assets.feeds.model import Payload


def payload_of(source: Mapping[str, Any]) -> Payload:
    """All that feedparser read, but for its own parsed and detailed forms of the same values."""
    return {
        str(name): plain(value)
        for name, value in source.items()
        if not str(name).endswith(("_parsed", "_detail")) and value not in (None, "", [], {})
    }


def plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {clean(str(name)): plain(inner) for name, inner in value.items() if not str(name).endswith(("_parsed", "_detail"))}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean(str(value))


def unsigned(value: Any) -> Any:
    """The same value with the query and fragment of each URL left out."""
    if isinstance(value, Mapping):
        return {name: unsigned(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [unsigned(inner) for inner in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")) and " " not in value:
        try:
            return urlsplit(value)._replace(query="", fragment="").geturl()
        except ValueError:
            return value
    return value


def text_of(value: object) -> str | None:
    return (clean(str(value)).strip() or None) if value is not None else None


def clean(text: str) -> str:
    """Without what PostgreSQL's text and jsonb refuse: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
