"""New estimates into the marts that are served, without waiting for the next build: those that stand on them, made and tested."""

from pathlib import Path

import dagster as dg
import psycopg

from assets.estimates.assets import attribution_channels, campaign_forecasts, lift_studies
from assets.lib.warehouse import WarehouseUrl
from orchestration.build import ROLE, hold_published
from orchestration.dbt_command import TARGET_PATH, build_arguments, run_dbt
from orchestration.mart_tables import apply_marts, read_marts

# The marts that stand on them: one statement a mart, of candidates that are there.
MARTS = ("data_driven_attribution", "campaign_lift", "campaign_forecast", "campaign_delivery")
WAITS = "a build is running, or the last one was held: the next one that is published takes the fits along"


def is_first_fit_due(url: str) -> bool:
    """Whether a build is published and no fit has ever been."""
    with psycopg.connect(url, options=ROLE) as connection:
        row = connection.execute(
            "select exists (select from marts.builds) and not exists (select from estimates.attribution_publications)"
        ).fetchone()
    return row is not None and bool(row[0])


def publish_fits(url: str, run_id: str, target_path: Path = TARGET_PATH) -> int | None:
    """Bring the marts that stand on estimates to the last ones; their rows, or None where that is left to the next build.

    They are made of the candidates of the published build, and only while they are what was published. Raises RuntimeError where a
    test fails: the marts keep their last rows.
    """
    with psycopg.connect(url, autocommit=True, options=ROLE) as owner:
        if hold_published(owner) is None:
            return None
        result = run_dbt(url, build_arguments("incremental", select=MARTS), target_path)
        if result.failed_checks:
            raise RuntimeError(f"the fits are not published, expected their checks to pass: {result.failed_checks}")
        marts = [mart for mart in read_marts(target_path / "manifest.json") if mart.name in MARTS]
        with owner.transaction():
            count = sum(apply_marts(owner, marts).values())
            owner.execute(
                "insert into estimates.attribution_publications (build_id, fit_count, row_count, run_id) "
                "select b.build_id, (select count(*) from estimates.attribution_fits), %s, %s "
                "from marts.builds as b order by b.published_at desc limit 1",
                [count, run_id],
            )
    return count


@dg.asset(
    key=["estimates", "attribution_publications"],
    deps=[attribution_channels, lift_studies, campaign_forecasts],
    group_name="estimates",
    owners=["team:hostread"],
    kinds={"postgres"},
    required_resource_keys={"warehouse"},
)
def attribution_publications(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """One row per publication of the fits: when they were put on the marts that stand on them, and on which build's totals."""
    warehouse: WarehouseUrl = context.resources.warehouse
    count = publish_fits(warehouse.url, context.run_id)
    if count is None:
        context.log.info(WAITS)
        return dg.MaterializeResult(metadata={"published": False, "why": WAITS})
    return dg.MaterializeResult(metadata={"published": True, "dagster/row_count": count})
