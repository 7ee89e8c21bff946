"""The collector with the rules of counting, which the API may not import: `granian … orchestration.collector:create_app`."""

from fastapi import FastAPI

from api.collector.app import create_app as create_collector
from api.collector.judging import Agents, RequestRules
from assets.hosting.counting.byte_range import parse_range
from assets.hosting.counting.user_agent import make_classifier
from assets.hosting.counting.watch import is_watch
from assets.hosting.lists import newest_agent_lists
from assets.lib.media import media_key, without_prefixes
from assets.lib.warehouse import connect


def create_app() -> FastAPI:
    """The collector with its prefix route; what judges a prefix request is what judges a logged one."""
    rules = RequestRules(
        media_key=media_key, strip_prefixes=without_prefixes, parse_range=parse_range, is_watch=is_watch, load_agents=load_agents
    )
    return create_collector(rules=rules)


def load_agents(database_url: str, version: str | None) -> Agents | None:
    """The newest user-agent lists, or None where they are of that version."""
    with connect(database_url, "collector") as connection:
        lists = newest_agent_lists(connection)
    return None if lists.version == version else Agents(lists.version, make_classifier(lists))
