"""Agents as their makers document them."""

import json
import subprocess
import sys
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


@pytest.mark.skipif(not OPAWG.exists(), reason="the opawg lists are not beside the repository")
@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("Overcast/1.0 Podcast Sync (12 subscribers)", "bot"),
        ("Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", "app"),
        ("AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)", "library"),
        ("okhttp/4.9.3", "bot"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "browser"),
        ("Nobody has heard of it", "unknown"),
    ],
)
def test_the_opawg_lists(agent: str, kind: str) -> None:
    rules = [
        opawg_rule(list_kind, entry["pattern"], entry.get("category"))
        for list_kind in LIST_KINDS
        for entry in json.loads((OPAWG / f"{OPAWG_FILES[list_kind]}.runtime.json").read_text("utf-8"))["entries"]
    ]
    assert make_classifier(AgentLists("v", rules))(agent) == kind


def test_agents_are_judged_by_threads_that_come_and_go() -> None:
    """A second thread's first unknown agent ended the process with a segmentation fault, in the package's reader."""
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from assets.hosting.counting.user_agent import make_classifier, packaged_lists\n"
        "classify = make_classifier(packaged_lists())\n"
        "for agent in ('AntennaPod/1', 'a\\tb', 'Overcast/3.0 (iOS podcast app)', 'strange'):\n"
        "    with ThreadPoolExecutor(1) as pool: print(pool.submit(classify, agent).result())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3]
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert len(done.stdout.split()) == 4
