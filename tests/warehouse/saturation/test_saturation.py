"""Two years of simulated books, built, fitted and judged: what is said holds beside the truth, and every build says it anew."""

import csv
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from assets.campaigns.imports import import_file
from assets.estimates.attribution import NothingPublishedError
from assets.estimates.saturation.shapes import Settings
from assets.estimates.saturation_fits import fit_saturation
from orchestration.mart_tables import apply_marts, read_marts
from simulation.spend import write_spend

TODAY = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
DAY = TODAY.date()
LAST_DAY = (DAY - date(1970, 1, 1)).days - 1
MODELS = ("+saturation_weeks", "+saturation_curves", "+budget_advice")
MARTS = ("saturation_weeks", "saturation_curves", "budget_advice")
SETTINGS = Settings(points=512, draws=200)
KEY = ("show_id", "basis", "currency")


class World:
    """One warehouse with a network whose books have eight channels of known truth."""

    def __init__(self, warehouse: Any, folder: Path) -> None:
        self.warehouse, self.url = warehouse, warehouse.url
        self.tenant = warehouse.add_tenant()
        warehouse.rows("update app.tenants set currency = 'USD' where tenant_id = %s returning 1", self.tenant)
        self.sponsors = [self.add_sponsor(self.tenant, f"sponsor {number}") for number in range(2)]
        shows = [SimpleNamespace(show_id=str(warehouse.add_show(self.tenant))) for _ in range(4)]
        sponsors = [SimpleNamespace(sponsor_id=str(one), currency="USD", basket_minor=9_000) for one in self.sponsors]
        path = folder / "spend.csv"
        truth: Any = write_spend(path, "network", 7, 104, LAST_DAY, sponsors, shows)  # type: ignore[arg-type]  # what it reads of them
        self.truth = {(uuid.UUID(row[1]), uuid.UUID(row[2])): row[3:] for row in truth}
        import_file(self.url, "spend", self.tenant, path, "test")
        self.books = list(csv.DictReader(path.open(encoding="utf-8")))

    def add_sponsor(self, tenant: int, name: str, margin: str = "1") -> uuid.UUID:
        found = self.warehouse.rows(
            "insert into app.sponsors (tenant_id, name, margin_rate) values (%s, %s, %s) returning sponsor_id", tenant, name, margin
        )
        return uuid.UUID(str(found[0][0]))

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
        marts = [mart for mart in read_marts(self.warehouse.target / "manifest.json") if mart.name in MARTS]
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
    made.done = made.fit()  # type: ignore[attr-defined]
    made.build()
    yield made


def true_return(truth: Any, spend: float, basket: float = 9_000) -> float:
    """Revenue of the next unit of constant weekly spend, by the curve that made the books."""
    most, half, shape = truth[:3]
    ratio = (spend / half) ** shape
    return float(most * basket * shape / spend * ratio / (1 + ratio) ** 2)


def test_before_the_first_fit_a_channel_says_that(world: Any) -> None:
    assert len(world.first) == 8
    for row in world.first:
        assert (row["window_name"], row["verdict"], row["curve_spend"]) == ("stacked", "not_identifiable", None)
        assert "not fitted yet" in row["reason"]


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
        truth = world.truth[row["sponsor_id"], row["show_id"]]
        returned = true_return(truth, row["spend_minor"])
        said.append(row["verdict"])
        if row["verdict"] == "saturated":
            assert returned < 1.2, (row["reason"], truth)
        if row["verdict"] == "unsaturated":
            assert returned > 0.35 * max(true_return(truth, truth[1] * part / 50) for part in range(1, 100)), (row["reason"], truth)
        if row["level_count"] < 20:
            assert row["verdict"] == "not_identifiable" and row["marginal_return"] is None
    # Every fourth channel spends the same each week.
    assert sum(row["level_count"] < 20 for row in rows) == 2
    assert sum(verdict != "not_identifiable" for verdict in said) >= 3, said


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
    again = world.fit(DAY + timedelta(days=1))
    assert (again.fitted, again.unchanged) == (0, 8)
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
    assert world.warehouse.rows(query, sponsor) == before
