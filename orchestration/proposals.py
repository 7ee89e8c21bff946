"""A tenant's credit under proposed windows, beside the published build: the models of a build, over that tenant's rows alone.

What dbt compiles is run in temporary tables of one transaction, so that no rule is written twice and nothing of it is left.
"""

import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from api.marts.models import MODELS as BUILT_IN
from assets.lib.warehouse import WarehouseUrl
from orchestration.build import ROLE, hold_published
from orchestration.dbt_command import TARGET_PATH, CompiledModel, compile_models
from orchestration.mart_differences import columns_of

# What hangs on windows, from the settings to what is shown, each after what it reads.
MODELS = (
    "stg_campaigns__attribution_settings", "stg_campaigns__promo_codes", "int_touches", "attribution_credits",
    "attribution_credits_converted", "attribution_custom_credits", "campaign_attribution_daily",
)  # fmt: skip
SETTINGS = ("app", "attribution_settings")
WINDOWS = ("exposure_window_s", "click_window_s", "vanity_window_s", "code_grace_days", "windows_by_kind")
WAITS = "a build is running, or the last one was held: proposals wait for the next one that is published"

UNCOMPUTED = """
select p.tenant_id, p.proposal_id, p.exposure_window_s, p.click_window_s, p.vanity_window_s, p.code_grace_days, p.windows_by_kind
from app.attribution_proposals as p
where p.decision is null and not exists (
    select from estimates.attribution_proposal_runs as r where r.tenant_id = p.tenant_id and r.proposal_id = p.proposal_id
)
order by p.created_at
"""
WAITING = f"""
select exists ({UNCOMPUTED}) and coalesce(
    (select a.status = 'published' from ops.build_attempts as a order by a.started_at desc limit 1), false
)
"""  # noqa: S608 - constants of this file
# The account's settings with other windows; whatever else is set stays as it is.
PROPOSED = """
create temporary table {settings} on commit drop as
select (jsonb_populate_record(null::app.attribution_settings, coalesce(to_jsonb(s), '{{}}') || {windows})).*
from (select {tenant_id}::integer as tenant_id) as t
left join app.attribution_settings as s on t.tenant_id = s.tenant_id
"""
SUMS = ", ".join(f"sum(c.{model}_ppb), sum(c.{model}_minor)" for model in BUILT_IN)
# Conversions and their values are the same on both sides: only who is credited may differ.
UNCONSERVED = f"""
(select c.currency, {SUMS} from candidate.attribution_credits as c where c.tenant_id = {{tenant_id}} group by c.currency)
except
select c.currency, {SUMS} from {{credits}} as c group by c.currency
"""  # noqa: S608 - constants of this file
FIGURES = """
insert into estimates.attribution_proposal_figures (
    tenant_id, proposal_id, campaign_id, model, currency, is_unconverted, conversions_ppb_before, conversions_ppb_after,
    revenue_minor_before, revenue_minor_after
)
with

before as (
    select
        f.campaign_id, f.model, f.currency, coalesce(f.is_unconverted, false) as is_unconverted,
        sum(f.conversions_ppb) as ppb, sum(f.revenue_minor) as minor
    from marts.campaign_attribution_daily as f
    where f.tenant_id = {tenant_id} and f.basis = 'conversion_date' and not coalesce(f.is_fraud, false)
    group by f.campaign_id, f.model, f.currency, coalesce(f.is_unconverted, false)
),

after as (
    select
        f.campaign_id, f.model, f.currency, f.is_unconverted, sum(f.conversions_ppb) as ppb, sum(f.revenue_minor) as minor
    from {daily} as f
    where f.basis = 'conversion_date' and not f.is_fraud
    group by f.campaign_id, f.model, f.currency, f.is_unconverted
)

-- A model that was made or archived since the build has nothing to be compared with.
select
    {tenant_id}, {proposal_id}, campaign_id, model, currency, is_unconverted,
    coalesce(b.ppb, 0)::bigint, coalesce(a.ppb, 0)::bigint, coalesce(b.minor, 0)::bigint, coalesce(a.minor, 0)::bigint
from before as b
full join after as a using (campaign_id, model, currency, is_unconverted)
inner join (select distinct model from before) as known using (model)
inner join (select distinct model from after) as kept using (model)
"""
RUN = """
insert into estimates.attribution_proposal_runs (tenant_id, proposal_id, build_id, fault, run_id) values (%s, %s, %s, %s, %s)
"""


def is_proposal_waiting(url: str) -> bool:
    """Whether a proposal is to be computed, and the last build is one that it can stand on."""
    with psycopg.connect(url, options=ROLE) as connection:
        row = connection.execute(WAITING).fetchone()
    return row is not None and bool(row[0])


def compute_proposals(url: str, run_id: str, target_path: Path = TARGET_PATH) -> int | None:
    """Compute every proposal that waits; how many, or None where that has to wait. What fails is said in the proposal's run."""
    with psycopg.connect(url, autocommit=True, options=ROLE) as connection:
        waiting = connection.cursor(row_factory=dict_row).execute(UNCOMPUTED).fetchall()
        if not waiting:
            return 0
        build_id = hold_published(connection)
        if build_id is None:
            return None
        models = compile_models(url, MODELS, target_path)
        for proposal in waiting:
            key = [proposal["tenant_id"], proposal["proposal_id"]]
            try:
                with connection.transaction():
                    connection.execute(RUN, [*key, build_id, None, run_id])
                    _compute(connection, proposal, models)
            except (psycopg.Error, ValueError) as error:
                connection.execute(RUN, [*key, build_id, str(error).strip()[:1_000], run_id])
    return len(waiting)


def _compute(connection: psycopg.Connection[Any], proposal: Mapping[str, Any], models: list[CompiledModel]) -> None:
    tenant_id = int(proposal["tenant_id"])
    values = {
        "tenant_id": sql.Literal(tenant_id), "proposal_id": sql.Literal(uuid.UUID(str(proposal["proposal_id"]))),
        "settings": _stand_in(*SETTINGS), "credits": _stand_in("candidate", "attribution_credits"),
        "daily": _stand_in("candidate", "campaign_attribution_daily"),
        "windows": sql.Literal(Jsonb({"tenant_id": tenant_id} | {name: proposal[name] for name in WINDOWS})),
    }  # fmt: skip
    connection.execute(sql.SQL(PROPOSED).format(**values))
    made = {SETTINGS}
    for model in models:
        for schema, table in sorted(set(_named(connection, model.sql)) - made):
            _narrow(connection, schema, table, tenant_id)
            made.add((schema, table))
        made.add(_make(connection, model))
    unconserved = connection.execute(sql.SQL(UNCONSERVED).format(**values)).fetchall()
    if unconserved:
        raise ValueError(
            f"found the credit of {', '.join(str(row[0]) for row in unconserved)} with other totals than the published one, "
            "expected the same: discard this proposal, and propose again after the next build"
        )
    connection.execute(sql.SQL(FIGURES).format(**values))


def _make(connection: psycopg.Connection[Any], model: CompiledModel) -> tuple[str, str]:
    """The model as a temporary relation that reads stand-ins; the schema and name of what it stands for."""
    name = _stand_in(model.schema, model.name)
    for hook in model.pre_hooks:
        connection.execute(hook.encode())
    body = _relations(connection).sub(lambda found: _stand_in(found[1], found[2]).as_string(connection), model.sql)
    kind = "temporary view {} as " if model.is_view else "temporary table {} on commit drop as "
    connection.execute(sql.SQL("create " + kind).format(name).as_string(connection).encode() + body.encode())
    # What a hook sets is for that model alone.
    connection.execute("reset all")
    if not model.is_view:
        connection.execute(sql.SQL("analyze {}").format(name))
    return model.schema, model.name


def _narrow(connection: psycopg.Connection[Any], schema: str, table: str, tenant_id: int) -> None:
    """What is read as it was built, of the one tenant where it has tenants."""
    one = sql.SQL(" where tenant_id = {}").format(sql.Literal(tenant_id))
    connection.execute(
        sql.SQL("create temporary view {} as select * from {}{}").format(
            _stand_in(schema, table),
            sql.Identifier(schema, table),
            one if "tenant_id" in columns_of(connection, schema, table) else sql.SQL(""),
        )
    )


def _stand_in(schema: str, table: str) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"{schema}__{table}")


def _named(connection: psycopg.Connection[Any], text: str) -> set[tuple[str, str]]:
    """Schema and name of each relation that compiled SQL reads."""
    return {(found[1], found[2]) for found in _relations(connection).finditer(text)}


def _relations(connection: psycopg.Connection[Any]) -> re.Pattern[str]:
    """A relation as dbt writes it: database, schema and name, each quoted."""
    return re.compile(rf'"{re.escape(connection.info.dbname)}"\."(\w+)"\."(\w+)"')


@dg.asset(
    key=["estimates", "attribution_proposal_runs"],
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="proposals",
    owners=["team:hostread"],
    kinds={"postgres"},
    required_resource_keys={"warehouse"},
)
def attribution_proposal_runs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """One row per proposal of other windows that was computed beside the published build, by campaign and model."""
    warehouse: WarehouseUrl = context.resources.warehouse
    count = compute_proposals(warehouse.url, context.run_id)
    if count is None:
        context.log.info(WAITS)
    return dg.MaterializeResult(metadata={"computed": count or 0, **({"why": WAITS} if count is None else {})})
