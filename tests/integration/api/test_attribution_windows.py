"""Windows through the API: as they stand, proposed by an owner alone, refused where they cannot be, and nobody else's."""

from typing import Any

import pytest

PATH = "/v1/attribution-settings"


def proposed(account: Any, **windows: Any) -> dict[str, Any]:
    answer = account.http.post(f"{PATH}/proposals", json={"reason": "to see", **windows})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/proposals/{found['proposal_id']}"
    return found


def test_a_proposal_keeps_what_it_does_not_name_and_decides_nothing_by_itself(account: Any) -> None:
    standing = account.http.get(PATH).json()
    made = proposed(account, click_window_s=604_800, by_kind={"lead": {"exposure_window_s": 86_400}, "signup": {}})
    assert made["before"] == standing and made["status"] == "pending"
    assert made["after"] == standing | {
        "click_window_s": 604_800,
        "by_kind": {
            "lead": {"exposure_window_s": 86_400, "click_window_s": None, "vanity_window_s": None, "code_grace_days": None}
        },
    }
    one = f"{PATH}/proposals/{made['proposal_id']}"
    assert account.http.get(one).json()["rows"] == []
    assert account.http.post(f"{one}/publish").status_code == 409, "its difference has not been computed"
    assert account.http.post(f"{PATH}/proposals", json={"click_window_s": 3_600, "reason": "too"}).status_code == 409
    assert account.http.post(f"{one}/discard").json()["status"] == "discarded"
    assert account.http.post(f"{one}/discard").status_code == 409
    assert account.http.get(PATH).json() == standing
    again = proposed(account, click_window_s=3_600)
    page = account.http.get(f"{PATH}/proposals", params={"limit": 1}).json()
    assert [item["proposal_id"] for item in page["items"]] == [again["proposal_id"]]
    older = account.http.get(f"{PATH}/proposals", params={"limit": 1, "after": page["next_cursor"]}).json()
    assert [item["proposal_id"] for item in older["items"]] == [made["proposal_id"]]


@pytest.mark.parametrize(
    "entry",
    [
        {"reason": "nothing"}, {"click_window_s": 60, "reason": "short"}, {"exposure_window_s": 5_184_001, "reason": "long"},
        {"click_window_s": 3_600}, {"by_kind": {"refund": {"click_window_s": 3_600}}, "reason": "kind"},
        {"by_kind": {"lead": {"click_window_s": 1}}, "reason": "short"}, {"code_grace_days": 366, "reason": "long"},
        {"by_kind": {"lead": {"survey_window_s": 3_600}}, "reason": "unknown"},
    ],
    ids=str,
)  # fmt: skip
def test_windows_that_cannot_be_are_refused(account: Any, entry: dict[str, Any]) -> None:
    answer = account.http.post(f"{PATH}/proposals", json=entry)
    assert answer.status_code == 422, answer.text
    assert account.http.get(f"{PATH}/proposals").json()["items"] == []


def test_another_account_neither_sees_nor_decides(account: Any, stranger: Any) -> None:
    made = proposed(stranger, click_window_s=3_600)
    one = f"{PATH}/proposals/{made['proposal_id']}"
    assert account.http.get(f"{PATH}/proposals").json()["items"] == []
    assert [account.http.get(one).status_code] + [
        account.http.post(f"{one}/{decision}").status_code for decision in ("publish", "discard")
    ] == [404, 404, 404]
    assert stranger.http.get(one).json()["status"] == "pending"
    proposed(account, click_window_s=3_600)
