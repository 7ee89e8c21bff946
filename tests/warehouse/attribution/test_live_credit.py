"""Live credit: under every model what is acknowledged counts at once, to the cent, and the next build changes nothing of it."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from assets.estimates.attribution import fit_attribution

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}
MODELS = {"first_touch", "last_touch", "linear", "time_decay", "position_based"}


def worth(live: dict[tuple[Any, ...], dict[str, Any]], **kept: Any) -> Counter[tuple[str, str, str]]:
    """Revenue of rows with these values by model, basis and currency."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for key, figures in live.items():
        row = dict(key)
        if all(row[name] == value for name, value in kept.items()):
            sums[row["model"], row["basis"], row["currency"]] += figures["revenue_minor"]
    return sums


def own_model(t: Any, shape: str, version: int = 1, **parameters: Any) -> None:
    if version == 1:
        t.insert("app.attribution_models", model_id=t.show, name="Ours")
    t.insert("app.attribution_model_versions", model_id=t.show, version=version, shape=shape, **parameters)


def rate(t: Any, pair: str, value: str) -> None:
    t.insert("app.currency_rates", from_currency=pair[:3], to_currency=pair[3:], rate_date=T.date() - DAY, rate=value, run_id="t")


def test_every_models_tail_is_what_the_next_build_builds(tenant: Any, build: Callable[..., Any]) -> None:
    """Paths of built and new touches in two currencies, ties, refunds of built, new and unknown orders, what no touch explains."""
    a, b = tenant.campaign("a"), tenant.campaign("b", currency="EUR")
    tenant.placement(a)
    tenant.placement(b, vanity="/show")
    tenant.code(a, "POD")
    own_model(tenant, "time_decay", half_life_s=86_400, click_factor=3, vanity_factor=0)
    rate(tenant, "EURUSD", "1.105")
    for n in range(3):
        tenant.exposure(T - n * DAY)
        tenant.click("ab"[n % 2], T - (n + 1) * DAY, person="cleo")
    tenant.purchase(T - HOUR, order="built", total="99.99", person="ben", **HOME)
    tenant.refund(T - HOUR, order="built", total="3.33")
    tenant.purchase(T - HOUR, order="lone", total="5.00", person="hal")
    build()
    assert tenant.credited(live=True) == tenant.credited()

    tenant.click("b", T, person="cleo")
    tenant.event(None, T, anonymous_id="cleo", context={"page": {"path": "/show"}})
    tenant.purchase(T + HOUR, order="long", total="100.01", person="cleo", properties={"coupon": "pod"}, **HOME)
    tenant.purchase(T + 2 * HOUR, order="pounds", total="7.77", person="gus", context={"campaign": {"name": "b"}},
                    properties={"currency": "GBP"})  # fmt: skip
    tenant.purchase(T + 2 * HOUR, order="nobody", total="6.00", person="ida", properties={"currency": "EUR"})
    tenant.purchase(T + 2 * HOUR, order="free", total="0", person="joe", context={"campaign": {"name": "a"}})
    tenant.refund(T + 3 * HOUR, order="long", total="0.07")
    tenant.refund(T + 4 * HOUR, order="long")
    tenant.refund(T + 3 * HOUR, order="built", total="3.34")
    tenant.refund(T + 3 * HOUR, order="lone")
    tenant.refund(T + 3 * HOUR, order="never", total="1.00")
    before, live = tenant.credited(), tenant.credited(live=True)
    assert live != before
    build()
    assert tenant.credited() == live
    assert tenant.credited(live=True) == live
    assert {dict(key)["model"] for key in live} == {*MODELS, f"custom:{tenant.show}"}


def test_live_credit_sums_to_the_conversions_to_the_cent(tenant: Any, build: Callable[..., Any]) -> None:
    """Thirteen cents over seven touches, and back in two parts: each model and basis has every cent of it, once."""
    tenant.campaign("a")
    own_model(tenant, "position_based")
    tenant.click("a", T - 8 * DAY)
    tenant.purchase(T - 7 * DAY, order="first", total="0.11")
    build()
    for n in range(7):
        tenant.click("a", T - n * HOUR)
    tenant.purchase(T + HOUR, order="odd", total="0.13")
    tenant.purchase(T + HOUR, order="nobody", total="0.17", person="ida")
    every = {
        (model, basis, "USD") for model in (*MODELS, f"custom:{tenant.show}") for basis in ("conversion_date", "exposure_date")
    }
    assert worth(tenant.credited(live=True)) == dict.fromkeys(every, 41)
    tenant.refund(T + DAY, order="odd", total="0.05")
    assert worth(tenant.credited(live=True)) == dict.fromkeys(every, 36)
    tenant.refund(T + DAY, order="first")
    live = tenant.credited(live=True)
    assert worth(live) == dict.fromkeys(every, 25)
    ppb: Counter[tuple[str, str]] = Counter()
    for key, figures in live.items():
        ppb[dict(key)["model"], dict(key)["basis"]] += figures["conversions_ppb"]
    assert set(ppb.values()) == {3_000_000_000}


def test_a_model_of_after_the_build_waits_for_the_next(tenant: Any, build: Callable[..., Any]) -> None:
    """Else its figures would be those of the tail, and be read as those of all history."""
    tenant.campaign("a")
    own_model(tenant, "first")
    tenant.click("a", T - 9 * DAY)
    tenant.purchase(T - 9 * DAY, order="one")
    build()
    own_model(tenant, "last", version=2)
    other = tenant.sponsor
    tenant.insert("app.attribution_models", model_id=other, name="New")
    tenant.insert("app.attribution_model_versions", model_id=other, version=1, shape="linear")
    tenant.click("a", T)
    tenant.click("a", T + DAY)
    tenant.purchase(T + DAY, order="two", total="10.00")
    live = tenant.credited(live=True)
    assert f"custom:{other}" not in {dict(key)["model"] for key in live}
    ours = [{**dict(key), **figures} for key, figures in live.items() if dict(key)["model"] == f"custom:{tenant.show}"]
    days = {row["day"]: row["revenue_minor"] for row in ours if row["basis"] == "exposure_date"}
    assert days == {(T - 9 * DAY).date(): 10_000, T.date(): 1_000}, "by the first touch, as the build has it"


def fitted(tenant: Any, build: Callable[..., Any]) -> None:
    """Forty buy after A then B, in two currencies, sixty do not after A, thirty not after B; fitted, and built by the fit."""
    for name in ("a", "b"):
        tenant.campaign(name)
    for n in range(40):
        for name in ("a", "b"):
            tenant.click(name, T - 2 * DAY + (name == "b") * HOUR, f"both{n}")
        tenant.purchase(T - DAY, f"both{n}", f"{10 + n}.37", f"both{n}", properties={"currency": "EUR" if n < 3 else "USD"})
    for n in range(90):
        tenant.click("a" if n < 60 else "b", T - 2 * DAY, f"lost{n}")
    build()
    fit_attribution(tenant.url, "test")
    build()


def test_the_last_fit_shares_out_the_tail_as_the_next_build_does(tenant: Any, build: Callable[..., Any]) -> None:
    """New sales, in a currency that the build did not have too, a refund of a built order, and a decision on another."""
    fitted(tenant, build)
    mart = "data_driven_attribution"
    before = tenant.credited(mart=mart)
    assert tenant.credited(live=True, mart=mart) == before
    tenant.click("a", T, "new")
    tenant.purchase(T + HOUR, "new", "33.33", "new")
    tenant.purchase(T + HOUR, "other", "7.01", "both5", properties={"currency": "GBP"}, context={"campaign": {"name": "b"}})
    tenant.purchase(T + HOUR, "organic", "500.00", "nobody")
    tenant.refund(T, "both7", "0.05")
    (bad,) = tenant.execute(
        "select conversion_id from marts.attribution_conversions where tenant_id = %s and order_id = 'both9'", tenant.tenant_id
    )
    tenant.insert(
        "app.fraud_decisions", scope="conversion", verdict="fraud", conversion_id=bad["conversion_id"], reason="because",
        decided_by_name="Ada",
    )  # fmt: skip
    live = tenant.credited(live=True, mart=mart)
    assert live != before
    assert {dict(key)["fitted_at"] for key in live} == {dict(key)["fitted_at"] for key in before}
    totals = live_totals(tenant)
    for granularity in ("show", "placement"):
        for model in ("markov", "shapley"):
            sums: Counter[str] = Counter()
            for key, figures in live.items():
                row = dict(key)
                if (row["granularity"], row["model"]) == (granularity, model):
                    sums[row["currency"]] += figures["revenue_minor"]
            assert sums == totals
    build()
    assert tenant.credited(mart=mart) == live


def live_totals(tenant: Any) -> Counter[str]:
    """What the campaigns' live credit under one fixed rule comes to, by the conversions' own currency: here no rate turns any."""
    sums: Counter[str] = Counter()
    for key, figures in tenant.credited(live=True).items():
        row = dict(key)
        if row["model"] == "linear" and row["basis"] == "conversion_date" and not row["is_fraud"] and row["campaign_id"].int:
            sums[row["currency"]] += figures["revenue_minor"]
    return sums


def test_no_tenant_sees_anothers_live_credit(tenant: Any, build: Callable[..., Any]) -> None:
    tenant.campaign("a")
    build()
    tenant.click("a", T)
    tenant.purchase(T + HOUR)
    tenant.execute("insert into app.tenants (slug, name) values ('other', 'Other')")
    count = "select count(*) as n from marts.campaign_attribution_daily_live"
    with psycopg.connect(tenant.url, row_factory=dict_row, options="-c role=hostread_reader") as connection:
        for tenant_id, seen in (("", 0), ("2", 0), (str(tenant.tenant_id), 10)):
            connection.execute("select set_config('hostread.tenant_id', %s, true)", [tenant_id])
            assert connection.execute(count).fetchone() == {"n": seen}


@pytest.mark.parametrize("mart", ["campaign_attribution_daily", "data_driven_attribution"])
def test_live_and_built_columns_are_of_the_same_types(tenant: Any, build: Callable[..., Any], mart: str) -> None:
    build()
    columns = (
        "select a.attname, format_type(a.atttypid, a.atttypmod) as kind from pg_attribute as a "
        "where a.attrelid = %s::regclass and a.attnum > 0 and a.attname <> 'is_live' order by a.attnum"
    )
    assert tenant.execute(columns, f"marts.{mart}_live") == tenant.execute(columns, f"marts.{mart}")
