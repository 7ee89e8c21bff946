"""The asset and its checks as Dagster runs them: one host that answers, one that does not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dagster as dg

from assets.hosting.assets import hosting_downloads, hosting_rereads
from assets.hosting.checks import hosting_sources
from assets.lib.clock import now
from assets.lib.warehouse import WarehouseUrl


def run(tenant: Any) -> dg.ExecuteInProcessResult:
    job = dg.define_asset_job("pull", selection=dg.AssetSelection.assets(["raw", "hosting_downloads"]))
    resources = {"warehouse": WarehouseUrl(tenant.url, "key", True)}
    defs = dg.Definitions([hosting_downloads], asset_checks=[hosting_sources], jobs=[job], resources=resources)
    return defs.resolve_job_def("pull").execute_in_process()


def test_a_run_tells_each_source_and_a_silent_one_fails_its_own_check_alone(
    serve: Callable[[Any], Any], tenant: Any, documented: Any
) -> None:
    today = now().date()
    good, silent = documented.Transistor(), documented.Simplecast()
    # Six weeks of 700, and one of 70 that has just ended.
    good.counts = {today - timedelta(days=back): {"11": 10 if 3 <= back < 10 else 100} for back in range(38)}
    server = serve(silent)
    server.fault = lambda asked, reply: documented.Reply(b"", 503, {"Retry-After": "3600"})
    tenant.add(serve(good))
    tenant.add(server)
    tenant.execute("update app.hosting_accounts set created_at = now() - interval '3 days'")
    result = run(tenant)
    assert result.success
    (made,) = result.get_asset_materialization_events()
    sources = str(made.materialization.metadata["sources"].value)
    assert "| simplecast | 1 failed | 0 | Simplecast answered 503" in sources and "| transistor | 1 landed |" in sources
    failed = {e.check_name for e in result.get_asset_check_evaluations() if not e.passed}
    assert failed == {"simplecast_was_read_lately", "transistor_says_about_as_much_as_before"}


def test_a_months_partition_reads_that_month_again(serve: Callable[[Any], Any], tenant: Any, documented: Any) -> None:
    host = documented.Transistor()
    server = serve(host)
    tenant.add(server)
    resources = {"warehouse": WarehouseUrl(tenant.url, "key", True)}
    result = dg.materialize([hosting_rereads], partition_key="2026-02-01", resources=resources)
    assert result.success
    assert [(asked.query["start_date"], asked.query["end_date"]) for asked in server.statistics] == [("01-02-2026", "28-02-2026")]
