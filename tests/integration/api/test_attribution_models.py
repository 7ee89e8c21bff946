"""A tenant's own attribution models through the API: made, changed as a new version, archived, and refused where they cannot be."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from orchestration.method import live_statement, record_statement, to_markdown

ENTRY = {"name": "Clicks count double", "shape": "linear", "click_factor": "2"}
PATH = "/v1/attribution-models"


def made(account: Any, **changes: Any) -> dict[str, Any]:
    answer = account.http.post(PATH, json=ENTRY | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{found['model_id']}"
    return found


def test_a_change_is_a_new_version_and_the_old_one_stays(account: Any) -> None:
    model = made(account)
    assert model["model"] == f"custom:{model['model_id']}" and model["newest"]["version"] == 1
    changed = account.http.post(f"{PATH}/{model['model_id']}/versions", json={"shape": "time_decay", "half_life_s": 86_400})
    assert changed.status_code == 201, changed.text
    body = account.http.get(f"{PATH}/{model['model_id']}").json()
    assert [(one["version"], one["shape"], one["click_factor"]) for one in body["versions"]] == [
        (2, "time_decay", "1.000000"), (1, "linear", "2.000000"),
    ]  # fmt: skip
    assert account.http.get(PATH).json()["items"][0]["newest"]["version"] == 2


def test_an_archived_model_is_listed_apart_and_its_name_is_free(account: Any) -> None:
    model = made(account)
    assert account.http.post(PATH, json=ENTRY).status_code == 409
    for _ in range(2):
        assert account.http.post(f"{PATH}/{model['model_id']}/archive").json()["archived_at"] is not None
    assert account.http.get(PATH).json()["items"] == []
    assert [one["model_id"] for one in account.http.get(f"{PATH}?with_archived=true").json()["items"]] == [model["model_id"]]
    assert account.http.post(f"{PATH}/{model['model_id']}/versions", json={"shape": "first"}).status_code == 409
    assert made(account)["model_id"] != model["model_id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": "markov"}, {"position_first": "0.5"}, {"half_life_s": 0}, {"window_s": 60}, {"click_factor": "-1"},
        {"click_factor": 0, "vanity_factor": 0, "code_factor": 0, "exposure_factor": 0}, {"code": "select 1"}, {"name": " "},
        {"name": "a\x00b"}, {"click_factor": "NaN"},
    ],
    ids=str,
)  # fmt: skip
def test_parameters_that_cannot_credit_are_refused(account: Any, changes: dict[str, Any]) -> None:
    answer = account.http.post(PATH, json=ENTRY | changes)
    assert answer.status_code == 422, answer.text
    assert account.http.get(PATH).json()["items"] == []


def test_a_tenant_has_twenty_models_at_most(account: Any) -> None:
    for n in range(20):
        made(account, name=f"model {n}")
    answer = account.http.post(PATH, json=ENTRY)
    assert answer.status_code == 409 and "20 models" in answer.json()["detail"]


def test_another_tenants_model_is_not_there(account: Any, stranger: Any) -> None:
    theirs = made(stranger)
    for method, path in (("GET", ""), ("POST", "/archive"), ("POST", "/versions")):
        body = {"shape": "first"} if path == "/versions" else None
        foreign = account.http.request(method, f"{PATH}/{theirs['model_id']}{path}", json=body)
        absent = account.http.request(method, f"{PATH}/{uuid4()}{path}", json=body)
        assert foreign.status_code == absent.status_code == 404, (method, path)
    assert account.http.get(PATH).json()["items"] == [] and stranger.http.get(f"{PATH}/{theirs['model_id']}").status_code == 200


def test_a_preview_before_the_first_build_says_so_and_saves_nothing(account: Any) -> None:
    answer = account.http.post("/v1/attribution-model-previews", json={"parameters": {"shape": "linear"}})
    assert answer.status_code == 503 and "published" in answer.json()["detail"]
    wrong = account.http.post(
        "/v1/attribution-model-previews",
        json={"parameters": {"shape": "linear"}, "first_day": "2026-05-02", "last_day": "2026-05-01"},
    )
    assert wrong.status_code == 422
    assert account.http.get(f"{PATH}?with_archived=true").json()["items"] == []


def test_every_statement_of_method_names_the_version_that_is_built(
    account: Any, stranger: Any, published: str, database_url: str, tools: SimpleNamespace
) -> None:
    """The newest version beside figures of the one before would explain them wrongly; one that no build has explains none."""
    record_statement(database_url)
    made(account, name="not built yet")
    model = made(account, shape="time_decay", half_life_s=86_400, window_s=172_800, mid_roll_factor="0.5")
    tools.insert(
        database_url, "marts.attribution_custom_credits", tenant_id=account.tenant_id, model_id=model["model_id"], version=1
    )
    account.http.post(f"{PATH}/{model['model_id']}/versions", json={"shape": "first"})
    (stated,) = account.http.get("/v1/method").json()["own_models"]
    assert (stated["model_id"], stated["version"]) == (model["model_id"], 1)
    assert stated["parameters"] == {
        "shape": "time_decay", "half_life_s": "86400", "window_s": "172800", "click_factor": "2", "mid_roll_factor": "0.5",
    }  # fmt: skip
    assert stranger.http.get("/v1/method").json()["own_models"] == []
    with httpx.Client(base_url=account.http.base_url, follow_redirects=True) as browser:
        browser.post("/v1/sessions", json={"email": account.email, "password": tools.PASSWORD})
        page = browser.get("/method")
    assert page.status_code == 200 and page.text.count("Clicks count double") == 1 and "half_life_s</code> = 86400" in page.text
    with psycopg.connect(database_url) as c:
        slugs = {
            one.tenant_id: str(row[0])
            for one in (account, stranger)
            if (row := c.execute("select slug from app.tenants where tenant_id = %s", [one.tenant_id]).fetchone())
        }
    said = to_markdown(live_statement(database_url, slugs[account.tenant_id]))
    assert f"| Clicks count double | `custom:{model['model_id']}` | version 1: shape = time_decay, half_life_s = 86400" in said
    assert "not built yet" not in said
    assert "custom:" not in to_markdown(live_statement(database_url, slugs[stranger.tenant_id]))
