"""Ten real feeds, which lie beside the repository and are not part of it."""

import re
from pathlib import Path

import pytest

from assets.feeds.parse import parse_feed

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "feeds"
FEEDS = sorted(FOLDER.glob("*.xml"))

pytestmark = pytest.mark.skipif(not FEEDS, reason="the real feeds are not beside the repository")


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
def test_every_item_lands_with_its_enclosure(path: Path) -> None:
    body = path.read_bytes()
    items = parse_feed(body).items
    assert len(items) == len(re.findall(rb"<item[\s>]", body)) > 0
    assert all(item.enclosure_url and item.media_key for item in items)
    assert len({item.episode_guid for item in items}) == len(items)
    assert all(item.published_at for item in items)


def test_the_not_well_formed_one_is_complete_with_its_people() -> None:
    items = parse_feed((FOLDER / "no-agenda.xml").read_bytes()).items
    assert len(items) == 29
    assert [len(item.payload["podcast"]["transcript"]) for item in items] == [1] * 29
    assert {person["text"] for item in items for person in item.payload["podcast"].get("person", [])} >= {"Adam Curry"}


def test_two_days_of_one_feed_are_three_episodes() -> None:
    days = [parse_feed((FOLDER / f"2024-03-{day}-ndr.xml").read_bytes()) for day in (13, 14)]
    assert len({item.episode_guid for day in days for item in day.items}) == 3
