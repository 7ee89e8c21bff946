"""What publishing changes of a mart, found in one comparison: restatements, re-opened conversions and publication all read it."""

from typing import Any

import psycopg
from psycopg import sql

_COLUMNS = """
select a.attname::text, format_type(a.atttypid, a.atttypmod)
from pg_attribute as a
where a.attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
# A candidate that dbt keeps by changes (materialization patched, whose tables alone have the comment) has noted every conversion
# that it made again since the last publication: none but those can differ, unless it was made anew as a whole.
_FOLLOWED = """
select
    count(p.tenant_id) <= greatest(1000, 0.25 * min(c.reltuples)) and count(p.source) = count(p.tenant_id)
from pg_class as c
left join intermediate.pairing_changes as p on p.follower = 'publication' and p.source = %(name)s
where
    c.oid = to_regclass(format('candidate.%%I', %(name)s::text)) and c.relkind = 'r'
    and obj_description(c.oid, 'pg_class') like 'kept by changes: %%'
group by c.oid
"""
_KEY = """
select a.attname::text
from pg_index as i
cross join lateral unnest(i.indkey) with ordinality as k (attnum, place)
inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
where i.indisprimary and i.indrelid = format('marts.%%I', %s::text)::regclass
order by k.place
"""


def columns_of(connection: psycopg.Connection[Any], schema: str, table: str) -> dict[str, str]:
    """The type of each column in its order; empty where there is no such table."""
    return {str(name): str(kind) for name, kind in connection.execute(_COLUMNS, [schema, table])}


def compared(connection: psycopg.Connection[Any], name: str) -> sql.Identifier:
    """The temporary table with one row per key of `marts.<name>` or `candidate.<name>` whose row is `new`, `gone` or `changed`
    (column `change`). Made by the first who asks, for the rest of the transaction.

    A column that the published mart does not have yet counts as NULL there. Raises ValueError for a mart without a primary key.
    """
    found = sql.Identifier("pg_temp", f"difference_{name}")
    made = connection.execute("select to_regclass(%s) is not null", [f"pg_temp.difference_{name}"]).fetchone()
    if made is None or not made[0]:
        connection.execute(_comparison(connection, name))
    return found


def is_followed(connection: psycopg.Connection[Any], name: str) -> bool:
    """Whether `candidate.<name>` differs from its mart in no conversions but those noted as made again, which are few."""
    row = connection.execute(_FOLLOWED, {"name": name}).fetchone()
    return row is not None and bool(row[0])


def forget_followed(connection: psycopg.Connection[Any], name: str) -> None:
    """Take away what `candidate.<name>` noted for the publication: it has followed."""
    connection.execute("delete from intermediate.pairing_changes where follower = 'publication' and source = %s", [name])


def made_again(connection: psycopg.Connection[Any], schema: str, name: str) -> sql.Composed:
    """The rows of `<schema>.<name>` whose conversions were made again since the last publication, as a query."""
    again = sql.Identifier("pg_temp", f"made_again_{name}")
    made = connection.execute("select to_regclass(%s) is not null", [f"pg_temp.made_again_{name}"]).fetchone()
    if made is None or not made[0]:
        connection.execute("set local random_page_cost = 1.1")
        connection.execute(
            sql.SQL(
                "create temporary table {} on commit drop as select distinct tenant_id, conversion_id "
                "from intermediate.pairing_changes where follower = 'publication' and source = {}"
            ).format(again, sql.Literal(name))
        )
        connection.execute(sql.SQL("analyze {}").format(again))
    return sql.SQL(
        "(select r.* from {} as k inner join {} as r on k.tenant_id = r.tenant_id and k.conversion_id = r.conversion_id)"
    ).format(again, sql.Identifier(schema, name))


def _comparison(connection: psycopg.Connection[Any], name: str) -> sql.Composed:
    key = [str(row[0]) for row in connection.execute(_KEY, [name])]
    if not key:
        raise ValueError(f"found marts.{name} without a primary key, expected one: publish it before comparing it")
    before, after = columns_of(connection, "marts", name), columns_of(connection, "candidate", name)
    mart: sql.Composable = sql.Identifier("marts", name)
    candidate: sql.Composable = sql.Identifier("candidate", name)
    if is_followed(connection, name):
        mart, candidate = (made_again(connection, schema, name) for schema in ("marts", "candidate"))
    else:
        connection.execute(sql.SQL("analyze {}").format(candidate))
    differing: sql.Composable = sql.SQL("")
    if rest := [column for column in after if column not in key]:
        differing = sql.SQL("or ({}) is distinct from ({})").format(
            sql.SQL(", ").join(_value("m", column, before, after) for column in rest),
            sql.SQL(", ").join(_value("c", column, after, before) for column in rest),
        )
    return sql.SQL(
        "create temporary table {found} on commit drop as select {key}, "
        "case when c.{first} is null then 'gone' when m.{first} is null then 'new' else 'changed' end as change "
        "from {mart} as m full join {candidate} as c on {same} where m.{first} is null or c.{first} is null {differing}"
    ).format(
        found=sql.Identifier(f"difference_{name}"),
        key=sql.SQL(", ").join(sql.SQL("coalesce(m.{0}, c.{0}) as {0}").format(sql.Identifier(column)) for column in key),
        first=sql.Identifier(key[0]),
        mart=mart,
        candidate=candidate,
        same=sql.SQL(" and ").join(sql.SQL("m.{0} = c.{0}").format(sql.Identifier(column)) for column in key),
        differing=differing,
    )


def _value(side: str, column: str, own: dict[str, str], other: dict[str, str]) -> sql.Composable:
    """The column as one side has it: NULL where it has none, as text where the two sides' types differ."""
    if column not in own:
        return sql.SQL("null")
    is_same = other.get(column, own[column]) == own[column]
    return sql.SQL("{}" if is_same else "{}::text").format(sql.Identifier(side, column))
