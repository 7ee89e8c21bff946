"""Row-level security proves isolation on its own: the same past all of the code, and by what the catalogue says."""

import json
from typing import Any

import psycopg
import pytest


@pytest.mark.parametrize("role", ["hostread_app", "hostread_reader"])
def test_the_same_by_raw_sql(sides: tuple[Any, Any], url: str, role: str) -> None:
    """A table whose policy was forgotten: read, changed, deleted and written as another account, past all of the code."""
    ours, theirs = sides
    with psycopg.connect(url) as owner:
        tables = owner.execute(TABLES, {"role": role}).fetchall()
        rows = {}
        for table, *_ in tables:
            # Views are read below; a row is written to tables alone.
            row = owner.execute(f"select to_jsonb(t) from {table} as t where tenant_id = %s limit 1", [theirs.tenant_id]).fetchone()
            rows[table] = row[0] if row else None
    assert sum(row is not None for row in rows.values()) > 60
    written = 0
    with psycopg.connect(url, options=f"-c role={role}") as c:
        c.execute("select set_config('hostread.tenant_id', %s, false)", [str(ours.tenant_id)])
        for table, kind, may_update, may_delete, may_insert in tables:
            assert c.execute(f"select count(*) from {table} where tenant_id = %s", [theirs.tenant_id]).fetchone() == (0,), table
            if kind == "v":
                continue
            if may_update:
                done = c.execute(f"update {table} set {may_update} = {may_update} where tenant_id = %s", [theirs.tenant_id])
                assert done.rowcount == 0, table
            if may_delete:
                assert c.execute(f"delete from {table} where tenant_id = %s", [theirs.tenant_id]).rowcount == 0, table
            if may_insert and rows[table] is not None:
                with pytest.raises(psycopg.errors.InsufficientPrivilege), c.transaction():
                    c.execute(
                        f"insert into {table} overriding system value select * from jsonb_populate_record(null::{table}, %s)",
                        [json.dumps(rows[table])],
                    )
                written += 1
    assert written > 10 or role == "hostread_reader"


def test_what_passes_the_policies_is_known_by_name(database_url: str) -> None:
    """A new function that runs as the owner and that the application may call: each was judged by somebody."""
    with psycopg.connect(database_url) as owner:
        found = owner.execute(
            """
            select p.proname
            from pg_proc as p
            where
                p.prosecdef and p.pronamespace::regnamespace::text in ('app', 'ops', 'raw', 'marts')
                and p.prorettype <> 'trigger'::regtype and has_function_privilege('hostread_app', p.oid, 'execute')
            """
        ).fetchall()
    known = {
        "accept_invitation", "customer_rows", "find_customer", "service_levels",
        "add_tenant", "claim_letter", "claim_report", "count_attempt", "find_api_key", "find_delivery",
        "find_invitation", "find_login", "find_memberships", "finish_letter", "is_operator", "is_verified",
        "list_pending_deliveries",
        "list_report_schedules", "list_waiting_issues", "make_login_token", "open_letter", "queue_letter", "record_action",
        "register_tenant", "use_login_token",
    }  # fmt: skip
    assert sorted({name for (name,) in found} - known) == []


# (table, kind, a column that the role may update or null, may it delete, may it insert) of what the role reads and a tenant has.
TABLES = """
select
    format('%%I.%%I', n.nspname, c.relname), c.relkind::text,
    (
        select quote_ident(min(u.attname))
        from pg_attribute as u
        where
            u.attrelid = c.oid and u.attnum > 0 and not u.attisdropped and u.attidentity = '' and u.attgenerated = ''
            and has_column_privilege(%(role)s, c.oid, u.attnum, 'update')
    ),
    has_table_privilege(%(role)s, c.oid, 'delete'),
    has_table_privilege(%(role)s, c.oid, 'insert')
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where
    n.nspname in ('app', 'raw', 'ops', 'marts', 'estimates') and c.relkind in ('r', 'p', 'v') and not c.relispartition
    and has_schema_privilege(%(role)s, n.oid, 'usage') and has_column_privilege(%(role)s, c.oid, a.attnum, 'select')
order by 1
"""
