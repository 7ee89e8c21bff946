"""The Podcasting 2.0 elements of a feed, repeated ones included. Pure.

feedparser keeps only the last of several `podcast:person` or `podcast:transcript`: this second pass keeps them all.
"""

from collections.abc import Iterable
from typing import Any

from lxml import etree

_NAMESPACE_WORDS = ("podcastindex.org/namespace", "podcast-namespace")
_ITEM_NAMES = frozenset({"item", "entry"})
Tags = dict[str, list[dict[str, Any]]]


def podcast_tags(body: bytes) -> tuple[Tags, list[tuple[str | None, Tags]]]:
    """The channel's elements, and each item's (guid, elements) in the document's order.

    An element is {"attributes": …, "text": …, "children": …}. A document that cannot be read even leniently has none.
    """
    # No entity is resolved and nothing is fetched: a feed may name files of ours (XXE).
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}, []
    if root is None:
        return {}, []
    items = [element for element in root.iter() if isinstance(element.tag, str) and _local(element) in _ITEM_NAMES]
    channel = next((element for element in root.iter() if isinstance(element.tag, str) and _local(element) == "channel"), root)
    return _tags(channel), [(_guid(item), _tags(item)) for item in items]


def _tags(parent: Any) -> Tags:
    found: Tags = {}
    for child in parent:
        if isinstance(child.tag, str) and _is_podcast(child):
            found.setdefault(_local(child), []).append(_element(child))
    return found


def _element(element: Any) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if element.attrib:
        content["attributes"] = {str(name): str(value) for name, value in element.attrib.items()}
    if text := (element.text or "").strip():
        content["text"] = text
    children = [{"name": _local(child), **_element(child)} for child in _elements(element)]
    if children:
        content["children"] = children
    return content


def _elements(parent: Any) -> Iterable[Any]:
    return (child for child in parent if isinstance(child.tag, str))


def _guid(item: Any) -> str | None:
    for child in _elements(item):
        if child.tag == "guid" or (_local(child) == "id" and "Atom" in child.tag):
            return (child.text or "").strip() or None
    return None


def _is_podcast(element: Any) -> bool:
    tag: str = element.tag
    # An undeclared prefix stays in the name where the document is read leniently.
    return any(word in tag for word in _NAMESPACE_WORDS) or tag.startswith("podcast:")


def _local(element: Any) -> str:
    tag: str = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2]
