"""No query but those of schema `platform` crosses tenants: read off the SQL that dbt compiled, by a parser and not by its looks.

Of each select over tables with a tenant_id: all of them hang together by equality of tenant_id (also with the query around it),
each window and each group leads with tenant_id, and nothing is added up over all of them. So the schema distributes by tenant.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from psycopg import sql
from sqlglot import exp

import api.marts
from orchestration import dbt_command

KEY = "tenant_id"
# What a function of ours returns rows of.
FUNCTIONS = {"collector_tail_of_campaigns"}
DIGEST = "download_key is a digest that the tenant is part of, so that what shares it is one tenant's; its sort is most of the cost"
# Model and fault: why it may stand.
ALLOWED: Mapping[tuple[str, str], str] = {
    ("int_windows_counted", "a window that does not lead with tenant_id"): DIGEST,
    ("int_windows_counted", "a group that does not lead with tenant_id"): DIGEST,
    ("int_collection_hours", "tables that no equal tenant_id ties"): "an hour that prunes day partitions; no row depends on it",
    ("int_collection_hours", "a sum over all tenants"): "an hour that prunes day partitions; no row depends on it",
}
# What the API reads it reads under row-level security, as one tenant: there a join alone could be one that does not distribute.
ONE_CONVERSION = "the conversion that is explained, beside the sponsors of the tenant that asks"
ALLOWED_READS: Mapping[tuple[str, str], str] = {
    ("explanation_queries", "_CANDIDATES"): ONE_CONVERSION,
    ("explanation_queries", "NOT_ELIGIBLE"): ONE_CONVERSION,
    ("explanation_queries", "NEAREST"): ONE_CONVERSION,
    ("explanation", "NEAREST"): ONE_CONVERSION,
}


@dataclass
class Lint:
    """Faults of one query. `known`: whether a table of the database or a model has tenants, by name."""

    known: Mapping[str, bool]
    faults: list[str] = field(default_factory=list)

    def relation(self, query: exp.Expression, ctes: Mapping[str, bool], outer: frozenset[str]) -> bool:
        """Whether a query's rows have a tenant; `outer`: names of the tables with one that it may refer to."""
        ctes = dict(ctes)
        with_ = query.args.get("with_") or query.args.get("with")
        for cte in with_.expressions if with_ else ():
            ctes[cte.alias] = self.relation(cte.this, ctes, frozenset())
        if isinstance(query, exp.Subquery | exp.Paren):
            return self.relation(query.this, ctes, outer)
        if isinstance(query, exp.SetOperation):
            sides = [self.relation(side, ctes, outer) for side in (query.left, query.right)]
            return all(sides)
        return self.select(query, ctes, outer) if isinstance(query, exp.Select) else False

    def select(self, query: exp.Select, ctes: Mapping[str, bool], outer: frozenset[str]) -> bool:
        source = query.args.get("from_") or query.args.get("from")
        joins = [join.this for join in query.args.get("joins") or ()] + list(query.args.get("laterals") or ())
        tables: dict[str, bool] = {}
        for item in ([source.this] if source else []) + joins:
            seen = frozenset(name for name, has in tables.items() if has) | outer
            tables[item.alias_or_name] = self.item(item, ctes, seen if isinstance(item, exp.Lateral) else outer)
        mine = {name for name, has in tables.items() if has}
        for inner in _nested(query):
            self.relation(inner, ctes, frozenset(mine) | outer)
        if mine:
            self.judge(query, mine, outer)
        return _has_key(query, tables)

    def item(self, item: exp.Expression, ctes: Mapping[str, bool], outer: frozenset[str]) -> bool:
        if isinstance(item, exp.Lateral):
            return isinstance(item.this, exp.Subquery) and self.relation(item.this, ctes, outer)
        if isinstance(item, exp.Subquery):
            return self.relation(item, ctes, outer)
        if not isinstance(item, exp.Table):
            return False
        if isinstance(item.this, exp.Func):
            return item.this.name.lower() in FUNCTIONS
        return ctes[item.name] if not item.db and item.name in ctes else self.known.get(item.name, False)

    def judge(self, query: exp.Select, mine: set[str], outer: frozenset[str]) -> None:
        groups = _tied(query, mine | set(outer), mine)
        parts = {groups[name] for name in mine}
        is_tied_outside = any(groups[name] in parts for name in outer)
        if len(parts) > 1 or (outer and not is_tied_outside):
            self.fault("tables that no equal tenant_id ties", query)
        windows = {str(one.this): one for one in query.args.get("windows") or ()}
        for window in _own(query, exp.Window):
            if not _leads(_partition(window, windows)):
                self.fault("a window that does not lead with tenant_id", window)
        group = query.args.get("group")
        if group is not None:
            if not _leads(group.expressions or [one for sets in group.args.get("grouping_sets") or () for one in sets.expressions]):
                self.fault("a group that does not lead with tenant_id", group)
        elif not is_tied_outside and any(True for _ in _own(query, exp.AggFunc, below_window=False)):
            self.fault("a sum over all tenants", query)
        distinct = query.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None and not _leads(distinct.args["on"].expressions):
            self.fault("a distinct on that does not lead with tenant_id", query)

    def fault(self, what: str, where: exp.Expression) -> None:
        self.faults.append(f"{what}: {where.sql('postgres')[:160]}")


def _own(query: exp.Expression, kind: type[Any], below_window: bool = True) -> Iterator[Any]:
    """Nodes of a kind within a select, but not within the selects in it."""
    for node in query.walk(prune=lambda n: n is not query and isinstance(n, exp.Select | exp.With)):
        above = node.parent.parent if isinstance(node.parent, exp.Filter) else node.parent
        is_kind = isinstance(node, kind) and node is not query
        # What a select names once and its windows share is judged where it is used.
        is_shared = isinstance(node, exp.Window) and node.args.get("over") is None
        if is_kind and not is_shared and (below_window or not isinstance(above, exp.Window)):
            yield node


def _nested(query: exp.Select) -> Iterator[exp.Expression]:
    """The selects within expressions: exists, in, scalar ones."""
    for key in ("expressions", "where", "having", "qualify", "order"):
        value = query.args.get(key)
        for part in value if isinstance(value, list) else [value] if value is not None else []:
            for node in part.walk(prune=lambda n: isinstance(n, exp.Select)):
                if isinstance(node, exp.Select):
                    yield node
    for join in query.args.get("joins") or ():
        for node in (join.args.get("on") or exp.Null()).walk(prune=lambda n: isinstance(n, exp.Select)):
            if isinstance(node, exp.Select):
                yield node


def _partition(window: exp.Window, named: Mapping[str, exp.Window]) -> list[exp.Expression]:
    found = list(window.args.get("partition_by") or [])
    name = window.args.get("alias")
    while not found and name is not None and str(name) in named:
        found = list(named[str(name)].args.get("partition_by") or [])
        name = named[str(name)].args.get("alias")
    return found


def _leads(expressions: list[exp.Expression]) -> bool:
    first = expressions[0] if expressions else None
    while isinstance(first, exp.Tuple | exp.Paren):
        first = first.expressions[0] if isinstance(first, exp.Tuple) else first.this
    return first is not None and bool(_keys(first))


def _keys(node: exp.Expression) -> list[exp.Column]:
    """The tenant_id columns that an expression is, alone or of several the first that is there."""
    if isinstance(node, exp.Column):
        return [node] if node.name == KEY else []
    if isinstance(node, exp.Coalesce):
        parts = [_keys(part) for part in (node.this, *node.expressions)]
        return [key for keys in parts for key in keys] if all(parts) else []
    return []


def _tied(query: exp.Select, names: set[str], mine: set[str]) -> dict[str, str]:
    """Each table's part: those that equality of tenant_id ties have the same."""
    part = {name: name for name in names}

    def tie(several: list[str]) -> None:
        for one in several[1:]:
            old, new = part[one], part[several[0]]
            for name in part:
                part[name] = new if part[name] == old else part[name]

    lone = next(iter(mine)) if len(mine) == 1 else ""
    for equal in _own(query, exp.EQ):
        left, right = _keys(equal.this), _keys(equal.expression)
        if left and right:
            tie([name for key in (*left, *right) if (name := key.table or lone) in part])
    seen: list[str] = []
    source = query.args.get("from_") or query.args.get("from")
    for item, using in [(source.this, [])] + [(join.this, join.args.get("using") or []) for join in query.args.get("joins") or ()]:
        if item.alias_or_name in mine:
            seen.append(item.alias_or_name)
            if any(column.name == KEY for column in using):
                tie(seen)
    return part


def _has_key(query: exp.Select, tables: Mapping[str, bool]) -> bool:
    for column in query.expressions:
        if isinstance(column, exp.Star) and any(tables.values()):
            return True
        if isinstance(column, exp.Column) and isinstance(column.this, exp.Star) and tables.get(column.table, False):
            return True
        if column.alias_or_name == KEY:
            return True
    return False


def lint(text: str, known: Mapping[str, bool]) -> list[str]:
    found = Lint(known)
    found.relation(sqlglot.parse_one(text, read="postgres"), {}, frozenset())
    return found.faults


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("select a.x from t as a inner join t as b on a.tenant_id = b.tenant_id and a.x = b.x", ""),
        ("select a.x from t as a inner join t as b on a.x = b.x", "tables that no equal"),
        ("select a.x from t as a cross join t as b where a.tenant_id = b.tenant_id", ""),
        ("select a.x from t as a, t as b", "tables that no equal"),
        ("select x from t as a inner join t as b using (tenant_id)", ""),
        ("select x from t as a inner join t as b using (x)", "tables that no equal"),
        ("with c as (select x from t) select c.x from c inner join t on c.x = t.x", ""),
        ("with c as (select t.* from t) select c.x from c inner join t as b on c.x = b.x", "tables that no equal"),
        ("select x from t as a where exists (select 1 from t as b where b.tenant_id = a.tenant_id)", ""),
        ("select x from t as a where exists (select 1 from t as b where b.x = a.x)", "tables that no equal"),
        ("select x from t as a where a.x in (select b.x from t as b)", "tables that no equal"),
        ("select sum(x) over (partition by tenant_id, y) from t", ""),
        ("select sum(x) over (partition by y, tenant_id) from t", "a window"),
        ("select sum(x) over w from t window w as (partition by tenant_id order by y)", ""),
        ("select row_number() over (order by y) from t", "a window"),
        ("select tenant_id, sum(x) from t group by tenant_id", ""),
        ("select y, sum(x) from t group by y, tenant_id", "a group"),
        ("select sum(x) from t", "a sum"),
        ("select a.x, (select max(b.x) from t as b where b.tenant_id = a.tenant_id) from t as a", ""),
        ("select distinct on (y) x from t order by y", "a distinct on"),
        ("select max(x) from plain", ""),
        ("select a.x from t as a cross join lateral (select b.x from t as b where b.x = a.x) as l", "tables that no equal"),
    ],
)
def test_the_lint_finds_what_crosses_tenants(query: str, fault: str) -> None:
    found = lint(query, {"t": True, "plain": False})
    assert [one.startswith(fault) for one in found] == ([True] if fault else []), found


@pytest.fixture(scope="module")
def compiled(warehouse: Any) -> Mapping[str, str]:
    """The SQL of every model as a full build has it, by its name."""
    arguments = ["compile", "--select", "path:models", "--full-refresh", "--quiet"]
    outcome = dbt_command.invoke_parsed([*arguments, *dbt_command.global_arguments(warehouse.target)], {})
    assert outcome.success, outcome.exception
    files = [path for path in sorted(Path(warehouse.target, "compiled").glob("*/models/**/*.sql")) if path.parent.suffix != ".yml"]
    return {path.stem: path.read_text("utf-8") for path in files}


@pytest.fixture(scope="module")
def tables(warehouse: Any) -> Mapping[str, bool]:
    """Whether each table of a migrated database has tenants."""
    found = warehouse.rows(
        "select c.relname, bool_or(a.attname = 'tenant_id') from pg_class as c "
        "inner join pg_namespace as n on n.oid = c.relnamespace "
        "inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 "
        "where n.nspname in ('app', 'raw', 'ops', 'estimates', 'intermediate') and c.relkind in ('r', 'p', 'v') group by c.relname"
    )
    return {str(name): bool(has) for name, has in found}


def test_no_model_crosses_tenants(tables: Mapping[str, bool], compiled: Mapping[str, str]) -> None:
    known = with_models(tables, compiled)
    found = {(name, fault.partition(":")[0]): fault for name, text in compiled.items() for fault in lint(text, known)}
    assert len(compiled) > 60 and sum(known[name] for name in compiled) > 50
    assert {key: fault for key, fault in found.items() if key not in ALLOWED} == {}
    assert not set(ALLOWED) - set(found), "an exception that nothing needs any more"


def test_no_read_of_the_api_joins_without_the_tenant(tables: Mapping[str, bool], compiled: Mapping[str, str]) -> None:
    known, found, read = with_models(tables, compiled), dict[tuple[str, str], list[str]](), 0
    for module in pkgutil.iter_modules(api.marts.__path__):
        for name, value in vars(importlib.import_module(f"api.marts.{module.name}")).items():
            text = value.as_string(None) if isinstance(value, sql.Composable) else value
            if isinstance(text, str) and re.match(r"\s*(select|with)\s", text) and "{" not in text:
                read += 1
                faults = lint(re.sub(r"%\(\w+\)s|%s", "null", text).replace("%%", "%"), known)
                found[module.name, name] = [fault for fault in faults if fault.startswith("tables that")]
    assert read > 60
    assert {key: faults for key, faults in found.items() if faults and key not in ALLOWED_READS} == {}


def with_models(tables: Mapping[str, bool], compiled: Mapping[str, str]) -> Mapping[str, bool]:
    """Models beside the tables. One reads others: until nothing changes."""
    known = dict(tables)
    for _ in range(len(compiled)):
        before = dict(known)
        for name, text in compiled.items():
            known[name] = Lint(known).relation(sqlglot.parse_one(text, read="postgres"), {}, frozenset())
        if known == before:
            break
    return known
