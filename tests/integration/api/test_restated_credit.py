"""A campaign's restated credit through the API and on its page: the newest first, by pages, and nobody else's."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest


def restate(url: str, account: Any, model: str, before: int, after: int, cause: str = "setting") -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into ops.restatement (tenant_id, campaign_id, day, model, currency, conversions_ppb_before, "
            "conversions_ppb_after, revenue_minor_before, revenue_minor_after, cause, build_id) "
            "values (%s, %s, '2026-03-02', %s, 'USD', %s, %s, 1000, 500, %s, %s)",
            [account.tenant_id, account.campaign_id, model, before, after, cause, uuid4()],
        )


@pytest.fixture
def path(account: Any, stranger: Any, published: str, database_url: str) -> str:
    assert published
    restate(database_url, account, "last_touch", 2_000_000_000, 1_500_000_000)
    restate(database_url, account, "linear", 1_000_000_000, 0, cause="refund")
    restate(database_url, stranger, "last_touch", 9_000_000_000, 8_000_000_000)
    return f"/v1/campaigns/{account.campaign_id}/restatements"


def test_restated_credit_says_before_after_cause_and_build_the_newest_first(account: Any, stranger: Any, path: str) -> None:
    newest, oldest = account.http.get(path).json()["items"]
    assert (newest["model"], newest["name"], newest["cause"]) == ("linear", "Linear", "refund")
    assert (float(oldest["conversions_before"]), float(oldest["conversions_after"])) == (2, 1.5)
    assert [oldest[f"revenue_{side}"]["amount"] for side in ("before", "after")] == ["10.00", "5.00"]
    assert [one["model"] for one in account.http.get(f"{path}?model=last_touch").json()["items"]] == ["last_touch"]
    assert stranger.http.get(path).status_code == 404


def test_pages_of_restated_credit_hold_each_figure_once(account: Any, path: str) -> None:
    first = account.http.get(f"{path}?limit=1").json()
    second = account.http.get(f"{path}?limit=1&after={first['next_cursor']}").json()
    assert [one["model"] for one in first["items"] + second["items"]] == ["linear", "last_touch"]
    assert account.http.get(f"{path}?limit=1&after={second['next_cursor']}").json() == {"items": [], "next_cursor": None}
