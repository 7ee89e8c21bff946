"""Agents as their makers document them."""

import json
import random
import re
from pathlib import Path

import pytest

from assets.hosting.counting.user_agent import (
    LIST_KINDS,
    AgentLists,
    make_classifier,
    names_itself_a_bot,
    opawg_rule,
    packaged_lists,
)
from assets.hosting.counting.watch import is_watch
from assets.hosting.lists import OPAWG_FILES

PACKAGED = make_classifier(packaged_lists())
OPAWG = Path(__file__).resolve().parents[3].parent / "shared" / "user_agents"


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "   ",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.4.0",
        "python-requests/2.32.3",
        "AcmeBot/1.0",
        "Acme Audio Archiver/1.4 (podcast bot; +https://archiver.example)",
        "Some Crawler",
        "okhttp/4.9.3",
        "Overcast/1.0 Podcast Sync (123 subscribers; feed-id=456789; +http://overcast.fm/)",
    ],
)
def test_bots(agent: str) -> None:
    assert PACKAGED(agent) == "bot"


@pytest.mark.parametrize(
    "agent",
    [
        "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)",
        "Podcasts/1630.46 CFNetwork/1496.0.7 Darwin/23.5.0",
        "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)",
        "CastBox/8.30.0 (Linux;Android 13)",
        "AntennaPod/3.4.0",
        "Mozilla/5.0 (Linux; Android 7.0; CUBOT X18) AppleWebKit/537.36 Chrome/125.0.0.0 Mobile Safari/537.36",
        "Dalvik/2.1.0 (Linux; U; Android 9; CUBOT_P20)",
        "Abbott Radio/1.0",
        "Roboto Player/2",
    ],
)
def test_players_are_no_bots(agent: str) -> None:
    assert PACKAGED(agent) != "bot"


def test_the_first_match_wins_in_the_order_bots_apps_libraries_browsers() -> None:
    rules = [
        ("bot", "Sync"),
        ("app", "^Player"),
        opawg_rule("library", "Core", None),
        opawg_rule("library", "wget", "bot"),
        ("browser", "."),
    ]
    classify = make_classifier(AgentLists("v", rules))  # type: ignore[arg-type]
    agents = ["Player Sync", "Player Core", "AppleCore", "wget/1", "Player wget", "Mozilla"]
    assert [classify(agent) for agent in agents] == ["bot", "app", "library", "bot", "app", "browser"]


def test_the_version_names_the_package_that_judged() -> None:
    assert packaged_lists().version.startswith("crawler-user-agents-1.")


@pytest.mark.parametrize(
    ("agent", "is_one"), [("robot", True), ("Cubot", False), ("Botany", False), ("spiders", True), ("webcrawler/1", True)]
)
def test_naming_oneself_a_bot(agent: str, is_one: bool) -> None:
    assert names_itself_a_bot(agent) is is_one


@pytest.mark.parametrize(
    ("agent", "is_one"),
    [
        ("atc/1.0 watchOS/10.2 model/Watch6,7 hwp/t8301 build/21S364 (6; dt:249)", True),
        ("Podcasts/1575.2.1 (null)/(null) watchOS/10.2 model/Watch6,7", True),
        ("atc/1.0", False),
        ("Podcasts/1575 watchOS/10", False),
    ],
)
def test_watches(agent: str, is_one: bool) -> None:
    assert is_watch(agent) is is_one


# As the makers' own pages give them: Apple's podcasts FAQ, Spotify's and Overcast's notes for podcasters, Google's pages on their
# crawlers, the manuals of curl, wget and requests, MDN's page on the header.
DOCUMENTED = [
    ("Overcast/1.0 Podcast Sync (12 subscribers; feed-id=456789; +http://overcast.fm/)", "bot"),
    ("Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", "app"),
    ("Podcasts/1630.46 CFNetwork/1496.0.7 Darwin/23.5.0", "app"),
    ("AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)", "library"),
    ("iTMS", "bot"),
    ("atc/1.0 watchOS/10.2 model/Watch6,7 hwp/t8301 build/21S364 (6; dt:249)", "bot"),
    ("Spotify/8.9.42 Android/34 (SM-S911B)", "app"),
    ("Spotify/1.0", "bot"),
    ("Pocket Casts", "app"),
    ("AntennaPod/3.4.0", "app"),
    ("Castro 2024.5/1550", "app"),
    ("PodcastAddict/v5 (+https://podcastaddict.com/; Android podcast app)", "app"),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "bot"),
    ("curl/8.4.0", "bot"),
    ("Wget/1.21.4", "bot"),
    ("python-requests/2.32.3", "bot"),
    ("okhttp/4.9.3", "bot"),
    ("VLC/3.0.20 LibVLC/3.0.20", "app"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "browser"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36", "browser"),
    ("Nobody has heard of it", "unknown"),
]


@pytest.fixture(scope="module")
def opawg() -> AgentLists:
    if not OPAWG.exists():
        pytest.skip("the opawg lists are not beside the repository")
    rules = [
        opawg_rule(list_kind, entry["pattern"], entry.get("category"))
        for list_kind in LIST_KINDS
        for entry in json.loads((OPAWG / f"{OPAWG_FILES[list_kind]}.runtime.json").read_text("utf-8"))["entries"]
    ]
    return AgentLists("v", rules)


@pytest.mark.parametrize(("agent", "kind"), DOCUMENTED)
def test_the_opawg_lists(agent: str, kind: str, opawg: AgentLists) -> None:
    assert make_classifier(opawg)(agent) == kind


def test_the_first_match_of_the_first_list_is_what_one_pattern_after_the_other_gives(opawg: AgentLists) -> None:
    """Patterns are joined to be tried at once; the answer is that of the algorithm as opawg writes it."""
    classify = make_classifier(opawg)
    for agent, _ in DOCUMENTED:
        slow = next((kind for kind, pattern in opawg.rules if re.search(pattern, agent)), "unknown")
        assert classify(agent) == ("bot" if names_itself_a_bot(agent) else slow), agent


def test_what_is_remembered_is_what_would_be_judged_again(opawg: AgentLists) -> None:
    """Whatever was asked before, in whatever order, and however little is remembered."""
    agents = [agent for agent, _ in DOCUMENTED] * 3
    random.Random(5).shuffle(agents)  # noqa: S311  # the order of a test
    never, little, all_of_them = (make_classifier(opawg, memory) for memory in (0, 2, 100_000))
    assert [little(agent) for agent in agents] == [all_of_them(agent) for agent in agents] == [never(agent) for agent in agents]


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("AntennaPod/3.4.0", "app"),
        ("Spotify/8.9.42 Android/34 (SM-S911B)", "app"),
        ("AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)", "library"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "browser"),
        ("Nobody has heard of it", "unknown"),
    ],
)
def test_without_opawg_lists_the_detector_knows_apps_and_libraries(agent: str, kind: str) -> None:
    assert PACKAGED(agent) == kind
