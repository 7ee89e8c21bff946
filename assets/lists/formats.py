"""What publishers write → entries, one reader a format. Pure.

A range is [network, class]; an agent is [name, pattern, category or None]. A reader raises FormatError where the document is none
of its format; an entry that alone is wrong is told in `rejected` and left out.
"""

import csv
import io
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Entry = list[Any]


class FormatError(ValueError):
    """The document is not what its format says; the message says what was found and expected."""


@dataclass(frozen=True)
class Parsed:
    """The entries of a document in its order, and the text and fault of those that could not be used."""

    entries: list[Entry]
    rejected: list[tuple[str, str]]


def parse(document: bytes, format_name: str, ip_class: str | None = None) -> Parsed:
    """Read a document of a publisher. Raises FormatError."""
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"found bytes that are no UTF-8 at {error.start}, expected text") from error
    if format_name in AGENT_FORMATS:
        return _agents(AGENT_FORMATS[format_name](_json(text)))
    return _ranges(IP_FORMATS[format_name](text), ip_class)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise FormatError(f"found {text[:40]!r}, expected JSON: {error}") from error


def _need(holder: Any, key: str) -> Any:
    if not isinstance(holder, Mapping) or key not in holder:
        found = ", ".join(list(holder)[:6]) if isinstance(holder, Mapping) else type(holder).__name__
        raise FormatError(f"found {found}, expected a member {key!r}")
    return holder[key]


def _aws(text: str) -> Iterable[tuple[str, str | None]]:
    document = _json(text)
    yield from ((entry.get("ip_prefix", ""), None) for entry in _need(document, "prefixes"))
    yield from ((entry.get("ipv6_prefix", ""), None) for entry in document.get("ipv6_prefixes", []))


def _google(text: str) -> Iterable[tuple[str, str | None]]:
    """Google's shape, which Bing and others took over."""
    return ((entry.get("ipv4Prefix") or entry.get("ipv6Prefix", ""), None) for entry in _need(_json(text), "prefixes"))


def _azure(text: str) -> Iterable[tuple[str, str | None]]:
    for tag in _need(_json(text), "values"):
        # The tag of the whole cloud; the others are parts of it by service and region.
        if str(tag.get("name", "")) == "AzureCloud":
            yield from ((prefix, None) for prefix in _need(_need(tag, "properties"), "addressPrefixes"))


def _oracle(text: str) -> Iterable[tuple[str, str | None]]:
    return ((entry.get("cidr", ""), None) for region in _need(_json(text), "regions") for entry in _need(region, "cidrs"))


def _ripestat(text: str) -> Iterable[tuple[str, str | None]]:
    return ((entry.get("prefix", ""), None) for entry in _need(_need(_json(text), "data"), "prefixes"))


def _mullvad(text: str) -> Iterable[tuple[str, str | None]]:
    document = _json(text)
    if not isinstance(document, list):
        raise FormatError(f"found a {type(document).__name__}, expected a list of relays")
    return ((address, None) for relay in document for address in (relay.get("ipv4_addr_in"), relay.get("ipv6_addr_in")) if address)


def _geofeed(text: str) -> Iterable[tuple[str, str | None]]:
    """RFC 8805: the first column is the prefix; lines that begin with # are none."""
    rows = csv.reader(line for line in io.StringIO(text) if line.strip() and not line.startswith("#"))
    return ((row[0], None) for row in rows if row)


def _lines(text: str) -> Iterable[tuple[str, str | None]]:
    return ((line.partition("#")[0].strip(), None) for line in text.splitlines() if line.partition("#")[0].strip())


def _classes(text: str) -> Iterable[tuple[str, str | None]]:
    """Our own: a CSV with the header network,ip_class."""
    reader = csv.reader(line for line in io.StringIO(text) if not line.startswith("#"))
    header = [name.strip().lower() for name in next(reader, [])]
    if header != ["network", "ip_class"]:
        raise FormatError(f"found the header {','.join(header)!r}, expected network,ip_class")
    return ((row[0], row[1].strip() if len(row) == 2 else "") for row in reader if row)


def _opawg(document: Any) -> Iterable[Entry]:
    for entry in _need(document, "entries"):
        yield [str(_need(entry, "name")), str(_need(entry, "pattern")), entry.get("category")]


def _crawlers(document: Any) -> Iterable[Entry]:
    if not isinstance(document, list):
        raise FormatError(f"found a {type(document).__name__}, expected a list of crawlers")
    return [[str(entry.get("url") or entry["pattern"]), str(_need(entry, "pattern")), "bot"] for entry in document]


IP_FORMATS: Mapping[str, Callable[[str], Iterable[tuple[str, str | None]]]] = {
    "aws": _aws, "google": _google, "azure": _azure, "oracle": _oracle, "ripestat": _ripestat, "mullvad": _mullvad,
    "geofeed": _geofeed, "lines": _lines, "classes": _classes,
}  # fmt: skip
AGENT_FORMATS: Mapping[str, Callable[[Any], Iterable[Entry]]] = {"opawg": _opawg, "crawlers": _crawlers}


def _ranges(found: Iterable[tuple[str, str | None]], ip_class: str | None) -> Parsed:
    from assets.lists.sources import IP_CLASSES

    entries: dict[str, Entry] = {}
    rejected: list[tuple[str, str]] = []
    for text, named in found:
        try:
            network = ipaddress.ip_network(str(text).strip(), strict=False)
        except ValueError:
            rejected.append((str(text), f"found {text!r}, expected a network such as 203.0.113.0/24"))
            continue
        kind = named if named is not None else ip_class
        if kind not in IP_CLASSES:
            rejected.append((str(text), f"found the class {kind!r} of {text}, expected one of {', '.join(IP_CLASSES)}"))
        elif entries.setdefault(str(network), [str(network), kind])[1] != kind:
            rejected.append((str(text), f"found {network} as {kind}, but an earlier line says {entries[str(network)][1]}"))
    return Parsed(list(entries.values()), rejected)


def _agents(found: Iterable[Entry]) -> Parsed:
    entries: list[Entry] = []
    rejected: list[tuple[str, str]] = []
    for entry in found:
        try:
            re.compile(entry[1])
        except re.error as error:
            rejected.append((entry[1], f"found the pattern {entry[1]!r} of {entry[0]!r}, which is none: {error}"))
            continue
        entries.append(entry)
    return Parsed(entries, rejected)
