"""Jobs: what a schedule, a person or the command starts, each a verb phrase."""

import dagster as dg

from assets.estimates.saturation_assets import FIT_DAYS
from assets.pixels.assets import DAYS
from orchestration.checks import raw_expectations
from orchestration.policies import MAX_RUNTIME, WRITES_MARTS

RAW = dg.AssetSelection.key_prefixes(["raw"])
FEEDS = dg.AssetSelection.groups("feeds")
IMPORTS = dg.AssetSelection.groups("imports")
# Exchange rates are the one table of the app that a file fills.
RATES = dg.AssetSelection.assets(["app", "currency_rates"])
HOSTING = dg.AssetSelection.assets(["raw", "hosting_downloads"])
# Read again by hand, a month at a time.
REREADS = dg.AssetSelection.assets(["ops", "hosting_rereads"])
# By hand, one sponsor and period at a time, or many as a backfill.
SPONSOR_REPORTS = dg.AssetSelection.assets(["delivery", "sponsor_reports"])
REPORTS = dg.AssetSelection.groups("delivery") - SPONSOR_REPORTS
# What a build shows to be wrong with collection is told after it.
ALERTS = dg.AssetSelection.groups("alerts")
# What is wrong with the platform itself is told whether or not anything is built.
MONITORING = dg.AssetSelection.groups("monitoring")
# Asked of customers by a schedule of its own: no build waits for a mail server.
SURVEYS = dg.AssetSelection.groups("success")
# What judges is fetched by a schedule of its own: no run of the pipeline waits for two dozen publishers.
LISTS = dg.AssetSelection.assets(["ops", "lists"])
RECOUNTS = dg.AssetSelection.assets(["ops", "rejudged_agents"], ["ops", "rejudged_prefixes"])
# What ends is ended by a schedule of its own: no run of the pipeline destroys a key.
PRIVACY = dg.AssetSelection.groups("privacy")
# Read of a published build and put on it, by a schedule of its own: nothing that a build shows waits for a fit.
SATURATION = dg.AssetSelection.assets(["estimates", "saturation_fits"])
ESTIMATES = dg.AssetSelection.groups("estimates") - SATURATION
# Computed beside the published build when somebody asks what other windows would change.
PROPOSALS = dg.AssetSelection.groups("proposals")
MODELS = dg.AssetSelection.key_prefixes(["staging"], ["intermediate"], ["marts"])
# A build judges every raw table, whichever job landed it; the quarantine, which no job makes, is in no other selection.
JUDGED = dg.AssetSelection.checks(raw_expectations)

# The collector's tables are partitioned by day, so a run names the day it seals; everything else is built whole.
run_everything = dg.define_asset_job(
    "run_everything",
    selection=(
        dg.AssetSelection.all() - LISTS - PRIVACY - REREADS - SPONSOR_REPORTS - ESTIMATES - SATURATION - PROPOSALS - MONITORING
    )
    | JUDGED,
    partitions_def=DAYS,
    description="Sources, checks, models, publication and reports of one day, in one run.",
    tags={**WRITES_MARTS, **MAX_RUNTIME},
)
build_marts = dg.define_asset_job(
    "build_marts",
    selection=((RAW | RATES | MODELS | RECOUNTS | ALERTS) - FEEDS - HOSTING) | JUDGED,
    partitions_def=DAYS,
    description="Land the logs, seal the day's events, check what came in, build and publish the marts, tell of faults.",
    tags={**WRITES_MARTS, **MAX_RUNTIME},
)
refresh_feeds = dg.define_asset_job("refresh_feeds", selection=FEEDS, description="Fetch every feed that is due.", tags=MAX_RUNTIME)
refresh_hosting = dg.define_asset_job(
    "refresh_hosting", selection=HOSTING, description="Re-read the trailing 35 days of every host's statistics.", tags=MAX_RUNTIME
)
reread_hosting_month = dg.define_asset_job(
    "reread_hosting_month", selection=REREADS, description="Read one month of every host's statistics again.", tags=MAX_RUNTIME
)
land_imports = dg.define_asset_job(
    "land_imports", selection=IMPORTS, description="Land uploads and new files of the watched folder.", tags=MAX_RUNTIME
)
refresh_lists = dg.define_asset_job(
    "refresh_lists",
    selection=LISTS,
    description="Ask the publishers for their lists of agents and address ranges.",
    tags=MAX_RUNTIME,
)
send_reports = dg.define_asset_job(
    "send_reports", selection=REPORTS, description="Render and prove each report that is due, and mail it once.", tags=MAX_RUNTIME
)
send_sponsor_reports = dg.define_asset_job(
    "send_sponsor_reports",
    selection=SPONSOR_REPORTS,
    description="The reports of one sponsor and period by hand: what was mailed before is not mailed again.",
    tags=MAX_RUNTIME,
)
survey_customers = dg.define_asset_job(
    "survey_customers", selection=SURVEYS, description="Mail each customer its survey, two days after its start.", tags=MAX_RUNTIME
)
keep_privacy = dg.define_asset_job(
    "keep_privacy",
    selection=PRIVACY,
    description="Rotate household keys, destroy the old ones, forget user agents.",
    tags=MAX_RUNTIME,
)
fit_attribution = dg.define_asset_job(
    "fit_attribution",
    selection=ESTIMATES,
    description="Estimate attribution, lift and forecasts on the published build, and publish them.",
    tags={**WRITES_MARTS, **MAX_RUNTIME},
)
fit_saturation = dg.define_asset_job(
    "fit_saturation",
    selection=SATURATION,
    partitions_def=FIT_DAYS,
    description="Fit the saturation of what changed on the published build; the next build judges today's spend on it.",
    tags=MAX_RUNTIME,
)
preview_windows = dg.define_asset_job(
    "preview_windows",
    selection=PROPOSALS,
    description="Compute what proposed windows would change, beside the published build.",
    tags={**WRITES_MARTS, **MAX_RUNTIME},
)
watch_platform = dg.define_asset_job(
    "watch_platform",
    selection=MONITORING,
    description="Open, close and mail the alerts about the platform itself.",
    tags=MAX_RUNTIME,
)
JOBS = [
    run_everything,
    build_marts,
    refresh_feeds,
    refresh_hosting,
    reread_hosting_month,
    land_imports,
    refresh_lists,
    send_reports,
    send_sponsor_reports,
    survey_customers,
    keep_privacy,
    fit_attribution,
    fit_saturation,
    preview_windows,
    watch_platform,
]
