"""Windows by kind of evidence and of conversion; others are computed beside the published build, then published or discarded."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.principals import Principal
from api.campaigns.attribution_windows import WindowsProposal, discard, get_windows, propose, publish
from api.campaigns.window_previews import ProposalDetail, preview_windows
from api.database import AppDatabase
from api.errors import Problem
from orchestration.proposals import compute_proposals, is_proposal_waiting

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HOME: dict[str, Any] = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}
MARTS = ("attribution_credits", "attribution_credits_converted", "attribution_custom_credits", "campaign_attribution_daily")
BILLION = 1_000_000_000


@pytest.fixture
def app(database_url: str) -> Iterator[AppDatabase]:
    database = AppDatabase(database_url, max_size=1)
    yield database
    database.close()


def owner(tenant: Any) -> Principal:
    return Principal(tenant.tenant_id, "owner", "user", uuid.uuid4(), display_name="Olga")


def marts(tenant: Any) -> dict[str, list[str]]:
    return {name: sorted(str(row) for row in tenant.rows(f"marts.{name}")) for name in MARTS}


def published(tenant: Any) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Credited conversions and revenue of each campaign, currency and model, as the mart has them."""
    rows = tenant.execute(
        "select campaign_id, currency, model, sum(conversions_ppb)::bigint as ppb, sum(revenue_minor)::bigint as minor "
        "from marts.campaign_attribution_daily where tenant_id = %s and basis = 'conversion_date' and not is_fraud "
        "group by campaign_id, currency, model",
        tenant.tenant_id,
    )
    return {(str(row["campaign_id"]), row["currency"], row["model"]): (row["ppb"], row["minor"]) for row in rows}


def previewed(detail: ProposalDetail, side: str) -> dict[tuple[str, str, str], tuple[int, int]]:
    said = {
        (str(row.campaign_id or uuid.UUID(int=0)), row.currency, one.model): (
            int(getattr(one, f"conversions_{side}") * BILLION), int(getattr(one, f"revenue_{side}").amount * 100),
        )
        for row in detail.rows
        for one in row.credit
    }  # fmt: skip
    return {key: value for key, value in said.items() if value != (0, 0)}


def write(tenant: Any) -> dict[str, str]:
    """Two campaigns: an exposure of ten days before, clicks of three and of eight days, a code that ended, and a lead."""
    a, b, leads = tenant.campaign("a"), tenant.campaign("b"), tenant.campaign("l", goal="lead")
    tenant.placement(a)
    tenant.code(a, "OLD", ("2026-05-01", "2026-05-31"))
    tenant.exposure(T - 10 * DAY)
    tenant.click("b", T - 3 * DAY)
    tenant.purchase(T, order="both", total="100.01", **HOME)
    tenant.refund(T + DAY, order="both", total="10.00")
    tenant.click("b", T - 8 * DAY, person="ben")
    tenant.purchase(T, order="late click", total="50.00", person="ben")
    tenant.purchase(T, order="old code", total="30.00", person="cleo", properties={"coupon": "OLD"})
    tenant.click("l", T - 8 * DAY, person="dora")
    tenant.event("Lead Generated", T, anonymous_id="dora", properties={"value": "5.00"})
    model = uuid.uuid4()
    tenant.insert("app.attribution_models", model_id=model, name="even")
    tenant.insert("app.attribution_model_versions", model_id=model, version=1, shape="linear")
    return {"a": str(a), "b": str(b), "l": str(leads), "none": str(uuid.UUID(int=0)), "even": f"custom:{model}"}


def test_a_proposal_is_computed_beside_the_build_and_publishing_it_gives_what_it_showed_to_the_cent(
    tenant: Any, app: AppDatabase, build: Callable[..., Any], database_url: str, dbt_targets: Callable[[str], Path]
) -> None:
    other = type(tenant)(database_url, "other").create()
    names, _ = write(tenant), write(other)
    target = dbt_targets(database_url)

    def proposed(**windows: Any) -> ProposalDetail:
        with app.tenant(tenant.tenant_id) as c:
            made = propose(c, owner(tenant), WindowsProposal(reason="to see", **windows))
            assert made.status == "pending"
        assert is_proposal_waiting(database_url)
        assert compute_proposals(database_url, "test", target) == 1
        assert not is_proposal_waiting(database_url)
        with app.tenant(tenant.tenant_id) as c:
            return preview_windows(c, made.proposal_id)

    build()
    before, stood, elsewhere = published(tenant), marts(tenant), marts(other)
    # By hand: the exposure came first and the code alone; of 100.01 and its refund of 10.00 the two touches have halves.
    assert before[names["a"], "USD", "first_touch"] == (2 * BILLION, 9001 + 3000)
    assert before[names["b"], "USD", "linear"] == (BILLION + BILLION // 2, 5000 - 500 + 5000)

    detail = proposed(exposure_window_s=9 * 86_400, click_window_s=7 * 86_400, vanity_window_s=7 * 86_400, code_grace_days=10)
    assert (detail.status, detail.fault, detail.created_by) == ("computed", None, "Olga")
    assert previewed(detail, "before") == before
    after = previewed(detail, "after")
    # The exposure, the old click, the ended code and the lead's click are out: all that is left is the click of three days before.
    for model in ("first_touch", "last_touch", "linear", "time_decay", "position_based", names["even"]):
        assert {key[0]: value for key, value in after.items() if key[2] == model} == {
            names["b"]: (BILLION, 9001), names["none"]: (3 * BILLION, 5000 + 3000 + 500),
        }  # fmt: skip
    (total,) = detail.totals
    assert {(one.conversions_difference, one.revenue_difference.amount) for one in total.credit} == {(0, 0)}
    assert {one.conversions_before for one in total.credit} == {4}
    with app.tenant(tenant.tenant_id) as c:
        assert discard(c, owner(tenant), detail.proposal_id).status == "discarded"
        with pytest.raises(Problem, match="expected it computed"):
            publish(c, owner(tenant), detail.proposal_id)
    build()
    assert (marts(tenant), marts(other)) == (stood, elsewhere)
    assert tenant.rows("ops.restatement") == []

    # By kind: leads keep a week of clicks, and everything else of the account stands.
    detail = proposed(by_kind={"lead": {"click_window_s": 7 * 86_400}, "purchase": {"code_grace_days": 5}})
    after = previewed(detail, "after")
    moved = {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert moved == {names["a"], names["l"], names["none"]}
    assert after[names["a"], "USD", "linear"] == (BILLION // 2, 5001 - 500)
    with app.tenant(tenant.tenant_id) as c:
        assert publish(c, owner(tenant), detail.proposal_id).decided_by == "Olga"
        assert get_windows(c).by_kind["lead"].click_window_s == 7 * 86_400
    build()
    assert published(tenant) == after
    assert marts(other) == elsewhere
    restated = tenant.rows("ops.restatement")
    assert {row["cause"] for row in restated} == {"setting"}
    assert {str(row["campaign_id"]) for row in restated} == moved
    assert other.rows("ops.restatement") == []
    audit = tenant.execute("select action from app.audit_log where subject_kind = 'attribution_windows' order by audit_id")
    assert [row["action"] for row in audit] == ["propose", "discard", "propose", "publish"]


def test_a_proposal_of_what_stands_and_a_second_open_one_are_refused(tenant: Any, app: AppDatabase) -> None:
    with app.tenant(tenant.tenant_id) as c, pytest.raises(Problem, match="nothing to propose"):
        propose(c, owner(tenant), WindowsProposal(click_window_s=2_592_000, reason="the same"))
    with app.tenant(tenant.tenant_id) as c:
        propose(c, owner(tenant), WindowsProposal(click_window_s=3_600, reason="an hour"))
    with app.tenant(tenant.tenant_id) as c, pytest.raises(Problem, match="publish or discard"):
        propose(c, owner(tenant), WindowsProposal(click_window_s=7_200, reason="two hours"))
