"""One stable GUID for each episode, whatever the feed left out or wrote twice. Pure."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from assets.feeds.model import Item
from assets.lib.ids import bounded_key, stable_uuid


def made_guid(key: str | None, link: str | None, title: str | None, published_at: datetime | None) -> str:
    """A GUID for an item without one, from what changes least: the file, then the page, then title and date."""
    basis = key or link or f"{title} {published_at and published_at.isoformat()}"
    return f"hostread:{stable_uuid('episode', basis)}"


def one_guid_each(items: Sequence[Item], known: Mapping[str, Set[str | None]] | None = None) -> Iterable[Item]:
    """Items that share a GUID but not a file are different episodes: all but one get their file's digest appended.

    The plain GUID is kept by the item whose file it is `known` to have named (GUID → files, of what landed before), else by the
    oldest, since a careless copy of it is what comes later, at the top of the feed. What was once told apart stays so.
    """
    known = known or {}
    owners: dict[str, Item] = {}
    for item in reversed(items):
        if _owns(item, owners.get(item.guid_in_feed), known):
            owners[item.guid_in_feed] = item
    for item in items:
        apart = _guid_of_file(item)
        is_apart = item.media_key is not None and (item.media_key != owners[item.guid_in_feed].media_key or apart in known)
        yield replace(item, episode_guid=apart if is_apart else item.guid_in_feed)


def _owns(item: Item, owner: Item | None, known: Mapping[str, Set[str | None]]) -> bool:
    if owner is None:
        return True
    files = known.get(item.guid_in_feed, frozenset())
    if (item.media_key in files) != (owner.media_key in files):
        return item.media_key in files
    return bool(item.published_at and owner.published_at and item.published_at < owner.published_at)


def _guid_of_file(item: Item) -> str:
    return bounded_key(f"{item.guid_in_feed}#{stable_uuid('episode', item.media_key)}")
