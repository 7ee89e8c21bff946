"""The guide of the first page, from what an account has. Faults it would catch: a step that is ticked before it was taken or not
ticked after, a guide that outlives its use, a list put away for everybody, a sponsor led through the network's set-up."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

STEP = re.compile(r'data-step="(\w+)" class="is-(\w+)"')


@pytest.fixture
def owner(base_url: str, tools: Any) -> Iterator[httpx.Client]:
    """A browser whose person has just registered an account with nothing in it."""
    with httpx.Client(base_url=base_url, follow_redirects=True, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {tools.register(client, 'fresh')['api_key']['key']}"
        entry = {"email": "owner@fresh.com", "password": tools.PASSWORD}
        assert client.post("/v1/sessions", json=entry).status_code in (200, 201)
        yield client


def steps(client: httpx.Client) -> dict[str, str]:
    """Each step of the first page and how it stands; none where the guide is not there. The page goes by the cookie."""
    page = client.get("/")
    assert page.status_code == 200
    return dict(STEP.findall(page.text))


def event(url: str, site: dict[str, Any]) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into raw.collector_events (tenant_id, site_id, received_at, message_id, kind, body_sha256, run_id) "
            "select tenant_id, site_id, now(), 'm1', 'page', %s, 'test' from app.sites where site_id = %s",
            [b"0" * 32, site["site_id"]],
        )


def test_each_step_is_ticked_by_what_is_there(owner: httpx.Client, database_url: str, published: str, tools: Any) -> None:
    left = ["sponsor", "show", "campaign", "site", "event", "report"]

    def taken(*names: str) -> None:
        for name in names:
            left.remove(name)
        found = steps(owner)
        assert [name for name, how in found.items() if how == "waiting" or how == "next"] == left
        assert [name for name, how in found.items() if how == "next"] == left[:1]

    taken()
    sponsor = owner.post("/v1/sponsors", json={"name": "Halden Tea", "margin_rate": "0.5"}).json()
    taken("sponsor")
    show = owner.post("/v1/shows", json={"title": "Steam", "feed_url": "https://feeds.example/steam.xml"}).json()
    taken("show")
    campaign = owner.post("/v1/campaigns", json=tools.campaign_entry(sponsor["sponsor_id"], show["show_id"])).json()
    taken("campaign")
    assert 'data-next-step="site"' in owner.get(f"/campaigns/{campaign['campaign_id']}").text
    site = owner.post("/v1/sites", json={"sponsor_id": sponsor["sponsor_id"], "name": "Shop", "domain": "shop.example"}).json()
    taken("site")
    # The site's page is where its first event is waited for: it leads on once that has come.
    assert "data-next-step" not in owner.get(f"/sites/{site['site_id']}").text
    event(database_url, site)
    taken("event")
    assert 'data-next-step="report"' in owner.get(f"/sites/{site['site_id']}/arrivals").text
    owner.post("/v1/reports", json={"campaign_id": campaign["campaign_id"]})
    taken()
    with psycopg.connect(database_url) as connection:
        connection.execute("update app.reports set status = 'succeeded', finished_at = now()")
    assert steps(owner) == {}
    assert "data-next-step" not in owner.get(f"/campaigns/{campaign['campaign_id']}").text


def test_another_accounts_things_tick_nothing(owner: httpx.Client, account: Any, database_url: str, published: str) -> None:
    event(database_url, account.site)
    assert set(steps(owner).values()) == {"next", "waiting"}


def test_a_member_puts_it_away_and_brings_it_back(owner: httpx.Client, database_url: str, published: str) -> None:
    token = owner.get("/v1/me", headers={"Authorization": ""}).json()["csrf_token"]
    assert "Show the first steps again" not in owner.get("/settings").text
    assert owner.post("/first-steps", data={"is_hidden": "yes"}).status_code == 403, "a form without its token"
    assert owner.post("/first-steps", data={"is_hidden": "yes", "csrf_token": token}).status_code == 200
    assert steps(owner) == {}
    assert "Show the first steps again" in owner.get("/settings").text
    with psycopg.connect(database_url) as connection:
        hidden = connection.execute(
            "select count(*) filter (where guide_hidden_at is not null), count(*) from app.users"
        ).fetchone()
        said = connection.execute("select action from app.audit_log where action like '%first_steps'").fetchall()
    assert hidden == (1, 1) and said == [("hide_first_steps",)]
    owner.post("/first-steps", data={"is_hidden": "no", "csrf_token": token})
    assert steps(owner)


def test_a_sponsor_is_not_led_through_the_networks_set_up(owner: httpx.Client, database_url: str, published: str) -> None:
    sponsor = owner.post("/v1/sponsors", json={"name": "Halden Tea", "margin_rate": "0.5"}).json()
    with psycopg.connect(database_url) as connection:
        connection.execute("update app.users set role = 'sponsor', sponsor_id = %s", [sponsor["sponsor_id"]])
    assert steps(owner) == {}


def test_an_unconfirmed_address_waits_beside_the_path(serve: Any, database_url: str, published: str, tools: Any) -> None:
    """Where mail is sent the first line says where the link is; the next step is the sponsor all the same."""
    url = serve(tools.settings_for(database_url, smtp_url="smtp://127.0.0.1:1"))
    with httpx.Client(base_url=url, follow_redirects=True, timeout=60) as client:
        tools.register(client, "fresh")
        assert client.post("/v1/sessions", json={"email": "owner@fresh.com", "password": tools.PASSWORD}).status_code in (200, 201)
        assert list(steps(client).items())[:2] == [("confirm", "waiting"), ("sponsor", "next")]
        assert "Open the link in our mail to owner@fresh.com." in client.get("/").text
        with psycopg.connect(database_url) as connection:
            connection.execute("update app.logins set verified_at = now()")
        assert steps(client)["confirm"] == "done"
