"""From `candidate` to `marts`: tables moved, reshaped and given the rows that differ, in the caller's transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from orchestration.mart_differences import columns_of, compared, forget_followed, is_followed, made_again

# Readers' plans stand on statistics: taken anew once this share of a table's rows has changed.
STALE_STATISTICS_RATE = 0.02
READERS = sql.SQL("hostread_reader, hostread_app")


@dataclass(frozen=True)
class Mart:
    """One model of `candidate` that is published: its table's name, key and further indexes, from its `meta`."""

    name: str
    primary_key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


def read_marts(manifest: Path) -> list[Mart]:
    """Every model of schema `candidate` in dbt's manifest. Raises ValueError for one without `meta.primary_key`."""
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model" and node["schema"] == "candidate"]
    return sorted((_mart(node) for node in models), key=lambda mart: mart.name)


def on_both_sides(connection: psycopg.Connection[Any], *names: str) -> bool:
    """Whether these marts stand as published and as candidates too: only then can the two be compared."""
    row = connection.execute(
        "select bool_and(to_regclass(s.name || '.' || t.name) is not null) "
        "from unnest(array['marts', 'candidate']) as s (name) cross join unnest(%s::text[]) as t (name)",
        [list(names)],
    ).fetchone()
    return row is not None and bool(row[0])


def apply_marts(connection: psycopg.Connection[Any], marts: list[Mart]) -> dict[str, int]:
    """Bring `marts.<name>` to what `candidate.<name>` holds, for each mart; row counts by name."""
    counts = {}
    for mart in marts:
        columns = columns_of(connection, "candidate", mart.name)
        if not columns:
            raise ValueError(f"found no table candidate.{mart.name}, expected one: build all models before publishing")
        if _is_reshaped(connection, mart, columns):
            _move(connection, mart)
        else:
            _refresh(connection, mart, columns)
        counts[mart.name] = _count(connection, mart)
        forget_followed(connection, mart.name)
    return counts


def _count(connection: psycopg.Connection[Any], mart: Mart) -> int:
    """Rows of the candidate: of one that is followed those of the last publication, with what came and without what is gone."""
    if is_followed(connection, mart.name):
        row = connection.execute(
            sql.SQL(
                "select (b.row_counts ->> {name})::bigint + ("
                "select count(*) filter (where d.change = 'new') - count(*) filter (where d.change = 'gone') "
                "from {difference} as d) "
                "from marts.builds as b where b.row_counts ? {name} order by b.published_at desc limit 1"
            ).format(name=sql.Literal(mart.name), difference=compared(connection, mart.name))
        ).fetchone()
        if row is not None:
            return int(row[0])
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("candidate", mart.name))).fetchone()
    return int(row[0]) if row else 0


def _mart(node: dict[str, Any]) -> Mart:
    meta = {**node.get("meta", {}), **node["config"].get("meta", {})}
    if not meta.get("primary_key"):
        raise ValueError(
            f"found mart {node['name']} without meta.primary_key, expected the columns of its grain: name them in its yml"
        )
    return Mart(node["name"], tuple(meta["primary_key"]), tuple(tuple(columns) for columns in meta.get("indexes", [])))


def _is_reshaped(connection: psycopg.Connection[Any], mart: Mart, columns: dict[str, str]) -> bool:
    """Whether the published table cannot stay: it is not there, lost a column or changed one, or has another key."""
    present = columns_of(connection, "marts", mart.name)
    return not present or not present.items() <= columns.items() or _indexes(connection, mart.name)[:1] != [mart.primary_key]


def _move(connection: psycopg.Connection[Any], mart: Mart) -> None:
    """Make the candidate itself the published table, so that no row is written twice; a view stands in its place.

    What was published before goes, and with it the views on it until dbt renews them.
    """
    table, candidate = sql.Identifier("marts", mart.name), sql.Identifier("candidate", mart.name)
    connection.execute(sql.SQL("drop table if exists {} cascade").format(table))
    connection.execute(sql.SQL("alter table {} set schema marts").format(candidate))
    connection.execute(sql.SQL("comment on table {} is null").format(table))
    connection.execute(sql.SQL("create view {} as select * from {}").format(candidate, table))
    if "tenant_id" in columns_of(connection, "marts", mart.name):
        connection.execute(sql.SQL("alter table {} enable row level security").format(table))
        connection.execute(
            sql.SQL("create policy tenant_isolation on {} for select to {} using (tenant_id = ops.current_tenant_id())").format(
                table, READERS
            )
        )
    connection.execute(sql.SQL("grant select on {} to {}").format(table, READERS))
    connection.execute(
        sql.SQL("alter table {} add constraint {} primary key {}").format(
            table, sql.Identifier(f"{mart.name}_pkey"), _unique_index(connection, mart)
        )
    )
    _index(connection, mart)
    connection.execute(sql.SQL("analyze {}").format(table))


def _unique_index(connection: psycopg.Connection[Any], mart: Mart) -> sql.Composed:
    """What the primary key is made of: the unique index that the model came with, or else its columns."""
    row = connection.execute(
        "select c.relname::text from pg_index as i inner join pg_class as c on i.indexrelid = c.oid "
        "where i.indrelid = format('marts.%%I', %s::text)::regclass and i.indisunique and i.indpred is null and ("
        "select array_agg(a.attname::text order by k.place) from unnest(i.indkey) with ordinality as k (attnum, place) "
        "inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum) = %s",
        [mart.name, list(mart.primary_key)],
    ).fetchone()
    return sql.SQL("using index {}").format(sql.Identifier(row[0])) if row else sql.SQL("({})").format(_names(mart.primary_key))


def _index(connection: psycopg.Connection[Any], mart: Mart) -> None:
    """The mart's further indexes, those that it does not have yet."""
    known = _indexes(connection, mart.name)
    for index in mart.indexes:
        if index not in known:
            connection.execute(sql.SQL("create index on {} ({})").format(sql.Identifier("marts", mart.name), _names(index)))


def _indexes(connection: psycopg.Connection[Any], table: str) -> list[tuple[str, ...]]:
    """The columns of each index of a published mart, the primary key's first."""
    rows = connection.execute(
        "select array_agg(a.attname::text order by k.place) "
        "from pg_index as i cross join lateral unnest(i.indkey) with ordinality as k (attnum, place) "
        "inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum "
        "where i.indrelid = format('marts.%%I', %s::text)::regclass "
        "group by i.indexrelid, i.indisprimary order by i.indisprimary desc",
        [table],
    )
    return [tuple(row[0]) for row in rows]


def _refresh(connection: psycopg.Connection[Any], mart: Mart, columns: dict[str, str]) -> None:
    """Delete what is gone, insert what is new, update what differs; a row that stays is not touched."""
    parts = {
        "mart": sql.Identifier("marts", mart.name),
        "difference": compared(connection, mart.name),
        "candidate": made_again(connection, "candidate", mart.name)
        if is_followed(connection, mart.name)
        else sql.Identifier("candidate", mart.name),
        "key": _names(mart.primary_key),
        "all": _names(columns),
        "all_c": sql.SQL(", ").join(sql.Identifier("c", name) for name in columns),
    }
    for name in columns.keys() - columns_of(connection, "marts", mart.name).keys():
        connection.execute(
            sql.SQL("alter table {} add column {} {}").format(parts["mart"], sql.Identifier(name), sql.SQL(columns[name]))
        )
    _index(connection, mart)
    gone = connection.execute(
        sql.SQL("delete from {mart} as m using {difference} as d where d.change = 'gone' and {same}").format(
            **parts, same=_same_key("m", mart)
        )
    )
    rest = [name for name in columns if name not in mart.primary_key]
    conflict = sql.SQL("update set {}").format(
        sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in rest)
    )
    come = connection.execute(
        sql.SQL(
            "insert into {mart} ({all}) select {all_c} from {candidate} as c inner join {difference} as d on {same} "
            "where d.change <> 'gone' on conflict ({key}) do {conflict}"
        ).format(**parts, same=_same_key("c", mart), conflict=conflict if rest else sql.SQL("nothing"))
    )
    changed = gone.rowcount + come.rowcount
    if changed and changed > _estimated_rows(connection, mart) * STALE_STATISTICS_RATE:
        connection.execute(sql.SQL("analyze {mart}").format(**parts))


def _estimated_rows(connection: psycopg.Connection[Any], mart: Mart) -> int:
    """Rows of the candidate by its statistics, which the comparison has just renewed."""
    row = connection.execute(
        "select reltuples::bigint from pg_class where oid = to_regclass(%s)", [f"candidate.{mart.name}"]
    ).fetchone()
    return int(row[0]) if row else 0


def _same_key(side: str, mart: Mart) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(side, name), sql.Identifier("d", name)) for name in mart.primary_key
    )


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in columns)
