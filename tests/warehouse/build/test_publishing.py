"""Publication over candidates made by hand: whole or not at all, only what differs, never between."""

import json
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from orchestration import build as builds
from orchestration.build import BuildError, BuildRunningError, begin_build, hold_build, publish_build, running_build
from orchestration.dbt_command import DbtResult
from orchestration.mart_differences import compared
from orchestration.mart_tables import read_marts

TRANSFORM = "-c role=hostread_transform"


@pytest.fixture(autouse=True)
def without_live_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "run_dbt", lambda *_: DbtResult(()))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    def model(name: str, schema: str, **meta: Any) -> dict[str, Any]:
        return {"resource_type": "model", "name": name, "schema": schema, "config": {"meta": meta}}

    nodes = {
        "a": model("orders", "candidate", primary_key=["tenant_id", "order_id"], indexes=[["tenant_id", "value_minor"]]),
        "b": model("totals", "candidate", primary_key=["tenant_id"]),
        "c": model("int_orders", "intermediate"),
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": nodes}), "utf-8")
    return tmp_path


def candidates(url: str, *orders: tuple[int, str, int | None], columns: str = "") -> None:
    with psycopg.connect(url, options=TRANSFORM) as connection:
        # As dbt does: what stands there is a table, or the view that publication left of one.
        for name in ("orders", "totals"):
            row = connection.execute("select relkind from pg_class where oid = to_regclass(%s)", [f"candidate.{name}"]).fetchone()
            connection.execute(f"drop {'view' if row and row[0] == 'v' else 'table'} if exists candidate.{name}")
        connection.execute(f"create table candidate.orders (tenant_id integer, order_id text, value_minor bigint{columns})")
        connection.cursor().executemany(
            "insert into candidate.orders (tenant_id, order_id, value_minor) values (%s, %s, %s)", orders
        )
        connection.execute(
            "create table candidate.totals as "
            "select tenant_id, sum(value_minor)::bigint as total from candidate.orders group by tenant_id"
        )


def published(url: str, table: str = "orders", columns: str = "*") -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(f"select {columns} from marts.{table} order by 1, 2").fetchall()


def publish(url: str, target: Path) -> dict[str, int]:
    return publish_build(url, begin_build(url, "incremental", "run").build_id, target)


def test_only_marts_are_published_and_each_needs_a_key(target: Path) -> None:
    assert [mart.name for mart in read_marts(target / "manifest.json")] == ["orders", "totals"]
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    manifest["nodes"]["b"]["config"]["meta"] = {}
    (target / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(ValueError, match=r"totals without meta\.primary_key"):
        read_marts(target / "manifest.json")


def test_rows_come_change_and_vanish_and_the_rest_is_not_touched(database_url: str, target: Path) -> None:
    candidates(database_url, (1, "a", 1), (1, "b", None), (2, "c", 3))
    assert publish(database_url, target) == {"orders": 3, "totals": 2}
    before = dict(published(database_url, columns="order_id, xmin::text"))
    candidates(database_url, (1, "b", None), (1, "a", 5), (1, "d", 4))
    assert publish(database_url, target) == {"orders": 3, "totals": 1}
    assert published(database_url) == [(1, "a", 5), (1, "b", None), (1, "d", 4)]
    after = dict(published(database_url, columns="order_id, xmin::text"))
    assert after["b"] == before["b"]
    assert after["a"] != before["a"]


def test_a_first_publication_writes_no_row_twice(database_url: str, target: Path) -> None:
    """Fails where a new mart is a copy of its candidate, or has a key of its own beside the model's unique index."""
    candidates(database_url, (1, "a", 1))
    with psycopg.connect(database_url, options=TRANSFORM) as connection:
        connection.execute("create unique index made_by_dbt on candidate.orders (tenant_id, order_id)")
        before = connection.execute("select 'candidate.orders'::regclass::oid, 'candidate.made_by_dbt'::regclass::oid").fetchone()
    publish(database_url, target)
    with psycopg.connect(database_url, options=TRANSFORM) as connection:
        after = connection.execute(
            "select indrelid, indexrelid from pg_index where indrelid = 'marts.orders'::regclass and indisprimary"
        ).fetchone()
        left = connection.execute("select relkind from pg_class where oid = 'candidate.orders'::regclass").fetchone()
        seen = connection.execute("select * from candidate.orders").fetchall()
    assert after == before
    assert (left, seen) == (("v",), [(1, "a", 1)])
    # What was moved is what is published: once more changes nothing.
    assert publish(database_url, target) == {"orders": 1, "totals": 1}
    assert published(database_url) == [(1, "a", 1)]


def test_a_comparison_names_each_key_that_comes_goes_or_changes(database_url: str, target: Path) -> None:
    """Fails where a row that stays is named, NULL is taken for a value, or a column that the mart lacks is passed over."""
    candidates(database_url, (1, "gone", 1), (1, "null", None), (1, "same", 2), (1, "value", 3))
    publish(database_url, target)
    candidates(database_url, (1, "new", 1), (1, "null", 5), (1, "same", 2), (1, "value", None), columns=", note text")
    with psycopg.connect(database_url, options=TRANSFORM) as connection:
        for _ in range(2):
            rows = connection.execute(
                sql.SQL("select * from {} order by order_id").format(compared(connection, "orders"))
            ).fetchall()
            assert rows == [(1, "gone", "gone"), (1, "new", "new"), (1, "null", "changed"), (1, "value", "changed")]
        connection.rollback()
        connection.execute("update candidate.orders set note = 'n' where order_id = 'same'")
        named = sql.SQL("select change from {} where order_id = 'same'").format(compared(connection, "orders"))
        assert connection.execute(named).fetchall() == [("changed",)]


def test_an_index_that_a_mart_gains_is_made_where_the_mart_is_published_already(database_url: str, target: Path) -> None:
    """Found with the list of a campaign's conversions: only a new installation would have had its index."""
    candidates(database_url, (1, "a", 1))
    publish(database_url, target)
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    manifest["nodes"]["a"]["config"]["meta"]["indexes"].append(["tenant_id", "value_minor", "order_id"])
    (target / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    for _ in range(2):
        publish(database_url, target)
        with psycopg.connect(database_url) as connection:
            made = connection.execute(
                "select indexdef from pg_indexes where schemaname = 'marts' and tablename = 'orders'"
            ).fetchall()
        assert sorted(str(row[0]).split(" USING btree ")[1] for row in made) == [
            "(tenant_id, order_id)", "(tenant_id, value_minor)", "(tenant_id, value_minor, order_id)",
        ]  # fmt: skip


def test_a_reader_sees_one_tenant_and_one_who_names_none_sees_nothing(database_url: str, target: Path) -> None:
    candidates(database_url, (1, "a", 1), (2, "c", 3))
    publish(database_url, target)
    for role in ("hostread_reader", "hostread_app"):
        with psycopg.connect(database_url, options=f"-c role={role}") as reader:
            assert reader.execute("select * from marts.orders").fetchall() == []
            reader.execute("select set_config('hostread.tenant_id', '2', true)")
            assert reader.execute("select order_id from marts.orders").fetchall() == [("c",)]


@pytest.mark.parametrize("isolation", [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.READ_COMMITTED])
def test_a_reader_never_sees_between_two_builds(database_url: str, target: Path, isolation: psycopg.IsolationLevel) -> None:
    """Orders and their total agree in every snapshot while builds are published beside it."""
    candidates(database_url, (1, "a", 0), (1, "b", 0))
    publish(database_url, target)
    stop, seen, torn = threading.Event(), set(), []

    def read() -> None:
        with psycopg.connect(database_url, options="-c role=hostread_reader") as reader:
            reader.isolation_level = isolation
            while not stop.is_set():
                with reader.transaction():
                    reader.execute("select set_config('hostread.tenant_id', '1', true)")
                    if isolation is psycopg.IsolationLevel.REPEATABLE_READ:
                        rows = reader.execute("select sum(value_minor) from marts.orders").fetchone()
                        total = reader.execute("select total from marts.totals").fetchone()
                        pair = (rows and rows[0], total and total[0])
                    else:
                        pair = reader.execute(
                            "select (select sum(value_minor) from marts.orders), (select total from marts.totals)"
                        ).fetchone() or (None, None)
                seen.add(pair[0])
                if pair[0] != pair[1]:
                    torn.append(pair)

    thread = threading.Thread(target=read)
    thread.start()
    for n in range(1, 9):
        candidates(database_url, (1, "a", n), (1, f"b{n}", n * 10))
        publish(database_url, target)
    stop.set()
    thread.join()
    assert torn == []
    assert len(seen) > 1


def test_a_failed_publication_leaves_everything_as_it_was(database_url: str, target: Path) -> None:
    candidates(database_url, (1, "a", 1))
    publish(database_url, target)
    candidates(database_url, (1, "a", 2), (1, "b", 1), (1, "b", 2))
    window = begin_build(database_url, "incremental", "run")
    with pytest.raises(psycopg.errors.Error):
        publish_build(database_url, window.build_id, target)
    assert published(database_url) == [(1, "a", 1)]
    hold_build(database_url, window.build_id, [{"name": "publish", "status": "error", "message": "duplicate key"}])
    with psycopg.connect(database_url) as connection:
        states = connection.execute(
            "select status, failed_checks -> 0 ->> 'name' from ops.build_attempts order by started_at"
        ).fetchall()
    assert states == [("published", None), ("held", "publish")]


def test_a_new_column_is_added_in_place_and_another_type_makes_the_table_anew(database_url: str, target: Path) -> None:
    candidates(database_url, (1, "a", 1))
    publish(database_url, target)
    with psycopg.connect(database_url, options=TRANSFORM) as connection:
        connection.execute("create view marts.orders_live as select * from marts.orders")
    candidates(database_url, (1, "a", 1), columns=", note text default 'x'")
    publish(database_url, target)
    assert published(database_url) == [(1, "a", 1, "x")]
    assert published(database_url, "orders_live") == [(1, "a", 1)]
    with psycopg.connect(database_url, options=TRANSFORM) as connection:
        connection.execute("alter table candidate.orders alter column value_minor type numeric")
    publish(database_url, target)
    with psycopg.connect(database_url) as connection:
        kinds = connection.execute(
            "select data_type from information_schema.columns where table_schema = 'marts' and column_name = 'value_minor'"
        ).fetchall()
    assert kinds == [("numeric",)]


def test_the_window_goes_on_from_the_last_published_build(database_url: str, target: Path) -> None:
    candidates(database_url)
    first = begin_build(database_url, "incremental", "one")
    assert first.from_xact == "0"
    assert running_build(database_url, "one") == first.build_id
    publish_build(database_url, first.build_id, target)
    held = begin_build(database_url, "incremental", "two")
    assert held.from_xact == first.to_xact
    hold_build(database_url, held.build_id, [{"name": "x", "status": "fail", "message": None}])
    again = begin_build(database_url, "incremental", "three")
    assert again.from_xact == first.to_xact
    hold_build(database_url, again.build_id, [])
    full = begin_build(database_url, "full", "four")
    assert (full.from_xact, full.mode) == ("0", "full")
    hold_build(database_url, full.build_id, [])
    with pytest.raises(BuildError, match="no running build of run four"):
        running_build(database_url, "four")


def test_a_row_of_an_open_transaction_is_left_for_the_next_build(database_url: str, target: Path) -> None:
    candidates(database_url)
    with psycopg.connect(database_url) as slow:
        xact = slow.execute("select pg_current_xact_id()::text").fetchone()
        window = begin_build(database_url, "incremental", "run")
        assert xact is not None
        assert int(window.to_xact) <= int(xact[0])
        hold_build(database_url, window.build_id, [])


def test_one_build_runs_at_a_time(database_url: str) -> None:
    window = begin_build(database_url, "incremental", "one")
    failures: list[BaseException] = []

    def another() -> None:
        try:
            begin_build(database_url, "incremental", "two")
        except BuildRunningError as error:
            failures.append(error)

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    assert len(failures) == 1
    hold_build(database_url, window.build_id, [])


def test_a_build_whose_process_died_is_abandoned(database_url: str, target: Path) -> None:
    candidates(database_url, (1, "a", 1))
    program = (
        "import os, sys; from orchestration.build import begin_build; begin_build(sys.argv[1], 'incremental', 'dead'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, database_url], check=False).returncode == 9
    dead = running_build(database_url, "dead")
    # The server notices the closed connection in a moment.
    for _ in range(100):
        try:
            window = begin_build(database_url, "incremental", "next")
            break
        except BuildRunningError:
            threading.Event().wait(0.05)
    with pytest.raises(BuildError, match="abandoned, expected it running"):
        publish_build(database_url, dead, target)
    publish_build(database_url, window.build_id, target)
    assert published(database_url) == [(1, "a", 1)]


def test_an_unknown_build_and_mode_are_refused(database_url: str, target: Path) -> None:
    with pytest.raises(BuildError, match="unknown"):
        publish_build(database_url, uuid.uuid4(), target)
    with pytest.raises(ValueError, match="expected 'incremental' or 'full'"):
        begin_build(database_url, "partial", "run")
