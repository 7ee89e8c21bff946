"""The composition root: everything that Dagster runs, on one screen."""

import dagster as dg

from assets.campaigns import assets as campaigns
from assets.delivery import alert_assets as alerts
from assets.delivery import assets as delivery
from assets.delivery import platform_assets as platform
from assets.delivery import success_assets as success
from assets.estimates import assets as estimates
from assets.estimates import saturation_assets as saturation
from assets.feeds import assets as feeds
from assets.feeds.checks import CHECKS as FEED_CHECKS
from assets.hosting import assets as hosting
from assets.hosting.checks import hosting_sources
from assets.imports import assets as imports
from assets.lists import assets as lists
from assets.pixels import assets as pixels
from assets.pixels import privacy_assets as privacy
from orchestration.checks import quarantine, raw_expectations
from orchestration.dbt import warehouse_models
from orchestration.estimating import attribution_publications
from orchestration.jobs import JOBS
from orchestration.policies import with_freshness
from orchestration.proposals import attribution_proposal_runs
from orchestration.publishing import builds
from orchestration.resources import RESOURCES
from orchestration.schedules import SCHEDULES
from orchestration.sensors import SENSORS

loaded = dg.load_assets_from_modules(
    [feeds, hosting, lists, pixels, privacy, campaigns, imports, estimates, saturation, delivery, alerts, success, platform]
)
sources = dg.map_asset_specs(with_freshness, [asset for asset in loaded if isinstance(asset, dg.AssetsDefinition)])

defs = dg.Definitions(
    assets=[*sources, warehouse_models, builds, attribution_publications, attribution_proposal_runs, quarantine],
    asset_checks=[*FEED_CHECKS, hosting_sources, raw_expectations],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=SENSORS,
    resources=RESOURCES,
    # A process start costs more than the SQL: 20 s with the multiprocess executor, 0.3 s in this process.
    executor=dg.in_process_executor,
)
