"""Models that a tenant makes as rows of parameters: golden weights, conservation, the daily mart, and the preview."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.auth.principals import Principal
from api.campaigns.attribution_models import ModelParameters
from api.campaigns.model_previews import PREVIEW, PreviewRequest, preview_model
from api.database import AppDatabase
from api.marts.explanation import explain_conversion
from api.marts.warehouse import Warehouse

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BILLION = 1_000_000_000
SHAPES = {
    "first": "first_touch", "last": "last_touch", "linear": "linear", "time_decay": "time_decay",
    "position_based": "position_based",
}  # fmt: skip
HOME: dict[str, Any] = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}


def model(t: Any, name: str, shape: str, version: int = 1, **parameters: Any) -> uuid.UUID:
    """A model, or its next version where the name is known."""
    known = t.execute("select model_id from app.attribution_models where tenant_id = %s and name = %s", t.tenant_id, name)
    model_id: uuid.UUID = known[0]["model_id"] if known else uuid.uuid4()
    if not known:
        t.insert("app.attribution_models", model_id=model_id, name=name)
    t.insert("app.attribution_model_versions", model_id=model_id, version=version, shape=shape, **parameters)
    return model_id


def the_five_shapes_without_a_parameter(t: Any) -> None:
    a, b = t.campaign("a"), t.campaign("b")
    assert a != b
    for count, order in ((1, "one"), (2, "two"), (3, "three"), (7, "seven")):
        for n in range(count):
            t.click("ab"[n % 2], T - n * DAY - timedelta(hours=1), person=order)
        t.purchase(T, order=order, total="10.01", person=order)
    t.purchase(T, order="none", person="nobody")
    t.refund(T + 3 * DAY, order="seven", total="0.05")
    for shape in SHAPES:
        model(t, shape, shape)


def factors_windows_and_versions(t: Any) -> None:
    a = t.campaign("a")
    t.placement(a)
    t.code(a, "POD")
    t.exposure(T - 6 * DAY)
    t.click("a", T - 2 * DAY)
    t.purchase(T, order="o", total="1.00", properties={"coupon": "POD"}, **HOME)
    t.refund(T + 20 * DAY, order="o", total="0.50")
    model(t, "double clicks", "linear", click_factor=2)
    model(t, "no exposure", "first", exposure_factor=0)
    model(t, "three days", "linear", window_s=3 * 86_400)
    model(t, "exposures of the last day", "linear", window_s=86_400, click_factor=0, code_factor=0)
    model(t, "no mid-roll", "linear", mid_roll_factor=0)
    model(t, "changed", "first")
    model(t, "changed", "last", version=2)
    model(t, "a week is half a day", "time_decay", half_life_s=2 * 86_400)
    model(t, "ends", "position_based", position_first=0.5, position_middle=0, position_last=0.5)
    t.execute("update app.attribution_models set archived_at = now() where model_id = %s", model(t, "archived", "linear"))


def a_foreign_value(t: Any) -> None:
    t.campaign("a", currency="EUR")
    for days in (3, 2, 1):
        t.click("a", T - days * DAY)
    t.purchase(T, total="10.00")
    t.insert("app.currency_rates", from_currency="USD", to_currency="EUR", rate_date=T.date(), rate=0.9, source="t", run_id="t")
    model(t, "mine", "linear")


def paths_that_differ_by_window_and_address(t: Any) -> None:
    """Clicks 45, 20, 10 and 1 days before, two campaigns in two currencies, ads heard at a household's address and at another."""
    a, b = t.campaign("a"), t.campaign("b", currency="EUR")
    t.placement(a)
    t.code(b, "POD")
    t.insert("app.currency_rates", from_currency="USD", to_currency="EUR", rate_date=T.date(), rate=0.9, source="t", run_id="t")
    for utm, days in (("b", 45), ("a", 20), ("b", 10), ("a", 1)):
        t.click(utm, T - days * DAY)
    t.exposure(T - 25 * DAY)
    t.exposure(T - 5 * DAY, ip_class="unknown")
    t.purchase(T, order="o", total="100.01", properties={"coupon": "POD"}, **HOME)
    t.refund(T + 3 * DAY, order="o", total="33.34")
    for shape in SHAPES:
        model(t, shape, shape)
    model(t, "twelve days", "linear", window_s=12 * 86_400)
    model(t, "ads alone", "linear", click_factor=0, code_factor=0)


CASES = [
    the_five_shapes_without_a_parameter, factors_windows_and_versions, a_foreign_value, paths_that_differ_by_window_and_address,
]  # fmt: skip


def weights(t: Any, name: str, refund: bool = False) -> list[tuple[str, int, int]]:
    """(kind, weight, amount) in path order."""
    rows = t.execute(
        "select k.touch_kind, k.weight_ppb, k.credited_minor from marts.attribution_custom_credits as k "
        "inner join app.attribution_models as m using (tenant_id, model_id) "
        "where tenant_id = %s and m.name = %s and (k.conversion_kind = 'refund') = %s order by k.touch_at, k.touch_kind desc",
        t.tenant_id, name, refund,
    )  # fmt: skip
    return [(row["touch_kind"], row["weight_ppb"], row["credited_minor"]) for row in rows]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_model_without_parameters_is_the_built_in_one(cases: dict[str, Any], shape: str) -> None:
    t, built_in = cases["the_five_shapes_without_a_parameter"], SHAPES[shape]
    rows = t.execute(
        f"select c.{built_in}_ppb, c.{built_in}_minor, k.weight_ppb, k.credited_minor from marts.attribution_credits as c "
        "left join (select k.* from marts.attribution_custom_credits as k "
        "inner join app.attribution_models as m using (tenant_id, model_id) where m.name = %s) as k "
        "using (tenant_id, conversion_id, touch_id) where tenant_id = %s",
        shape, t.tenant_id,
    )  # fmt: skip
    assert len(rows) == 21
    for row in rows:
        expected, amount, weight, credited = row.values()
        assert abs((weight or 0) - expected) <= (1 if shape == "time_decay" else 0) and (credited or 0) == amount


def test_factors_windows_and_versions_decide(cases: dict[str, Any]) -> None:
    t = cases["factors_windows_and_versions"]
    assert weights(t, "double clicks") == [
        ("exposure", 250_000_000, 25), ("click", 500_000_000, 50), ("code", 250_000_000, 25),
    ]  # fmt: skip
    assert weights(t, "no exposure") == [("click", BILLION, 100)]
    assert weights(t, "three days") == [("click", 500_000_000, 50), ("code", 500_000_000, 50)]
    assert weights(t, "exposures of the last day") == [("unattributed", BILLION, 100)]
    assert weights(t, "changed") == [("code", BILLION, 100)]
    assert weights(t, "ends") == [("exposure", 500_000_000, 50), ("code", 500_000_000, 50)]
    # Ages 6, 2 and 0 days at a half-life of 2: 1/8, 1/2 and 1 of 13/8.
    assert weights(t, "a week is half a day") == [
        ("exposure", 76_923_077, 8), ("click", 307_692_308, 30), ("code", 615_384_615, 62),
    ]  # fmt: skip
    assert weights(t, "archived") == []


def test_the_position_in_the_episode_counts_for_touches_of_a_placement(cases: dict[str, Any]) -> None:
    """The click and the code belong to the campaign's only placement too, a mid-roll: nothing is left."""
    assert weights(cases["factors_windows_and_versions"], "no mid-roll") == [("unattributed", BILLION, 100)]


def test_a_refund_has_its_orders_weights_and_window(cases: dict[str, Any]) -> None:
    """20 days later the click is far outside a window of 3 days, and was within it when the order came."""
    t = cases["factors_windows_and_versions"]
    assert weights(t, "three days", refund=True) == [("click", 500_000_000, -25), ("code", 500_000_000, -25)]


def test_the_daily_mart_holds_them_by_both_bases_in_the_campaigns_currency(cases: dict[str, Any]) -> None:
    rows = [row for row in cases["a_foreign_value"].rows("marts.campaign_attribution_daily") if row["model"].startswith("custom:")]
    for basis in ("conversion_date", "exposure_date"):
        mine = [row for row in rows if row["basis"] == basis]
        assert {row["currency"] for row in mine} == {"EUR"}
        assert (sum(row["conversions_ppb"] for row in mine), sum(row["revenue_minor"] for row in mine)) == (BILLION, 900)
    assert len({row["day"] for row in rows if row["basis"] == "exposure_date"}) == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_the_return_under_a_model_without_parameters_is_the_built_in_ones(cases: dict[str, Any], shape: str) -> None:
    """A model that the return forgets, or that has another spend or revenue under its own name."""
    t = cases["the_five_shapes_without_a_parameter"]
    model_id = t.execute("select model_id from app.attribution_models where tenant_id = %s and name = %s", t.tenant_id, shape)
    rows = {(row["campaign_id"], row["model"]): row for row in t.rows("marts.campaign_roi")}
    campaigns = {campaign for campaign, _ in rows}
    assert len(campaigns) == 2 and len(rows) == 2 * 2 * len(SHAPES)
    for campaign in campaigns:
        own, built_in = rows[campaign, f"custom:{model_id[0]['model_id']}"], rows[campaign, SHAPES[shape]]
        for name in ("spend_minor", "revenue_minor", "currency", "roi", "roas"):
            assert own[name] == built_in[name], name
        # Time decay may differ by one part in a billion a touch.
        assert own["conversions_ppb"] == pytest.approx(built_in["conversions_ppb"], abs=13 if shape == "time_decay" else 0)


def universes(t: Any, name: str, currency: str = "USD") -> dict[tuple[str, int], tuple[int, int]]:
    """(conversions in parts per billion, revenue) by IP classes and window, of the campaign that counts in `currency`."""
    rows = t.execute(
        "select u.ip_classes, u.window_days, u.conversions_ppb, u.revenue_minor from marts.campaign_roi_multiverse as u "
        "left join app.attribution_models as m on m.tenant_id = u.tenant_id and u.model = 'custom:' || m.model_id "
        "where u.tenant_id = %s and u.currency = %s and coalesce(m.name, u.model) = %s",
        t.tenant_id, currency, name,
    )  # fmt: skip
    return {(row["ip_classes"], row["window_days"]): (row["conversions_ppb"], row["revenue_minor"]) for row in rows}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_model_without_parameters_is_the_built_in_one_in_every_universe(cases: dict[str, Any], shape: str) -> None:
    """A model that is left out of a window, that counts a path twice, or that forgets the refund or the other currency."""
    t = cases["paths_that_differ_by_window_and_address"]
    for currency in ("USD", "EUR"):
        own, built_in = universes(t, shape, currency), universes(t, SHAPES[shape], currency)
        assert own.keys() == built_in.keys() and len(own) == 8
        for universe, (conversions, revenue) in built_in.items():
            assert own[universe] == (pytest.approx(conversions, abs=7 if shape == "time_decay" else 0), revenue), universe
    assert len(set(universes(t, "linear").values())) > 3, "universes that are all alike show nothing"


def test_a_models_own_window_narrows_a_universe_and_widens_none(cases: dict[str, Any]) -> None:
    """Twelve days leave an ad at another address, two clicks and the code of seven touches, in every universe that is wider."""
    t = cases["paths_that_differ_by_window_and_address"]
    found = universes(t, "twelve days")
    assert {found["all", days] for days in (14, 30, 60)} == {universes(t, "linear")["all", 14]}
    assert found["all", 7] == universes(t, "linear")["all", 7]
    assert found["household", 60] == universes(t, "linear")["household", 14] != found["all", 60]
    (linear,) = t.execute(
        "select lowest_roas, highest_roas from marts.campaign_roi as r inner join app.attribution_models as m "
        "on r.tenant_id = m.tenant_id and r.model = 'custom:' || m.model_id "
        "where r.tenant_id = %s and r.currency = 'USD' and m.name = 'twelve days'",
        t.tenant_id,
    )
    revenues = sorted(revenue for _, revenue in found.values())
    assert linear["lowest_roas"] < linear["highest_roas"] and revenues[0] < revenues[-1]


def test_a_touch_without_a_factor_is_in_no_universe(cases: dict[str, Any]) -> None:
    """Ads 25 and 5 days before, the later at an address that is no known household: alone within 14 days, and nowhere by grade."""
    found = universes(cases["paths_that_differ_by_window_and_address"], "ads alone")
    shares = {universe: conversions for universe, (conversions, _) in found.items()}
    assert shares == {
        **{("all", days): BILLION for days in (7, 14, 30, 60)},
        **{("household", days): BILLION if days >= 30 else 0 for days in (7, 14, 30, 60)},
    }


def test_the_preview_computes_what_the_build_did_and_sees_one_tenant(cases: dict[str, Any]) -> None:
    t = cases["factors_windows_and_versions"]
    columns = "model_id, conversion_id, touch_id, weight_ppb, credited_minor, counted_minor, counted_currency"
    with psycopg.connect(t.url, options="-c role=hostread_app") as c:
        assert c.execute("select 1 from marts.attribution_models_preview").fetchall() == []
        c.execute("select set_config('hostread.tenant_id', %s, true)", [str(t.tenant_id)])
        live = c.execute(f"select {columns} from marts.attribution_models_preview order by 1, 2, 3").fetchall()
        built = c.execute(f"select {columns} from marts.attribution_custom_credits order by 1, 2, 3").fetchall()
    assert live == built and len(built) > 20


def preview(t: Any, **asked: Any) -> Any:
    database = AppDatabase(t.url)
    try:
        with database.tenant(t.tenant_id) as c:
            request = PreviewRequest(parameters=ModelParameters(**asked), first_day=T.date(), last_day=T.date() + DAY)
            return preview_model(c, Principal(t.tenant_id, "owner", "api_key", uuid.uuid4()), request)
    finally:
        database.close()


def test_a_model_is_tried_out_beside_the_built_in_ones_and_nothing_is_kept(cases: dict[str, Any]) -> None:
    """The refund came 20 days later, out of the days asked for. The built-in models sum to the same as the one tried out."""
    t = cases["factors_windows_and_versions"]
    before = t.rows("app.attribution_models")
    said = preview(t, shape="linear", exposure_factor=0, code_factor=0)
    (row,) = said.rows
    assert {(one.model, str(one.conversions), str(one.revenue.amount)) for one in row.credit} == {
        (model, "1", "1.00") for model in (PREVIEW, *SHAPES.values())
    }
    none = preview(t, shape="linear", mid_roll_factor=0)
    assert [(one.campaign_name, str(one.credit[0].revenue.amount), str(one.credit[1].revenue.amount)) for one in none.rows] == [
        ("C", "0.00", "1.00"), ("unattributed", "1.00", "0.00"),
    ]  # fmt: skip
    assert {str(one.revenue.amount) for one in none.totals[0].credit} == {"1.00"}
    assert t.rows("app.attribution_models") == before


def test_an_explanation_shows_a_tenants_own_models_beside_the_others(cases: dict[str, Any]) -> None:
    t = cases["factors_windows_and_versions"]
    order = next(row["conversion_id"] for row in t.conversions() if row["conversion_kind"] == "purchase")
    with Warehouse(t.url) as warehouse, warehouse.tenant(t.tenant_id) as c:
        said = explain_conversion(c, order)
    clicks = {one.name: str(one.weight) for touch in said.path if touch.touch_kind == "click" for one in touch.credit}
    assert (clicks["double clicks"], clicks["no exposure"], clicks["changed"], clicks["Linear"][:5]) == ("0.5", "1", "0", "0.333")
    assert {one.name: one.version for one in said.versions.models}["changed"] == "2"
