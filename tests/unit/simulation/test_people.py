"""Who is who in the truth: what matching is judged by."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

Truth = Callable[[Path, str], list[dict[str, Any]]]


def test_no_two_people_share_a_browser(network: Path, truth: Truth) -> None:
    """Once buyers who never listen were numbered like those who do: two strangers had one anonymous id and one login."""
    person_of = {row["order_id"]: row["person"] for row in truth(network, "orders")}
    people: defaultdict[str, set[str]] = defaultdict(set)
    for line in (network / "events.part").read_text("utf-8").splitlines():
        body = json.loads(line.split("\t", 1)[1])["body"]
        order = body.get("properties", {}).get("order_id")
        if body.get("event") == "Order Completed" and order in person_of:
            people[body["anonymousId"]].add(person_of[order])
    assert len(people) > 100
    assert all(len(who) == 1 for who in people.values())


def test_every_buyer_and_every_listener_has_one_household(tiny: Path, truth: Truth) -> None:
    people = truth(tiny, "people")
    homes = {(row["tenant"], row["person"]): row["household"] for row in people}
    assert len(homes) == len(people)
    named = {(row["tenant"], row["person"]) for row in truth(tiny, "orders")}
    # Programs and servers have a colon in their name, and no home.
    named |= {(row["tenant"], row["person"]) for row in truth(tiny, "requests") if ":" not in row["person"]}
    assert named <= homes.keys()
    assert 1 < len(set(homes.values())) < len(homes)


def test_a_landing_by_an_ad_names_the_ad(tiny: Path, truth: Truth) -> None:
    """A link followed or a path typed is in the truth with its message, and each message that came by a campaign's link is one."""
    followed = {row["message_id"]: row for row in truth(tiny, "visits")}
    campaigns = {
        campaign["utm_campaign"]: campaign["campaign_id"]
        for tenant in json.loads((tiny / "app.json").read_text("utf-8"))["tenants"]
        for campaign in tenant["campaigns"]
    }
    seen = 0
    for text in (tiny / "events.jsonl").read_text("utf-8").splitlines():
        body = json.loads(text)["body"]
        named = body.get("context", {}).get("campaign", {}).get("name")
        if named in campaigns:
            seen += 1
            row = followed[body["messageId"]]
            assert (row["way"], row["campaign_id"], row["is_delivered"]) == ("click", campaigns[named], "1")
    assert seen > 5
    assert {row["way"] for row in followed.values()} == {"click", "vanity"}
