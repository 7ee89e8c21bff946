"""No tenant sees or changes another's: by request, by raw SQL, and by what the catalogue says of every table and view."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

READS = [
    "/v1/campaigns/{campaign}", "/v1/campaigns/{campaign}/status-history", "/v1/campaigns/{campaign}/analytics",
    "/v1/campaigns/{campaign}/analytics?live=false", "/v1/campaigns/{campaign}/attribution",
    "/v1/campaigns/{campaign}/attribution?basis=exposure_date&model=linear", "/v1/campaigns/{campaign}/roi",
    "/v1/campaigns/{campaign}/roi/cohorts", "/v1/campaigns/{campaign}/lift", "/v1/campaigns/{campaign}/lift-holdouts",
    "/v1/campaigns/{campaign}/delivery", "/v1/campaigns/{campaign}/forecast",
    "/v1/campaigns/{campaign}/conversions",
    "/v1/downloads?show_id={show}", "/v1/reports/{report}", "/v1/reports/{report}/files/pdf",
]  # fmt: skip
LISTS = [
    "/v1/campaigns", "/v1/sponsors", "/v1/shows", "/v1/sites", "/v1/reports", "/v1/reports?campaign_id={campaign}",
    "/v1/api-keys", "/v1/report-schedules", "/v1/overview", "/v1/attribution", "/v1/roi", "/v1/spend",
    "/v1/saturation?windows=all", "/v1/saturation/alerts", "/v1/budget-advice",
    "/v1/metrics/ttfv", "/v1/metrics/completion", "/v1/metrics/rates", "/v1/metrics/friction", "/v1/me",
    "/v1/fraud", "/v1/fraud-scores", "/v1/fraud-decisions",
]  # fmt: skip


def ids_of(account: Any) -> dict[str, str]:
    return {
        "campaign": account.campaign_id, "show": account.show_id, "report": account.report["report_id"],
        "site": account.site["site_id"], "sponsor": account.sponsor_id,
    }  # fmt: skip


def test_what_belongs_to_another_answers_as_what_is_not_there(account: Any, stranger: Any, published: str) -> None:
    assert published
    theirs, nobodys = ids_of(stranger), {name: str(uuid4()) for name in ids_of(stranger)}
    for path in READS:
        ours = account.http.get(path.format(**ids_of(account)))
        assert ours.status_code in (200, 409), (path, ours.text)
        foreign, absent = account.http.get(path.format(**theirs)), account.http.get(path.format(**nobodys))
        assert foreign.status_code == absent.status_code == 404, path
        assert comparable(foreign.json(), theirs) == comparable(absent.json(), nobodys), path


def test_no_list_and_no_total_holds_anything_foreign(account: Any, stranger: Any, published: str) -> None:
    assert published
    for path in LISTS:
        answer = account.http.get(path.format(**ids_of(account)))
        assert answer.status_code == 200, (path, answer.text)
        for name, value in ids_of(stranger).items():
            assert value not in answer.text, (path, name)
        assert "theirs" not in answer.text, path
    assert account.http.get(f"/v1/reports?campaign_id={stranger.campaign_id}").json()["items"] == []


def test_nothing_foreign_can_be_changed_or_built_on(account: Any, stranger: Any, tools: Any) -> None:
    theirs = ids_of(stranger)
    key_id = stranger.http.get("/v1/api-keys").json()["items"][0]["key_id"]
    entry = tools.campaign_entry(account.sponsor_id, account.show_id, utm_campaign="x", placements=[])
    attempts = [
        ("PATCH", "/v1/campaigns/{campaign}", {"name": "taken"}),
        ("PATCH", f"/v1/campaigns/{account.campaign_id}", {"placements": [{"show_id": theirs["show"]}]}),
        ("PATCH", f"/v1/campaigns/{account.campaign_id}", {"promo_codes": [{"show_id": theirs["show"], "code": "MINE"}]}),
        ("POST", "/v1/campaigns/{campaign}/status", {"status": "cancelled"}),
        ("POST", "/v1/campaigns", entry | {"sponsor_id": theirs["sponsor"]}),
        ("POST", "/v1/campaigns", entry | {"promo_codes": [{"show_id": theirs["show"], "code": "MINE"}]}),
        ("POST", "/v1/sites", {"sponsor_id": theirs["sponsor"], "name": "x", "domain": "x.example"}),
        ("POST", "/v1/reports", {"campaign_id": theirs["campaign"]}),
        ("POST", "/v1/report-schedules", {"sponsor_id": theirs["sponsor"], "recipients": ["a@b.com"]}),
        ("DELETE", f"/v1/api-keys/{key_id}", None),
    ]
    before = stranger.http.get(f"/v1/campaigns/{stranger.campaign_id}").json()
    for method, path, body in attempts:
        answer = account.http.request(method, path.format(**theirs), json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert stranger.http.get(f"/v1/campaigns/{stranger.campaign_id}").json() == before
    assert stranger.http.get("/v1/me").status_code == 200


@pytest.mark.parametrize("role", ["hostread_app", "hostread_reader"])
def test_raw_sql_sees_nothing_foreign(account: Any, stranger: Any, published: str, database_url: str, role: str) -> None:
    assert published and stranger.tenant_id != account.tenant_id
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into raw.collector_events (tenant_id, site_id, received_at, message_id, kind, body_sha256, run_id) "
            "values (%s, gen_random_uuid(), now(), 'm', 'track', '\\x00', 'r')",
            [stranger.tenant_id],
        )
        tables = readable_tenant_tables(owner, role)
    assert len(tables) >= 9
    with psycopg.connect(database_url, options=f"-c role={role}") as c:
        for table in tables:
            assert c.execute(f"select count(*) from {table}").fetchone() == (0,), f"{table} without a tenant"
        c.execute("select set_config('hostread.tenant_id', %s, true)", [str(account.tenant_id)])
        for table in tables:
            foreign = c.execute(f"select count(*) from {table} where tenant_id <> %s", [account.tenant_id]).fetchone()
            assert foreign == (0,), table


def test_the_app_role_cannot_write_for_another_tenant(account: Any, stranger: Any, database_url: str) -> None:
    with psycopg.connect(database_url, options="-c role=hostread_app") as c:
        c.execute("select set_config('hostread.tenant_id', %s, false)", [str(account.tenant_id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege), c.transaction():
            c.execute("insert into app.sponsors (tenant_id, name) values (%s, 'x')", [stranger.tenant_id])
        assert c.execute("update app.campaigns set name = 'x' where tenant_id = %s", [stranger.tenant_id]).rowcount == 0
        assert c.execute("delete from app.sponsors where tenant_id = %s", [stranger.tenant_id]).rowcount == 0
        for statement in (
            "select * from app.household_keys",
            "delete from app.audit_log",
            "update app.product_events set user_id = null",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), c.transaction():
                c.execute(statement)


def test_every_tenants_table_has_its_policy_and_every_view_its_caller_s_rights(database_url: str, published: str) -> None:
    assert published
    with psycopg.connect(database_url) as owner:
        unprotected = owner.execute(
            """
            select format('%I.%I', n.nspname, c.relname)
            from pg_class as c
            inner join pg_namespace as n on n.oid = c.relnamespace
            inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
            where
                n.nspname in ('app', 'raw', 'ops', 'marts') and c.relkind in ('r', 'p') and not c.relispartition
                and (
                    not c.relrowsecurity
                    or not exists (
                        select 1
                        from pg_policy as p
                        where p.polrelid = c.oid and pg_get_expr(p.polqual, c.oid) like '%current_tenant_id()%'
                    )
                )
            """
        ).fetchall()
        assert unprotected == []
        views = owner.execute(
            """
            select format('%I.%I', n.nspname, c.relname), coalesce(array_to_string(c.reloptions, ','), '')
            from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname in ('marts', 'app', 'ops', 'raw') and c.relkind = 'v'
            """
        ).fetchall()
        assert views and all("security_invoker=true" in options.replace("on", "true") for _, options in views), views
        # Partitions are reached through their parents alone: the roles that are bound have no right of their own on them.
        reachable = owner.execute(
            """
            select c.relname
            from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
            where
                n.nspname in ('app', 'raw', 'ops', 'marts') and c.relispartition and c.relkind = 'r'
                and not c.relrowsecurity
                and (
                    has_table_privilege('hostread_app', c.oid, 'select')
                    or has_table_privilege('hostread_reader', c.oid, 'select')
                )
            """
        ).fetchall()
        assert reachable == []


def readable_tenant_tables(owner: psycopg.Connection[Any], role: str) -> list[str]:
    rows = owner.execute(
        """
        select format('%%I.%%I', n.nspname, c.relname)
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
        where
            n.nspname in ('app', 'raw', 'ops', 'marts') and c.relkind in ('r', 'p', 'v')
            and has_schema_privilege(%(role)s, n.oid, 'usage') and has_table_privilege(%(role)s, c.oid, 'select')
        """,
        {"role": role},
    ).fetchall()
    return [name for (name,) in rows]


def comparable(problem: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """The problem without what must differ: the request's id and the id that was asked for."""
    detail = problem["detail"]
    for name, value in ids.items():
        detail = detail.replace(value, name)
    return problem | {"detail": detail, "request_id": ""}
