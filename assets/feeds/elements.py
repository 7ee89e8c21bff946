"""The iTunes and Podcasting 2.0 elements of a feed, all of them, repeated and nested ones included. Pure.

feedparser keeps only the last of several `podcast:person` or `podcast:transcript` and flattens what is nested: this second pass
keeps them all, as {"attributes": …, "text": …, "children": […]}, by namespace and name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree

from assets.feeds.spans import spans
from assets.feeds.vocabulary import KNOWN, PREFIXES

KEPT = ("podcast", "itunes")
_ITEM_NAMES = frozenset({"item", "entry"})
_ROOT_TAG = re.compile(rb"<[^>]{1,10000}>")
_MOST_UNKNOWN = 100
# The namespace nests three deep; a document that nests thousands is broken or means harm.
_DEEPEST = 20
# "podcast" or "itunes" → an element's name → every element of that name, in order.
Tags = dict[str, dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class Elements:
    """`items` in the document's order, each with its GUID; `unknown` are the names that no vocabulary has."""

    channel: Tags = field(default_factory=dict)
    items: Sequence[tuple[str | None, Tags]] = ()
    unknown: tuple[str, ...] = ()


def read_elements(document: bytes, guids: Sequence[str | None]) -> tuple[Elements, list[Tags]]:
    """The elements of a document as `documents.readable` gives it, and each item's tags for the items that the other pass saw,
    of which `guids` are the GUIDs. A document that cannot be read even leniently has none."""
    root = _parsed(document)
    if root is None:
        return Elements(), [{} for _ in guids]
    elements = _elements_of(root)
    if not _agree(elements.items, guids):
        # A fault within an item can close its neighbours: each by itself, it spoils no other.
        elements = Elements(elements.channel, _apart(document), elements.unknown)
    if _agree(elements.items, guids):
        return elements, [tags for _, tags in elements.items]
    by_guid = {guid: tags for guid, tags in elements.items if guid}
    return elements, [by_guid.get(guid or "", {}) for guid in guids]


def _agree(items: Sequence[tuple[str | None, Tags]], guids: Sequence[str | None]) -> bool:
    return len(items) == len(guids) and all(
        not seen or not guid or seen == guid for (seen, _), guid in zip(items, guids, strict=True)
    )


def _parsed(document: bytes) -> Any:
    # No entity is resolved and nothing is fetched: a feed may name files of ours (XXE).
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _elements_of(root: Any) -> Elements:
    items = []
    unknown: dict[str, None] = {}
    channel = None
    for element in root.iter(etree.Element):
        prefix, local = _name(element.tag)
        if channel is None and local == "channel":
            channel = element
        if local in _ITEM_NAMES and prefix in ("", "atom"):
            items.append((_guid(element), _tags(element)))
        if not _is_known(element.tag) and len(unknown) < _MOST_UNKNOWN:
            unknown[f"{prefix}:{local}"[:100] if prefix else local[:100]] = None
    return Elements(_tags(root if channel is None else channel), items, tuple(sorted(unknown)))


def _apart(document: bytes) -> list[tuple[str | None, Tags]]:
    """Each item read by itself, under the root's namespaces."""
    root = _ROOT_TAG.match(document)
    opening = root[0].rstrip(b"/>") + b">" if root else b"<rss>"
    items: list[tuple[str | None, Tags]] = []
    for start, end in spans(document, "item|entry"):
        found = _parsed(opening + document[start:end])
        items += _elements_of(found).items[:1] if found is not None else []
    return items


def _tags(parent: Any) -> Tags:
    found: Tags = {}
    for child in parent.iterchildren(etree.Element):
        prefix, _ = _name(child.tag)
        if prefix in KEPT:
            # With its own letters: alternateEnclosure, new-feed-url.
            found.setdefault(prefix, {}).setdefault(_local(child.tag), []).append(_element(child))
    return found


def _element(element: Any, depth: int = 1) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if element.attrib:
        content["attributes"] = {str(name): str(value) for name, value in element.attrib.items()}
    if text := _text(element):
        content["text"] = text
    if depth == _DEEPEST:
        return content
    children = [{"name": _local(child.tag), **_element(child, depth + 1)} for child in element.iterchildren(etree.Element)]
    if children:
        content["children"] = children
    return content


def _text(element: Any) -> str:
    """The element's own text; what stands between its children is their indentation, or markup that lost its CDATA."""
    return "".join(part for part in _own(element)).strip()


def _own(element: Any) -> Iterable[str]:
    yield element.text or ""
    for child in element:
        yield child.tail or ""


def _guid(item: Any) -> str | None:
    for child in item.iterchildren(etree.Element):
        if _name(child.tag) in (("", "guid"), ("atom", "id")):
            return _text(child) or None
    return None


@lru_cache(maxsize=4096)
def _name(tag: str) -> tuple[str, str]:
    """Our prefix and the name in lower case; a namespace that is not known keeps its address, an undeclared prefix itself."""
    address, _, local = tag.rpartition("}")
    if not address:
        # Read leniently, an undeclared prefix stays in the name.
        prefix, _, local = tag.rpartition(":")
        return prefix.lower(), local.lower()
    lowered = address[1:].lower()
    return next((prefix for part, prefix in PREFIXES if part in lowered), address[1:]), local.lower()


@lru_cache(maxsize=4096)
def _is_known(tag: str) -> bool:
    prefix, local = _name(tag)
    if prefix in KNOWN:
        return local in KNOWN[prefix]
    return any(prefix == known for _, known in PREFIXES)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]
