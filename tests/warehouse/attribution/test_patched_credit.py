"""Pairing by difference: random histories in random builds, some held or failed, equal the models' SQL over everything.

After each build each table is compared with what its model says of all that there is, row by row; after each publication what
readers see with what was built; at the end with a full build. It fails when any key that credit is made again for is left out.
"""

import importlib.util
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration import build
from orchestration.dbt_command import CompiledModel, compile_models, run_dbt
from orchestration.mart_tables import read_marts

_spec = importlib.util.spec_from_file_location("random_histories", Path(__file__).with_name("random_histories.py"))
assert _spec is not None and _spec.loader is not None
random_histories = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(random_histories)

MADE = ("int_survey_answers", "int_conversions", "int_touches", "attribution_credits", "attribution_conversions")
MARTS = MADE[3:]
TENANTS, BUILDS = 30, 13
# What becomes of a build: published, held, or failed before its last model or its last two; or all is too changed to be patched.
FATES = ("published", "published", "published", "held", "failed last", "failed early", "anew")


class Pairing:
    """The models of pairing in one database, built step by step."""

    def __init__(self, url: str, target: Path) -> None:
        self.url, self.target = url, target
        self.models: list[CompiledModel] = []

    def settle(self) -> None:
        """Make everything that the models read, empty, and publish it."""
        self._run(["build", "--exclude-resource-type", "test", "unit_test", "--select", "+attribution_conversions"], publish=True)
        self.models = compile_models(self.url, MADE[1:], self.target)

    def build(self, fate: str, full: bool = False) -> None:
        made = MADE[: {"failed last": 4, "failed early": 3}.get(fate, 5)]
        variables = ["--vars", "{pairing_patched_rows: 0}"] if fate == "anew" else []
        arguments = ["run", "--select", *made, *variables, *(["--full-refresh"] if full else [])]
        self._run(arguments, publish=fate in ("published", "anew"), mode="full" if full else "incremental")
        for model in self.models:
            if model.name in made:
                assert self.different(f"{model.schema}.{model.name}", model.sql) == [], (model.name, fate)

    def _run(self, arguments: Sequence[str], publish: bool, mode: str = "incremental") -> None:
        window = build.begin_build(self.url, mode, "test")
        result = run_dbt(self.url, arguments, self.target)
        assert not result.failed_checks, result.failed_checks
        if not publish:
            build.hold_build(self.url, window.build_id, [])
            return
        counts = build.publish_build(self.url, window.build_id, self.target)
        for name in MARTS:
            assert self.different(f"marts.{name}", f"select * from candidate.{name}") == []
            assert counts[name] == self.rows(f"select count(*) from marts.{name}")[0][0]

    def different(self, table: str, query: str) -> list[Any]:
        """Rows that the table has and the query does not, or the other way."""
        names = self.rows(
            "select string_agg(attname, ', ' order by attnum) from pg_attribute "
            f"where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped"
        )[0][0]
        stands, said = f"select {names} from {table}", f"select {names} from ({query}) as said"
        return self.rows(f"({stands} except all {said}) union all ({said} except all {stands}) limit 5")

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            connection.execute("set enable_nestloop = off")
            return connection.execute(query.encode()).fetchall()

    def oids(self) -> list[Any]:
        return self.rows("select 'intermediate.int_touches'::regclass::oid, 'candidate.attribution_credits'::regclass::oid")


@pytest.fixture
def pairing(database_url: str, dbt_targets: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Pairing]:
    monkeypatch.setattr(build, "renew_live_views", lambda *_: None)
    monkeypatch.setattr(build, "read_marts", lambda path: [mart for mart in read_marts(path) if mart.name in MARTS])
    found = Pairing(database_url, dbt_targets(database_url))
    found.settle()
    yield found


def test_random_histories_in_random_builds_equal_the_models_over_everything(pairing: Pairing, tenant: Any) -> None:
    chance = random.Random(20261122)  # noqa: S311
    histories = [random_histories.History(type(tenant)(pairing.url, f"t{n}").create(), n) for n in range(TENANTS)]
    # The first tables are moved to where readers read them, the second ones made anew beside these.
    fates = ["published", "published", *chance.choices(FATES, k=BUILDS - 3), "published"]
    assert set(fates) == set(FATES)
    patched = 0
    for number, fate in enumerate(fates):
        for history in histories:
            history.step(16 if number == 0 else chance.randrange(8))
        before = pairing.oids()
        pairing.build(fate)
        patched += before == pairing.oids()
    assert patched >= BUILDS // 2
    built = [pairing.rows(f"select * from candidate.{name} order by 1, 2, 3") for name in MARTS]
    assert min(len(rows) for rows in built) > 5 * TENANTS
    pairing.build("published", full=True)
    assert [pairing.rows(f"select * from candidate.{name} order by 1, 2, 3") for name in MARTS] == built
