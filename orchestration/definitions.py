"""The composition root: everything that Dagster runs, on one screen."""

import dagster as dg

from assets.campaigns import assets as campaigns
from assets.delivery import assets as delivery
from assets.feeds import assets as feeds
from assets.hosting import assets as hosting
from assets.pixels import assets as pixels
from orchestration.checks import quarantine, raw_expectations
from orchestration.dbt import warehouse_models
from orchestration.jobs import JOBS
from orchestration.publishing import builds
from orchestration.resources import RESOURCES
from orchestration.schedules import SCHEDULES

defs = dg.Definitions(
    assets=[*dg.load_assets_from_modules([feeds, hosting, pixels, campaigns, delivery]), warehouse_models, builds, quarantine],
    asset_checks=[raw_expectations],
    jobs=JOBS,
    schedules=SCHEDULES,
    resources=RESOURCES,
    # A process start costs more than the SQL: 20 s with the multiprocess executor, 0.3 s in this process.
    executor=dg.in_process_executor,
)
