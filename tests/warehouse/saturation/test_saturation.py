"""Two years of simulated books, built, fitted and judged: what is said holds beside the truth, and every build says it anew."""

import csv
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import numpy as np
import psycopg
import pytest

from assets.campaigns.imports import import_file
from assets.delivery.saturation_alerts import refresh_verdicts
from assets.estimates.published import NothingPublishedError
from assets.estimates.saturation.shapes import VERDICTS, Curve, Settings
from assets.estimates.saturation.verdicts import judge_curve
from assets.estimates.saturation_assets import saturation_fits
from assets.estimates.saturation_due import is_first_saturation_due
from assets.estimates.saturation_fits import fit_saturation
from assets.estimates.saturation_lifts import read_studies
from assets.lib.warehouse import WarehouseUrl
from orchestration.dbt_command import prepare_manifest
from orchestration.mart_tables import apply_marts, read_marts
from simulation.spend import write_spend

TODAY = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
DAY = TODAY.date()
LAST_DAY = (DAY - date(1970, 1, 1)).days - 1
MODELS = ("+campaign_lift", "+saturation_weeks", "+saturation_curves", "+budget_advice")
MARTS = ("saturation_weeks", "saturation_curves", "budget_advice", "campaign_delivery_daily", "campaign_lift")
SETTINGS = Settings()
# What a conversion of each sponsor is worth: with the first one spend pays, with the second it does not.
BASKETS = (40_000, 9_000)
KEY = ("show_id", "basis", "currency")


class World:
    """One warehouse with a network whose books have eight channels of known truth."""

    def __init__(self, warehouse: Any, folder: Path) -> None:
        self.warehouse, self.url = warehouse, warehouse.url
        self.tenant = warehouse.add_tenant()
        warehouse.rows("update app.tenants set currency = 'USD' where tenant_id = %s returning 1", self.tenant)
        # The world is made of the ids: other ones would be another world.
        self.sponsors = [self.add_sponsor(self.tenant, f"sponsor {n}", sponsor_id=uuid.UUID(int=100 + n)) for n in range(2)]
        shows = [SimpleNamespace(show_id=str(self.add_show(uuid.UUID(int=200 + n)))) for n in range(4)]
        sponsors = [
            SimpleNamespace(sponsor_id=str(one), currency="USD", basket_minor=basket)
            for one, basket in zip(self.sponsors, BASKETS, strict=True)
        ]
        path = folder / "spend.csv"
        truth: Any = write_spend(path, "network", 7, 104, LAST_DAY, sponsors, shows)  # type: ignore[arg-type]  # what it reads of them
        self.truth = {(uuid.UUID(row[1]), uuid.UUID(row[2])): row[3:] for row in truth}
        import_file(self.url, "spend", self.tenant, path, "test")
        self.books = list(csv.DictReader(path.open(encoding="utf-8")))

    def add_sponsor(self, tenant: int, name: str, margin: str = "1", sponsor_id: uuid.UUID | None = None) -> uuid.UUID:
        made = sponsor_id or uuid.uuid4()
        row = {"sponsor_id": made, "tenant_id": tenant, "name": name, "margin_rate": margin}
        self.warehouse.insert("app.sponsors", [row])
        return made

    def add_show(self, show_id: uuid.UUID) -> uuid.UUID:
        row = {"show_id": show_id, "tenant_id": self.tenant, "title": "Show", "feed_url": f"http://feeds.test/{show_id}.xml"}
        self.warehouse.insert("app.shows", [row])
        return show_id

    def book(self, tenant: int, sponsor: uuid.UUID, show: uuid.UUID, first: date, days: list[tuple[int, int]], **more: Any) -> None:
        """Days of (spend, revenue) in minor units from `first`."""
        self.warehouse.insert("raw.campaigns_spend", [
            {
                "tenant_id": tenant, "sponsor_id": sponsor, "show_id": show, "spend_date": first + timedelta(days=number),
                "content_sha256": uuid.uuid4().bytes * 2, "currency": "USD", "spend_minor": spend, "ads_delivered": 1,
                "conversion_count": 1, "revenue_minor": revenue, "run_id": "test", **more,
            }
            for number, (spend, revenue) in enumerate(days)
        ])  # fmt: skip

    def build(self, as_of: datetime = TODAY) -> None:
        """The models of saturation, and their marts published."""
        self.warehouse.build(select=MODELS, variables={"build_as_of": as_of.isoformat()})
        marts = [mart for mart in read_marts(prepare_manifest()) if mart.name in MARTS]
        with psycopg.connect(self.url, options="-c role=hostread_transform") as connection:
            apply_marts(connection, marts)

    def fit(self, day: date = DAY) -> Any:
        return fit_saturation(self.url, day, "test", SETTINGS)

    def read(self, table: str, tenant: int | None = None, where: str = "true") -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            query = f"select * from {table} where tenant_id = %s and {where} order by 2, 3, 4, 5, 6"
            return connection.execute(query.encode(), [tenant or self.tenant]).fetchall()


@pytest.fixture(scope="module")
def world(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(warehouse, tmp_path_factory.mktemp("books"))
    with pytest.raises(NothingPublishedError):
        made.fit()
    made.build()
    made.first = made.read("marts.saturation_curves")  # type: ignore[attr-defined]
    made.was_due = [is_first_saturation_due(warehouse.url)]  # type: ignore[attr-defined]
    made.done = made.fit()  # type: ignore[attr-defined]
    made.was_due.append(is_first_saturation_due(warehouse.url))  # type: ignore[attr-defined]
    made.build()
    yield made


def true_return(truth: Any, spend: float, basket: float) -> float:
    """Revenue of the next unit of constant weekly spend, by the curve that made the books."""
    most, half, shape = truth[:3]
    ratio = (spend / half) ** shape
    return float(most * basket * shape / spend * ratio / (1 + ratio) ** 2)


def test_before_the_first_fit_a_channel_says_that(world: Any) -> None:
    assert len(world.first) == 8
    for row in world.first:
        assert (row["window_name"], row["verdict"], row["curve_spend"]) == ("stacked", "not_identifiable", None)
        assert "not fitted yet" in row["reason"]
    assert world.was_due == [True, False], "the first fit is asked for once"


def test_weeks_hold_all_of_the_books_and_are_whole_between_their_ends(world: Any) -> None:
    """A lost day, or a week counted twice, would bend every curve."""
    rows = world.read("marts.saturation_weeks")
    assert sum(row["spend_minor"] for row in rows) == sum(round(float(day["spend"]) * 100) for day in world.books)
    assert sum(row["revenue_minor"] for row in rows) == sum(round(float(day["revenue"]) * 100) for day in world.books)
    assert {row["day_count"] for row in rows} == {7}
    assert len(rows) == 8 * 104


def test_what_is_said_does_not_contradict_the_truth(world: Any) -> None:
    """Saturated where the next dollar truly pays, unsaturated where it truly brings little, or anything of constant spend."""
    rows = world.read("marts.saturation_curves", where="window_name = 'stacked'")
    assert len(rows) == 8
    said = []
    for row in rows:
        truth, basket = world.truth[row["sponsor_id"], row["show_id"]], BASKETS[world.sponsors.index(row["sponsor_id"])]
        said.append(row["verdict"])
        # Every fourth channel spends the same each week.
        if row["level_count"] < 20:
            assert row["verdict"] == "not_identifiable" and row["marginal_return"] is None
            continue
        returned = true_return(truth, row["spend_minor"], basket)
        initial = max(true_return(truth, truth[1] * part / 50, basket) for part in range(1, 100))
        known = (row["verdict"], row["reason"], returned, initial)
        assert row["marginal_return"] == pytest.approx(returned, rel=0.3), known
        assert row["verdict"] != "saturated" or returned < 1, known
        assert row["verdict"] != "saturating" or returned > 0.8, known
        assert row["verdict"] != "unsaturated" or returned > 0.5 * initial, known
    assert sum(verdict == "not_identifiable" for verdict in said) == 2, said
    assert set(said) == set(VERDICTS), said


def test_each_window_has_its_curve_and_the_stack_its_weights(world: Any) -> None:
    by_channel: dict[Any, list[dict[str, Any]]] = {}
    for row in world.read("marts.saturation_curves", where="curve_spend is not null"):
        by_channel.setdefault((row["sponsor_id"], row["show_id"]), []).append(row)
    assert len(by_channel) == 6
    for rows in by_channel.values():
        assert {row["window_name"] for row in rows} == {"13", "26", "52", "104", "stacked"}
        assert sum(row["weight"] for row in rows if row["window_name"] != "stacked") == pytest.approx(1)
        for row in rows:
            assert row["curve_spend"][0] == 0 and row["curve_response"][0] == 0
            assert all(
                a <= b <= c <= d
                for a, b, c, d in zip(
                    row["curve_low_95"], row["curve_low_80"], row["curve_high_80"], row["curve_high_95"], strict=True
                )
            )


def test_a_day_without_anything_new_fits_nothing_and_the_last_fit_stands(world: Any) -> None:
    assert world.done.fitted == 8
    before = world.read("estimates.saturation_fits")
    run = dg.materialize(
        [saturation_fits],
        partition_key=(DAY + timedelta(days=1)).isoformat(),
        resources={"warehouse": WarehouseUrl(world.url, "s" * 32)},
    )
    metadata = run.asset_materializations_for_node("estimates__saturation_fits")[0].metadata
    assert (metadata["dagster/partition_row_count"].value, metadata["unchanged"].value) == (0, 8)
    assert world.read("estimates.saturation_fits") == before


def test_a_channel_is_fitted_alike_alone_and_among_others(world: Any) -> None:
    """Refitting what changed must not depend on what else changed that day."""
    sponsor = world.sponsors[1]
    columns = ("verdict", "marginal", "saturated_probability", "seed", "input_hash")
    query = f"select {', '.join(columns)} from estimates.saturation_fits where sponsor_id = %s order by show_id"
    before = world.warehouse.rows(query, sponsor)
    world.warehouse.rows("delete from estimates.saturation_fits where sponsor_id = %s returning 1", sponsor)
    done = world.fit()
    assert (done.fitted, done.unchanged) == (4, 4)
    after = world.warehouse.rows(query, sponsor)
    assert [(row[0], *row[3:]) for row in after] == [(row[0], *row[3:]) for row in before]
    # Sums of another batch are added in another order.
    for now, then in zip(after, before, strict=True):
        for value, was in zip(now[1:3], then[1:3], strict=True):
            assert (value is None) == (was is None)
            assert value is None or value == pytest.approx(was, rel=1e-6, abs=1e-9)


def test_a_build_judges_as_the_fit_does_by_the_margin_of_its_own_day(world: Any) -> None:
    """The rules stand twice, in SQL and in Python: a limit that moved in one, or a line bent otherwise, is found here."""
    for sponsor, margin in zip(world.sponsors, ("0.5", "0.9"), strict=True):
        world.warehouse.rows("update app.sponsors set margin_rate = %s where sponsor_id = %s returning 1", margin, sponsor)
    world.build()
    curves = {
        (row["sponsor_id"], row["show_id"]): row
        for row in world.read("estimates.saturation_windows", where="window_name = 'stacked'")
    }
    rows = [row for row in world.read("intermediate.int_saturation_judged") if row["marginal"] is not None]
    assert len(rows) >= 4
    assert {row["margin_rate"] for row in rows} == {0.5, 0.9}
    for row in rows:
        stored = curves[row["sponsor_id"], row["show_id"]]
        columns = {name: np.array(stored[f"curve_{name}"]) for name in ("spend", "marginal", "marginal_quantiles", "unsaturated")}
        curve = Curve(mean=np.array(stored["curve_response"]), quantiles=np.zeros((13, 41)), **columns)
        scaled = replace(curve, spend=curve.spend / 100)
        judged = judge_curve(scaled, row["spend_minor"] / 100, row["margin_rate"], SETTINGS.certainty)
        assert (row["verdict"], row["reason"]) == (judged.verdict, judged.reason)
        assert row["saturated_probability"] == pytest.approx(judged.p_saturated, abs=1e-9)
        assert row["unsaturated_probability"] == pytest.approx(judged.p_unsaturated, abs=1e-9)
        assert judged.marginal is not None
        assert (row["marginal"], row["marginal_low"]) == pytest.approx((judged.marginal.mean, judged.marginal.low))
    world.warehouse.rows("update app.sponsors set margin_rate = 1 where tenant_id = %s returning 1", world.tenant)
    world.build()


def test_advice_keeps_the_budget_and_the_limits_and_says_nothing_of_what_it_cannot_know(world: Any) -> None:
    for rows in by_sponsor(world.read("marts.budget_advice")).values():
        assert sum(row["spend_minor"] for row in rows) == pytest.approx(rows[0]["budget_minor"], abs=4)
        assert sum(row["advised_minor"] for row in rows) == pytest.approx(rows[0]["budget_minor"], abs=4)
        assert {row["gain_minor"] for row in rows} == {rows[0]["gain_minor"]}
        for row in rows:
            assert row["change_minor"] == 0 or row["least_minor"] <= row["advised_minor"] <= row["most_minor"]
            if not row["is_advised"]:
                assert row["change_minor"] == 0
    moved = [row for row in world.read("marts.budget_advice") if row["change_minor"] > 0]
    assert moved, "the world has saturated and unsaturated shows of one sponsor"
    row = max(moved, key=lambda one: one["change_minor"])
    limit = row["spend_minor"] + 100
    world.warehouse.insert("app.budget_limits", [{
        "tenant_id": world.tenant, "sponsor_id": row["sponsor_id"], "show_id": row["show_id"], "currency": "USD",
        "most_weekly_minor": limit,
    }])  # fmt: skip
    done = world.fit(DAY + timedelta(days=1))
    assert (done.fitted, done.unchanged) == (4, 4), "a limit concerns its sponsor alone"
    world.build()
    after = {one["show_id"]: one for one in by_sponsor(world.read("marts.budget_advice"))[row["sponsor_id"]]}
    assert after[row["show_id"]]["advised_minor"] <= limit < row["advised_minor"]
    assert after[row["show_id"]]["most_minor"] == limit


def by_sponsor(rows: list[dict[str, Any]]) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["sponsor_id"], []).append(row)
    return found


def test_a_verdict_that_changes_between_fits_is_an_alert_once(world: Any) -> None:
    """The spend of one show grows tenfold for a month: without a fit in between the build says that no curve is known there."""
    assert refresh_verdicts(world.url) == []
    assert refresh_verdicts(world.url) == []
    row = next(one for one in world.read("marts.saturation_curves") if one["verdict"] != "not_identifiable")
    key = (row["sponsor_id"], row["show_id"])
    world.book(world.tenant, *key, DAY, [(row["spend_minor"] * 10 // 7, 1)] * 28)
    world.build(TODAY + timedelta(days=28))
    changed = {(one.sponsor_id, one.show_id): one for one in refresh_verdicts(world.url)}
    assert (changed[key].previous_verdict, changed[key].verdict) == (row["verdict"], "not_identifiable")
    assert "is beyond the" in changed[key].reason
    assert refresh_verdicts(world.url) == []
    spans = world.read("ops.saturation_verdicts", where=f"show_id = '{key[1]}' and sponsor_id = '{key[0]}'")
    assert sorted((one["verdict"], one["closed_at"] is None) for one in spans) == sorted(
        [(row["verdict"], False), ("not_identifiable", True)]
    )


def test_what_cannot_be_fitted_is_a_verdict_with_its_reason_beside_what_can(world: Any) -> None:
    """One channel's odd numbers must neither stop the run nor become a figure."""
    tenant = world.warehouse.add_tenant()
    world.warehouse.rows("update app.tenants set currency = 'USD' where tenant_id = %s returning 1", tenant)
    first = DAY - timedelta(weeks=30)
    varied = [(1_000 + 700 * (day // 7 % 30), 3_000) for day in range(210)]
    cases: dict[str, tuple[list[tuple[int, int]], dict[str, Any], str, str]] = {
        "one week": (varied[:7], {}, "1", "distinct weekly levels"),
        "three days": (varied[:3], {}, "1", "no whole week"),
        "constant": ([(5_000, 9_000)] * 210, {}, "1", "distinct weekly levels"),
        "negative revenue": ([(spend, -revenue) for spend, revenue in varied], {}, "1", ""),
        "no rate": (varied, {"currency": "GBP"}, "1", "no exchange rate turns into USD"),
        "negative spend": ([(-1, 5), *varied[1:]], {}, "1", ""),
        "a week of credit notes": ([(-9_000, 5)] * 7 + varied[7:], {}, "1", "spend below zero"),
        "no margin": (varied, {}, "0", "margin 0"),
        "no value": ([(spend, 0) for spend, _ in varied], {}, "1", "without any revenue"),
        "nothing spent": ([(0, 100)] * 210, {}, "1", "distinct weekly levels"),
    }
    keys = {}
    for name, (days, more, margin, _) in cases.items():
        sponsor, show = world.add_sponsor(tenant, name, margin), world.warehouse.add_show(tenant)
        begin = first if len(days) > 7 else DAY - timedelta(days=7 if len(days) == 7 else 3)
        world.book(tenant, sponsor, show, begin, days, **more)
        keys[name] = sponsor
    world.build()
    done = world.fit()
    assert sum(done.verdicts.values()) == done.fitted >= len(cases)
    world.build()
    said = {row["sponsor_id"]: row for row in world.read("marts.saturation_curves", tenant, "window_name = 'stacked'")}
    assert set(said) == set(keys.values())
    for name, (_, _, _, reason) in cases.items():
        row = said[keys[name]]
        assert reason in row["reason"], (name, row["reason"])
        assert row["verdict"] == "not_identifiable" if reason else row["verdict"] in VERDICTS, name
        assert (row["marginal_return"] is None) or row["verdict"] != "not_identifiable" or not reason, name
    assert said[keys["negative revenue"]]["verdict"] in ("not_identifiable", "saturated")


def test_a_lift_study_calibrates_the_one_show_that_its_campaign_ran_on(world: Any) -> None:
    """20 conversions of 400 among 500 exposed households in two weeks are 12.5 a week; a campaign of two shows says nothing."""
    sponsor, campaigns = world.sponsors[0], [uuid.uuid4(), uuid.uuid4()]
    shows = [row["show_id"] for row in world.read("marts.saturation_curves", where=f"sponsor_id = '{sponsor}'")]
    for campaign, places in zip(campaigns, (shows[:1] * 2, [shows[0], shows[-1]]), strict=True):
        for day, show in zip((0, 13), places, strict=True):
            world.warehouse.insert("marts.campaign_delivery_daily", [{
                "tenant_id": world.tenant, "campaign_id": campaign, "placement_id": uuid.uuid4(), "sponsor_id": sponsor,
                "show_id": show, "day": DAY - timedelta(days=30 - day), "ads_delivered": 100, "spend_minor": 5_000,
                "currency": "USD",
            }])  # fmt: skip
        world.warehouse.insert("marts.campaign_lift", [{
            "tenant_id": world.tenant, "campaign_id": campaign, "sponsor_id": sponsor, "week_from": 0, "week_to": 4,
            "design": "matched", "is_placebo": False, "is_headline": True, "verdict": "estimated", "reason": "",
            "exposed_count": 500, "matched_count": 400, "incremental_conversions": 20, "incremental_low": 10.2,
            "incremental_high": 29.8, "model_version": "t", "seed": 1, "fitted_build_id": uuid.uuid4(), "fitted_at": TODAY,
            **dict.fromkeys(("control_count", "exposed_conversions", "control_conversions", "split_tests"), 1),
            **dict.fromkeys(("split_tests_positive", "placebo_tests", "placebo_tests_positive"), 0),
        }])  # fmt: skip
    with psycopg.connect(world.url, options="-c role=hostread_transform") as connection:
        studies = read_studies(connection, DAY)
    ((place, (study,)),) = studies.items()
    assert place == (world.tenant, sponsor, shows[0], "USD")
    assert (study.spend_minor, study.conversions, study.error) == pytest.approx((5_000, 12.5, 3.125))


def test_a_tenant_sees_its_own_fits_alone(world: Any) -> None:
    with psycopg.connect(world.url, options="-c role=hostread_reader") as reader:
        reader.execute("select set_config('hostread.tenant_id', %s, true)", [str(world.tenant)])
        for table in (
            "estimates.saturation_fits", "estimates.saturation_windows", "estimates.budget_reallocations", "estimates.budget_moves",
            "ops.saturation_verdicts", "marts.saturation_weeks", "marts.saturation_curves", "marts.budget_advice",
        ):  # fmt: skip
            assert reader.execute(f"select distinct tenant_id from {table}").fetchall() == [(world.tenant,)], table  # type: ignore[arg-type]
