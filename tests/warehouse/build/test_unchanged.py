"""Views and seeds that stand as they would be made again are left as they are; whatever differs is made anew."""

from typing import Any

NODES = ("stg_campaigns__tenants", "event_kinds")


def _oids(warehouse: Any) -> tuple[int, int]:
    return warehouse.rows(
        "select to_regclass('staging.stg_campaigns__tenants')::oid::int, to_regclass('staging.event_kinds')::oid::int"
    )[0]


def _build(warehouse: Any, **changes: Any) -> None:
    warehouse.build(select=NODES, publish=False, **changes)


def test_what_stands_is_left_and_what_hangs_on_it_with_it(warehouse: Any) -> None:
    _build(warehouse)
    made = _oids(warehouse)
    warehouse.execute("create view public.hangs_on_it as select tenant_id from staging.stg_campaigns__tenants")
    _build(warehouse)
    assert _oids(warehouse) == made
    assert warehouse.rows("select to_regclass('public.hangs_on_it') is not null") == [(True,)]


def test_what_was_dropped_or_made_of_something_else_is_made_anew(warehouse: Any) -> None:
    _build(warehouse)
    view, _ = _oids(warehouse)
    rows = warehouse.rows("select count(*) from staging.event_kinds")
    warehouse.execute("drop view staging.stg_campaigns__tenants cascade")
    # As an older release left them: its rows, and the comment of what they were made of.
    warehouse.execute("truncate staging.event_kinds")
    warehouse.execute("comment on table staging.event_kinds is 'made of something else'")
    _build(warehouse)
    assert _oids(warehouse)[0] not in (None, view)
    assert warehouse.rows("select count(*) from staging.event_kinds") == rows


def test_a_full_build_makes_all_of_them_again(warehouse: Any) -> None:
    _build(warehouse)
    made = _oids(warehouse)
    _build(warehouse, full=True)
    assert set(_oids(warehouse)).isdisjoint({*made, None})


def test_a_view_is_made_anew_where_what_it_reads_has_other_columns(warehouse: Any) -> None:
    """A view's `*` means the columns of its making: after an upgrade it would go on without the new one."""
    _build(warehouse)
    made = _oids(warehouse)
    warehouse.execute("alter table app.tenants add column new_of_this_release int")
    _build(warehouse)
    view, seed = _oids(warehouse)
    assert view != made[0]
    assert seed == made[1]
