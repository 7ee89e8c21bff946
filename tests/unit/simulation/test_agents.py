"""The simulation knows which agents are bots; the public list must agree, or the truth is not what it says."""

import pytest
from crawleruseragents import is_crawler

from simulation.agents import APPS, BROWSERS, LISTED_BOTS, UNLISTED_BOTS, WATCHES
from simulation.events import SERVER_AGENT


@pytest.mark.parametrize("agent", [*APPS, *BROWSERS, *WATCHES, SERVER_AGENT])
def test_no_listener_is_taken_for_a_bot(agent: str) -> None:
    assert not is_crawler(agent)


@pytest.mark.parametrize("agent", LISTED_BOTS)
def test_every_listed_bot_is_on_the_public_list(agent: str) -> None:
    assert is_crawler(agent)


def test_unlisted_bots_name_themselves_or_say_nothing() -> None:
    assert all("bot" in agent.lower() or agent == "" for agent in UNLISTED_BOTS)
    assert all(agent.startswith("atc/") or "(null)/(null) watchOS" in agent for agent in WATCHES)
