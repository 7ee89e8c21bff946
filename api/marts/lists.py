"""The lists that judge, the recounts that were asked for, and the method statement: what ops says of counting."""

import hashlib
import json
from collections.abc import Mapping

from api.marts.counting_settings import own_values
from api.marts.keyset import Order, Slice, Window
from api.marts.models.quality import ListPart, Lists, ListSourceState, ListVersion, Method, RecountRow
from api.marts.own_models import own_models
from api.marts.warehouse import Reader

FIRST = Window(limit=100)
NEWEST = Order("asked_at timestamptz desc", "recount_id uuid desc")
VERSIONS = """
select
    list_name, list_version as version, entry_count as entries, loaded_at, parts,
    row_number() over (partition by list_name order by loaded_at desc, list_version) as place
from ops.lists
order by list_name, place
"""
SOURCES = """
select
    s.source_name as source, s.list_name, s.url, s.last_success_at, s.last_error,
    (
        select d.held_reason from ops.list_snapshots as d
        where d.source_name = s.source_name and d.status = 'held' order by d.fetched_at desc limit 1
    ) as held
from ops.list_sources as s
where s.is_active
order by s.list_name desc, s.position_number, s.source_name
"""
RECOUNTS = """
select
    recount_id, list_name || '@' || list_version as list, from_day, to_day, reason, asked_by, asked_at, judged_at, finished_at,
    failed_reason, requests_changed, requests_not_judgeable, counted_before, counted_after
from ops.recounts
"""
METHOD = "select statement_version, stated_at, statement from ops.method_statements order by last_stated_at desc limit 1"
SHOWN_VERSIONS = 20


def lists(c: Reader) -> Lists:
    """The last 20 versions of each list, and every source's state."""
    versions = [
        ListVersion(
            list_name=row["list_name"],
            version=row["version"],
            entries=row["entries"],
            loaded_at=row["loaded_at"],
            is_newest=row["place"] == 1,
            parts=[ListPart(**part) for part in row["parts"]],
        )
        for row in c.execute(VERSIONS).fetchall()
        if row["place"] <= SHOWN_VERSIONS
    ]
    return Lists(versions=versions, sources=[ListSourceState(**row) for row in c.execute(SOURCES).fetchall()])


def recounts(c: Reader, page: Window = FIRST) -> Slice[RecountRow]:
    """A page of the tenant's recounts, newest first."""
    return NEWEST.read(c, RECOUNTS, {}, page).map(lambda row: RecountRow(**row))


def method(c: Reader) -> Method | None:
    """What the newest build was counted by, with the account's own rules of today where it chose any; None before the first."""
    row = c.execute(METHOD).fetchone()
    if row is None:
        return None
    own = {name: value for name, value in own_values(c).items() if value is not None}
    stated = Method(**row, own_settings=sorted(own), own_models=own_models(c))
    return _with_own(stated, own) if own else stated


def _with_own(stated: Method, own: Mapping[str, int | bool]) -> Method:
    """The statement as the account's own rules make it, under a version of its own."""
    sections = [
        section
        | {
            "rules": [
                rule | {"settings": {name: own.get(name, value) for name, value in rule["settings"].items()}}
                for rule in section["rules"]
            ]
        }
        for section in stated.statement["sections"]
    ]
    statement = stated.statement | {"sections": sections}
    digest = hashlib.sha256(json.dumps(statement, sort_keys=True).encode()).hexdigest()[:12]
    return stated.model_copy(update={"statement": statement, "statement_version": digest})
