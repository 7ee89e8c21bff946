"""Feeds as hosts write them: a tolerant parser finds every episode, and a strict one trips over exactly one."""

import json
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest

from simulation.feeds import render_feed
from simulation.shows import live_episode, make_shows
from simulation.specs import DEMO

NOW = 1_785_585_600_000  # 2026-08-01T12:00:00Z
SHOWS = [show for spec in DEMO for show in make_shows(spec, 3, NOW, NOW - 90 * 86_400_000, "http://127.0.0.1:8803")]


@pytest.mark.parametrize("show", SHOWS, ids=lambda show: show.slug)
def test_a_tolerant_parser_finds_every_episode(show) -> None:  # type: ignore[no-untyped-def]
    parsed = feedparser.parse(render_feed(show, show.episodes))
    found = {entry.id: entry for entry in parsed.entries}
    assert set(found) == {episode.guid for episode in show.episodes}
    assert len(found) == len(parsed.entries)
    for episode in show.episodes:
        enclosure = found[episode.guid].enclosures[0]
        assert (enclosure.href, int(enclosure.length)) == (episode.enclosure_url, episode.file_size)
    assert bool(parsed.bozo) is show.is_tolerant


@pytest.mark.parametrize("show", [show for show in SHOWS if not show.is_tolerant], ids=lambda show: show.slug)
def test_titles_survive_as_they_were_written(show) -> None:  # type: ignore[no-untyped-def]
    root = ElementTree.fromstring(render_feed(show, show.episodes))  # noqa: S314  (our own text)
    titles = [item.findtext("title") for item in root.iter("item")]
    assert sorted(str(title) for title in titles) == sorted(episode.title for episode in show.episodes)


def test_durations_come_in_three_styles_and_one_is_missing() -> None:
    texts = [episode.duration_text for show in SHOWS for episode in show.episodes]
    assert None in texts
    assert {str(text).count(":") for text in texts if text} == {0, 1, 2}


def test_the_live_episode_is_new(tiny: Path) -> None:
    show = SHOWS[0]
    assert live_episode(show, NOW).guid not in {episode.guid for episode in show.episodes}
    base = json.loads((tiny / "app.json").read_text("utf-8"))["tenants"][0]["shows"][0]["feed_url"].split("/feeds/")[1]
    before = feedparser.parse((tiny / "feeds" / base).read_bytes())
    after = feedparser.parse((tiny / "feeds" / base.replace(".xml", ".live.xml")).read_bytes())
    assert len(after.entries) == len(before.entries) + 1
