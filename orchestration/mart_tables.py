"""From `candidate` to `marts`: tables made, reshaped and given the rows that differ, in the caller's transaction."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

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
        columns = _columns(connection, "candidate", mart.name)
        if not columns:
            raise ValueError(f"found no table candidate.{mart.name}, expected one: build all models before publishing")
        is_new = _shape(connection, mart, columns)
        counts[mart.name] = (_fill if is_new else _refresh)(connection, mart, list(columns))
    return counts


def _mart(node: dict[str, Any]) -> Mart:
    meta = {**node.get("meta", {}), **node["config"].get("meta", {})}
    if not meta.get("primary_key"):
        raise ValueError(
            f"found mart {node['name']} without meta.primary_key, expected the columns of its grain: name them in its yml"
        )
    return Mart(node["name"], tuple(meta["primary_key"]), tuple(tuple(columns) for columns in meta.get("indexes", [])))


def _columns(connection: psycopg.Connection[Any], schema: str, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute as a "
        "where a.attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) "
        "and a.attnum > 0 and not a.attisdropped order by a.attnum",
        [schema, table],
    )
    return {str(name): str(kind) for name, kind in rows}


def _shape(connection: psycopg.Connection[Any], mart: Mart, columns: dict[str, str]) -> bool:
    """Whether the table was made anew, empty and without its indexes. A new column or index is added in place; any other change
    makes it anew, and with it the views on it until dbt renews them."""
    present = _columns(connection, "marts", mart.name)
    table = sql.Identifier("marts", mart.name)
    known = _indexes(connection, mart.name) if present else []
    if present and present.items() <= columns.items() and known[:1] == [mart.primary_key]:
        for name in columns.keys() - present.keys():
            connection.execute(
                sql.SQL("alter table {} add column {} {}").format(table, sql.Identifier(name), sql.SQL(columns[name]))
            )
        for index in mart.indexes:
            if index not in known:
                connection.execute(sql.SQL("create index on {} ({})").format(table, _names(index)))
        return False
    connection.execute(sql.SQL("drop table if exists {} cascade").format(table))
    body = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()]
    connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(body)))
    if "tenant_id" in columns:
        connection.execute(sql.SQL("alter table {} enable row level security").format(table))
        connection.execute(
            sql.SQL("create policy tenant_isolation on {} for select to {} using (tenant_id = ops.current_tenant_id())").format(
                table, READERS
            )
        )
    connection.execute(sql.SQL("grant select on {} to {}").format(table, READERS))
    return True


def _fill(connection: psycopg.Connection[Any], mart: Mart, columns: list[str]) -> int:
    """All rows into an empty table, and then its indexes: row by row they cost more than the rows. The number of rows."""
    table, names = sql.Identifier("marts", mart.name), _names(columns)
    done = connection.execute(
        sql.SQL("insert into {} ({}) select {} from {}").format(table, names, names, sql.Identifier("candidate", mart.name))
    )
    connection.execute(sql.SQL("alter table {} add primary key ({})").format(table, _names(mart.primary_key)))
    for index in mart.indexes:
        connection.execute(sql.SQL("create index on {} ({})").format(table, _names(index)))
    connection.execute(sql.SQL("analyze {}").format(table))
    return done.rowcount


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


def _refresh(connection: psycopg.Connection[Any], mart: Mart, columns: list[str]) -> int:
    """Delete what is gone, insert what is new, update what differs; a row that stays is not touched. The number of rows."""
    rest = [name for name in columns if name not in mart.primary_key]
    parts = {
        "mart": sql.Identifier("marts", mart.name),
        "candidate": sql.Identifier("candidate", mart.name),
        "same_key": sql.SQL(" and ").join(sql.SQL("m.{0} = c.{0}").format(sql.Identifier(name)) for name in mart.primary_key),
        "key": _names(mart.primary_key),
        "all": _names(columns),
        "all_c": sql.SQL(", ").join(sql.Identifier("c", name) for name in columns),
        "first_key": sql.Identifier(mart.primary_key[0]),
    }
    connection.execute(sql.SQL("analyze {candidate}").format(**parts))
    gone = connection.execute(
        sql.SQL("delete from {mart} as m where not exists (select 1 from {candidate} as c where {same_key})").format(**parts)
    )
    conflict: sql.Composable
    if rest:
        differs = sql.SQL("m.{first_key} is null or ({old}) is distinct from ({new})").format(
            first_key=parts["first_key"],
            old=sql.SQL(", ").join(sql.Identifier("m", name) for name in rest),
            new=sql.SQL(", ").join(sql.Identifier("c", name) for name in rest),
        )
        conflict = sql.SQL("do update set {}").format(
            sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in rest)
        )
    else:
        differs = sql.SQL("m.{first_key} is null").format(**parts)
        conflict = sql.SQL("do nothing")
    come = connection.execute(
        sql.SQL(
            "insert into {mart} ({all}) select {all_c} from {candidate} as c left join {mart} as m on {same_key} "
            "where {differs} on conflict ({key}) {conflict}"
        ).format(**parts, differs=differs, conflict=conflict)
    )
    row = connection.execute(sql.SQL("select count(*) from {candidate}").format(**parts)).fetchone()
    assert row is not None  # noqa: S101
    if gone.rowcount + come.rowcount > int(row[0]) * STALE_STATISTICS_RATE:
        connection.execute(sql.SQL("analyze {mart}").format(**parts))
    return int(row[0])


def _names(columns: tuple[str, ...] | list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in columns)
