"""A simulated network becomes Hostread's own: its app rows are loaded as a migration from another product would be."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from api.auth.passwords import hash_password
from assets.lib.secrets_box import encrypt
from orchestration.errors import HostreadError

Row = dict[str, Any]
SET_LOGIN = "update app.logins set password_hash = coalesce(password_hash, %s) where email = %s"


def load_app(url: str, world: Path, secret_key: str) -> int:
    """Load a world's `app.json` into schema app; a tenant that is there already is left alone. Returns the tenants loaded.

    Raises HostreadError where the database holds another network: logins and keys would be claimed twice.
    """
    document = json.loads((world / "app.json").read_text("utf-8"))
    loaded = 0
    try:
        with psycopg.connect(url) as connection:
            for tenant in document["tenants"]:
                if connection.execute("select 1 from app.tenants where slug = %s", [tenant["slug"]]).fetchone() is None:
                    _load_tenant(connection, tenant, secret_key)
                    loaded += 1
    except psycopg.errors.UniqueViolation as error:
        raise HostreadError(
            f"found another network in this database, expected none or the one of {world.name} ({error.diag.message_detail}): "
            "start afresh with `hostread reset`, or give this network a HOSTREAD_HOME of its own"
        ) from error
    return loaded


def _load_tenant(connection: psycopg.Connection[Any], tenant: Mapping[str, Any], secret_key: str) -> None:
    row = connection.execute(
        "insert into app.tenants (slug, name, currency, timezone, created_at) values (%s, %s, %s, %s, %s) returning tenant_id",
        [tenant[name] for name in ("slug", "name", "currency", "timezone", "created_at")],
    ).fetchone()
    tenant_id = row[0] if row else None
    connection.execute(
        "insert into app.household_keys (tenant_id, key_epoch, secret) values (%s, 1, %s)",
        [tenant_id, bytes.fromhex(tenant["household_secret_hex"])],
    )
    connection.execute("insert into app.attribution_settings (tenant_id) values (%s)", [tenant_id])
    campaigns = tenant["campaigns"]
    tables: dict[str, Iterable[Row]] = {
        "sponsors": tenant["sponsors"],
        "users": (_without(user, "password") for user in tenant["users"]),
        "shows": tenant["shows"],
        "hosting_accounts": (_sealed(account, secret_key) for account in tenant["hosting_accounts"]),
        "log_sources": tenant["log_sources"],
        "sites": tenant["sites"],
        "campaigns": (_without(campaign, "placements", "promo_codes", "status_history") for campaign in campaigns),
        "placements": _children(campaigns, "campaign_id", "placements"),
        "promo_codes": _children(campaigns, "campaign_id", "promo_codes"),
        "campaign_status_history": _children(campaigns, "campaign_id", "status_history"),
        # A world that an earlier version made has none.
        "lift_holdouts": tenant.get("lift_holdouts", ()),
        "attribution_models": (_without(model, "versions") for model in tenant.get("attribution_models", ())),
        "attribution_model_versions": _children(tenant.get("attribution_models", ()), "model_id", "versions"),
        "product_events": tenant["product_events"],
        "report_schedules": tenant["report_schedules"],
    }
    for table, rows in tables.items():
        _insert(connection, table, [{**row, "tenant_id": tenant_id} for row in rows])
    for user in tenant["users"]:
        if user.get("password"):
            connection.execute(SET_LOGIN, [hash_password(user["password"]), user["email"]])


def _insert(connection: psycopg.Connection[Any], table: str, rows: list[Row]) -> None:
    if not rows:
        return
    if table == "promo_codes":
        rows = [{**row, "code_normalized": _normalized(row["code"])} for row in rows]
    columns = sorted({name for row in rows for name in row})
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection.execute(
        sql.SQL("insert into app.{table} ({names}) select {names} from jsonb_populate_recordset(null::app.{table}, %s)").format(
            table=sql.Identifier(table), names=names
        ),
        [Jsonb(rows)],
    )


def _sealed(account: Row, secret_key: str) -> Row:
    # jsonb_populate_recordset reads bytea in its hex form.
    return {**_without(account, "credential"), "credential_encrypted": "\\x" + encrypt(account["credential"], secret_key).hex()}


def _normalized(code: str) -> str:
    from api.campaigns.codes import normalize_code

    return normalize_code(code)


def _without(row: Mapping[str, Any], *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _children(parents: Iterable[Mapping[str, Any]], key: str, name: str) -> list[Row]:
    return [{**child, key: parent[key]} for parent in parents for child in parent[name]]
